/** The result of a chaos run for people. */
import { formatTable } from "../../scripts/footy/table/format-table.ts";
import type { ChaosResult } from "./run-chaos.ts";
import type { Fault } from "./verdict.ts";

const faultNames = ["lost", "stuck", "doubled", "callbacks_missed", "callbacks_doubled"] as const satisfies Fault[];

export const isSound = (result: ChaosResult): boolean => faultNames.every((name) => result[name] === 0);

const columns = [
	{ title: "", align: "left" },
	{ title: "count", align: "right" },
] as const;
/** So many violations are told one by one. */
const MAX_TOLD = 20;

export function formatResult(result: ChaosResult): string[] {
	const list = (counts: Record<string, number>, prefix: string) =>
		Object.entries(counts)
			.toSorted(([a], [b]) => (a < b ? -1 : 1))
			.map(([name, count]) => [`${prefix}${name}`, String(count)]);
	const rows = [
		["seed", String(result.seed)],
		["seconds", String(result.seconds)],
		["tasks", String(result.tasks)],
		...list(result.states, "  "),
		["photos", String(result.photos)],
		["groups", String(result.groups)],
		["attempts", String(Object.values(result.attempts).reduce((sum, count) => sum + count, 0))],
		...list(result.attempts, "  "),
		["requests that failed", String(result.requests_failed)],
		["restarts after SIGKILL", String(result.restarts)],
		["faults injected", String(Object.values(result.faults).reduce((sum, count) => sum + count, 0))],
		...list(result.faults, "  "),
		["given up after two lost workers", String(result.given_up)],
		...faultNames.map((name) => [name.replace("_", " "), String(result[name])]),
	];
	return [
		...formatTable(columns, rows),
		...result.violations.slice(0, MAX_TOLD).map(({ fault, subject, says }) => `${fault}: ${subject} ${says}`),
	];
}
