/** The verdict on a run for people. */

import { paint } from "../../scripts/footy/output.ts";
import { formatTable } from "../../scripts/footy/table/format-table.ts";
import type { Spread, Verdict } from "./verdict.ts";

const columns = [
	{ title: "", align: "left" },
	{ title: "", align: "right" },
] as const;
/** So many broken promises are told one by one. */
const MAX_TOLD = 20;

export function formatVerdict(verdict: Verdict): string[] {
	const rows: [string, string][] = [
		["imports", String(verdict.imports)],
		...list(verdict.import_states),
		["photos", String(verdict.photos)],
		["seconds", `${verdict.seconds.toFixed(1)} (${verdict.seconds_of_asking.toFixed(1)} of them for asking)`],
		["imports a second", verdict.imports_per_second.toFixed(2)],
		["bytes", verdict.bytes.toLocaleString("en")],
		["requests at the site", String(verdict.requests)],
		...list(verdict.answers),
		["at once there, at most", `${verdict.site_most_at_once} of ${verdict.at_once}`],
		...list(verdict.site_at_once, "began as number "),
		["between two starts there, ms", spread(verdict.site_gaps_ms)],
		[
			`  shorter than the pause of ${verdict.pause_ms} ms`,
			`${verdict.site_gaps_shortened}, by ${verdict.site_gap_shortened_by_ms.toFixed(1)} ms at most`,
		],
		["  within 10 s, at most", String(verdict.site_densest_10_s)],
		[
			"  in a silence asked for, being on their way",
			`${verdict.site_requests_in_silence}, ${verdict.site_silence_began_after_ms.toFixed(1)} ms after it at most`,
		],
		["visits in D1", String(verdict.engine_visits)],
		["at once in D1, at most", `${verdict.engine_most_at_once} of ${verdict.at_once}`],
		["between two starts in D1, ms", spread(verdict.engine_gaps_ms)],
		["from a start to its transaction, ms", spread(verdict.admission_ms)],
		["from there to the site, ms", spread(verdict.way_ms)],
		["times that the site was closed", String(verdict.engine_closings)],
		["isolates", String(verdict.isolates)],
		["attempts an import", `${verdict.attempts_an_import.toFixed(2)}, ${verdict.most_attempts} at most`],
		...list(verdict.attempt_outcomes),
		...Object.entries(verdict.attempt_ms).map(([name, ms]): [string, string] => [`  ${name}, ms`, spread(ms)]),
		["snoozes an import", verdict.snoozes_an_import.toFixed(2)],
		[`waits of ${verdict.check_waits} other tasks, ms`, spread(verdict.check_wait_ms)],
		["D1 an import: round trips", verdict.d1_of_import.round_trips.toFixed(1)],
		["  rows read", verdict.d1_of_import.rows_read.toFixed(1)],
		["  rows written", verdict.d1_of_import.rows_written.toFixed(1)],
	];
	const statementColumns = ["statements of an import", "calls", "rows read", "rows written"].map((title, index) => ({
		title,
		align: index === 0 ? ("left" as const) : ("right" as const),
	}));
	const statements = verdict.d1_of_import_by_statement.map(({ statement, calls, rows_read, rows_written }) => [
		statement,
		...[calls, rows_read, rows_written].map((value) => value.toFixed(2)),
	]);
	const { broken } = verdict;
	return [
		...formatTable(columns, rows).slice(1),
		"",
		...formatTable(statementColumns, statements),
		"",
		...broken.slice(0, MAX_TOLD).map((says) => paint("red", `BROKEN: ${says}`)),
		...(broken.length > MAX_TOLD ? [`and ${broken.length - MAX_TOLD} more`] : []),
		...(broken.length === 0 ? [paint("green", "Every promise was kept.")] : []),
	];
}

const list = (counts: Record<string, number>, prefix = ""): [string, string][] =>
	Object.entries(counts)
		.toSorted(([a], [b]) => (a < b ? -1 : 1))
		.map(([name, count]) => [`  ${prefix}${name}`, String(count)]);

const spread = ({ least, median, p90, p99, most }: Spread): string =>
	`${[least, median, p90, p99].map(short).join(", ")}, ${short(most)}`;

const short = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(1));
