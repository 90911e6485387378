/**
 * Queues that the operator has paused: nothing is sent to them, and what comes from them all the same is not begun. Both are
 * decided in the statements that write and claim tasks, so a pause holds from its commit on, in every isolate.
 */
import { and, eq, gt, inArray, isNotNull, lte, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { pausedQueues, tasks } from "./schema.ts";

export type PausedQueue = typeof pausedQueues.$inferSelect;

/** True in SQL while the queue is paused. @param queue a name, or a column of the statement that this stands in */
export const isPaused = (queue: string | SQL): SQL =>
	sql`EXISTS (SELECT 1 FROM ${pausedQueues} WHERE paused_queues.queue = ${queue})`;

export const listPausedQueues = (db: Database) => db.select().from(pausedQueues);

/** A queue that is paused stays as it was paused. */
export async function pauseQueue(db: Database, queue: string, by: string, now: number): Promise<void> {
	await db.insert(pausedQueues).values({ queue, pausedAt: now, pausedBy: by }).onConflictDoNothing();
}

/** Tasks that are due are the sweep's from now on, also those that it meant to look at only hours later. */
export async function resumeQueue(db: Database, queue: string, now: number): Promise<void> {
	await db.batch([
		db.delete(pausedQueues).where(eq(pausedQueues.queue, queue)),
		db
			.update(tasks)
			.set({ wakeAt: now })
			.where(
				and(
					isNotNull(tasks.wakeAt),
					gt(tasks.wakeAt, now),
					eq(tasks.queue, queue),
					inArray(tasks.state, ["pending", "sent", "retrying"]),
					lte(tasks.dueAt, now),
				),
			),
	]);
}
