/** What came of the mutated files, in numbers. */

import { type Column, formatTable } from "../../scripts/footy/table/format-table.ts";
import type { Verdict } from "../../test/support/node/mutated-files/judge-file.ts";
import type { MutatedFile } from "../../test/support/node/mutated-files/mutated-file.ts";

/** A verdict, and what is needed to find its file again. */
export interface Judged extends Verdict {
	/** Its number. */
	file: number;
	format: string;
	source: string;
	mutations: string[];
	bytes: number;
}

export function nameJudged(file: number, { source, steps, bytes }: MutatedFile, verdict: Verdict): Judged {
	return {
		file,
		format: source.format,
		source: source.name,
		mutations: steps,
		bytes: bytes.length,
		...verdict,
		ms: Math.round(verdict.ms),
	};
}

/** Sums over all files, and the files that stand out. */
export function summarize(judged: Judged[]) {
	const outcomes: Record<string, Record<string, number>> = {};
	for (const { outcome, format } of judged) {
		outcomes[outcome] ??= {};
		const row = outcomes[outcome];
		row[format] = (row[format] ?? 0) + 1;
	}
	return {
		files: judged.length,
		outcomes,
		slowest: judged.reduce((a, b) => (b.ms > a.ms ? b : a)),
		highestPeak: judged.reduce((a, b) => (b.peakBytes > a.peakBytes ? b : a)),
		faults: judged.filter(({ outcome }) => outcome === "fault"),
	};
}

export function formatSummary(summary: ReturnType<typeof summarize> & { seed: number; seconds: number }): string[] {
	const { files, seconds, seed, outcomes, slowest, highestPeak, faults } = summary;
	const peak = (highestPeak.peakBytes / 1e6).toFixed(1);
	return [
		...formatOutcomes(outcomes),
		"",
		`${files} files in ${seconds} s, seed ${seed}.`,
		`Slowest: ${slowest.ms} ms, ${name(slowest)}.`,
		`Highest peak: ${peak} MB, ${name(highestPeak)}.`,
		faults.length === 0 ? "No faults: each ended in a picture or a typed error." : `${faults.length} faults:`,
		...faults.map((one) => `  ${name(one)}: ${one.fault}`),
		...(faults.length > 0 ? [`One alone: npm run bench:mutations -- --seed ${seed} --only N --save DIR`] : []),
	];
}

const name = ({ file, format, source, mutations, bytes }: Judged) =>
	`file ${file} (${format}, ${source}; ${mutations.join(", ")}; ${bytes} bytes)`;

/** Outcomes down, formats across. */
function formatOutcomes(outcomes: Record<string, Record<string, number>>): string[] {
	const formats = [...new Set(Object.values(outcomes).flatMap(Object.keys))].sort();
	const columns: Column[] = [
		{ title: "outcome", align: "left" },
		...[...formats, "all"].map((title): Column => ({ title, align: "right" })),
	];
	const sum = (row: Record<string, number>) => Object.values(row).reduce((a, b) => a + b, 0);
	const rows = Object.entries(outcomes)
		.sort(([, a], [, b]) => sum(b) - sum(a))
		.map(([outcome, row]) => [outcome, ...formats.map((format) => String(row[format] ?? 0)), String(sum(row))]);
	return formatTable(columns, rows);
}
