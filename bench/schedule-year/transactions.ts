/** The log of the database, told apart into its transactions. */
import type { LogEntry } from "./contract.ts";
import type { Transaction } from "./model.ts";

export interface LoggedTransaction {
	scheduleId: string;
	transaction: Transaction;
	isDeletion: boolean;
}

/** A batch is one transaction, so what belongs together stands together, behind its claim. @param known tasks of runs by hand */
export function transactionsOf(log: readonly LogEntry[], known: ReadonlySet<string>): LoggedTransaction[] {
	const found: LoggedTransaction[] = [];
	for (const entry of log) {
		const last = found.at(-1)?.transaction;
		switch (entry.kind) {
			case "claim":
			case "deleted":
				found.push({
					scheduleId: entry.scheduleId,
					transaction: { schedule: entry.row, ticks: [], tasks: new Map() },
					isDeletion: entry.kind === "deleted",
				});
				break;
			case "tick":
				if (entry.row.isByHand === 0 && last) {
					last.ticks = last.ticks.filter(({ moment }) => moment !== entry.row.moment);
					last.ticks.push(entry.row);
					last.ticks.sort((one, other) => one.moment - other.moment);
				}
				break;
			case "task":
				if (!known.has(entry.row.id)) last?.tasks.set(entry.row.id, entry.row.dueAt);
				break;
			case "count":
				break;
		}
	}
	return found;
}
