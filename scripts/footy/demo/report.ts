/** The demo's table. */
import { stripControls } from "../logs/format-entry.ts";
import { paint } from "../output.ts";
import { type Column, formatTable } from "../table/format-table.ts";
import { formatBytes, formatDuration, formatSaving } from "../table/units.ts";
import type { DemoRow } from "./demo-row.ts";

const columns: readonly Column[] = [
	{ title: "photograph", align: "left", maxWidth: 32 },
	{ title: "pixels", align: "right" },
	{ title: "before", align: "right" },
	{ title: "after", align: "right" },
	{ title: "saving", align: "right" },
	{ title: "waited", align: "right" },
	{ title: "worked", align: "right" },
	{ title: "state", align: "left" },
];

/** The lines of the table, a row a file. */
export function formatReport(rows: readonly DemoRow[]): string[] {
	return formatTable(columns, rows.map(formatRow), (line, index) =>
		rows[index]?.state === "processed" ? line : paint("red", line),
	);
}

function formatRow(row: DemoRow): string[] {
	const { bytes_before: before, bytes_after: after } = row;
	return [
		stripControls(row.input.split(/[\\/]/).at(-1) ?? row.input),
		row.width === null || row.height === null ? "" : `${row.width}x${row.height}`,
		before === null ? "" : formatBytes(before),
		after === null ? "" : formatBytes(after),
		before === null || after === null ? "" : formatSaving(before, after),
		row.wait_ms === null ? "" : formatDuration(row.wait_ms),
		row.work_ms === null ? "" : formatDuration(row.work_ms),
		row.code === null ? row.state : stripControls(`${row.state}: ${row.code}. ${row.reason ?? ""}`),
	];
}
