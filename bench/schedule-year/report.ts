/** What a simulated year tells. */
import { paint } from "../../scripts/footy/output.ts";
import { formatTable } from "../../scripts/footy/table/format-table.ts";
import { isSound, type YearResult } from "./result.ts";

const number = (value: number) => value.toLocaleString("en");

export function formatYear(result: YearResult): string[] {
	const skipped = Object.entries(result.skipped);
	const listed = (counts: Record<string, number>, prefix: string) =>
		Object.entries(counts)
			.sort(([one], [other]) => one.localeCompare(other))
			.map(([name, count]): [string, number] => [`${prefix}${name}`, count]);
	const rows: [string, number][] = [
		["schedules", result.schedules],
		["minutes in which something was due or happened", result.minutes],
		["dispatches", result.dispatches],
		["ticks due", result.ticks_due],
		["  fired", result.fired],
		...listed(Object.fromEntries(skipped), "  skipped: "),
		["  held at the end", result.held],
		["  lost", result.lost],
		["  doubled", result.doubled],
		["run by hand", result.run_by_hand],
		["tasks", result.tasks],
		["  whose message was never sent", result.unsent],
		...listed(result.changes, "change: "),
		...listed(result.faults, "fault: "),
		["promises broken", result.broken],
	];
	const isWrong = (row: number) => /lost$|doubled|never sent|broken/.test(rows[row]?.[0] ?? "") && rows[row]?.[1] !== 0;
	return [
		...formatTable(
			[
				{ title: `${result.days} days, seed ${result.seed}`, align: "left" },
				{ title: "", align: "right" },
			],
			rows.map(([name, count]) => [name, number(count)]),
			(line, row) => (isWrong(row) ? paint("red", line) : line),
		),
		...result.violations.map((violation) => paint("red", violation)),
		"",
		paint(
			isSound(result) ? "green" : "red",
			`${isSound(result) ? "Ticks due = ticks fired, skipped by policy or held" : "PROMISES WERE BROKEN"}; ${number(result.seconds)} s.`,
		),
	];
}
