/** Ending tasks from outside of an attempt: cancelled by a person, or given up by the sweep. */
import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { type Database, runBatch, type Statement } from "../db/database.ts";
import { attempts, tasks } from "../db/schema.ts";
import type { AppError } from "../errors.ts";
import type { ClaimedTask, TaskRow } from "./claim.ts";
import type { TaskRegistry } from "./define.ts";
import type { EnqueuedTask } from "./enqueue.ts";
import { cancel, discard } from "./outcome.ts";
import { type RecordedOutcome, writeOutcome } from "./record.ts";

/** How many tasks are ended with one batch: each takes up to eleven of the 1,000 queries that an invocation has. */
export const MAX_ENDED_AT_ONCE = 50;

/**
 * The statements that take a task from whoever holds it and end it, in the transaction that they are put into.
 * @param condition on the task's row, besides that it has not ended
 */
function endFromOutside<Services>(
	db: Database,
	registry: TaskRegistry<Services>,
	task: TaskRow,
	ending: { kind: "cancel" | "discard"; error: AppError },
	condition: SQL,
	now: number,
): { statements: Statement[]; read(results: readonly unknown[]): RecordedOutcome } {
	const leaseToken = crypto.randomUUID();
	const taken: ClaimedTask = { ...task, leaseToken };
	const isTaken = sql`EXISTS (SELECT 1 FROM ${tasks} WHERE ${tasks.id} = ${task.id} AND ${tasks.leaseToken} = ${leaseToken})`;
	const outcome = ending.kind === "cancel" ? cancel(ending.error) : discard(ending.error);
	const take = [
		db
			.update(tasks)
			.set({ leaseToken, state: "started" })
			.where(and(eq(tasks.id, task.id), isNull(tasks.finishedAt), condition)),
		db
			.update(attempts)
			.set({ endedAt: now, outcome: ending.kind === "cancel" ? "cancel" : "lost" })
			.where(and(eq(attempts.taskId, task.id), isNull(attempts.endedAt), isTaken)),
	];
	const { statements, read } = writeOutcome(db, taken, registry.get(task.name), outcome, now);
	return { statements: [...take, ...statements], read: (results) => read(results.slice(take.length)) };
}

/**
 * Ends tasks that have not ended, all in one transaction: the attempt that runs one loses its lease, and is told so.
 * @param list at most `MAX_ENDED_AT_ONCE`
 * @returns the ids that were ended, and what has to be sent
 */
export async function endTasks<Services>(
	db: Database,
	registry: TaskRegistry<Services>,
	list: readonly TaskRow[],
	ending: { kind: "cancel" | "discard"; error: AppError },
	now: number,
	condition: SQL = sql`true`,
): Promise<{ ended: string[]; toSend: EnqueuedTask[] }> {
	const writes = list.map((task) => ({ task, ...endFromOutside(db, registry, task, ending, condition, now) }));
	const results = await runBatch(
		db,
		writes.flatMap(({ statements }) => statements),
	);
	const ended: string[] = [];
	const toSend: EnqueuedTask[] = [];
	let at = 0;
	for (const { task, statements, read } of writes) {
		const recorded = read(results.slice(at, at + statements.length));
		at += statements.length;
		if (recorded.became !== "lease_lost") ended.push(task.id);
		toSend.push(...recorded.toSend);
	}
	return { ended, toSend };
}
