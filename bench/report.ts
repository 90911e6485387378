/** What a section of the bench tells: rows for the table, and its goals. */

import { paint } from "../scripts/footy/output.ts";
import { type Column, formatTable } from "../scripts/footy/table/format-table.ts";

export interface Goal {
	name: string;
	/** `at most 112 MB`. */
	wanted: string;
	measured: string;
	isReached: boolean;
}

export interface SectionResult {
	title: string;
	columns: string[];
	/** Cells as people read them. */
	rows: string[][];
	/** The same as numbers, for machines. */
	measurements: object[];
	goals: Goal[];
	notes?: string[];
}

export function formatSection({ title, columns, rows, goals, notes = [] }: SectionResult): string[] {
	const shape = columns.map((name, index): Column => ({ title: name, align: index === 0 ? "left" : "right" }));
	return [
		"",
		paint("bold", title),
		...formatTable(shape, rows),
		...notes,
		...goals.map(({ name, wanted, measured, isReached }) =>
			paint(
				isReached ? "green" : "red",
				`${isReached ? "reached" : "MISSED"}: ${name}: ${wanted}, measured ${measured}`,
			),
		),
	];
}

export const megabytes = (bytes: number | null | undefined): string =>
	bytes === null || bytes === undefined ? "" : `${(bytes / 1e6).toFixed(1)} MB`;

export const milliseconds = (ms: number): string => `${Math.round(ms)} ms`;
