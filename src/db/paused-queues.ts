/**
 * Queues that the operator has paused: nothing is sent to them, and what comes from them all the same is not begun. Both are
 * decided in the statements that write and claim tasks, so a pause holds from its commit on, in every isolate.
 */
import { and, eq, gt, inArray, isNotNull, lte, ne, not, or, type SQL, sql } from "drizzle-orm";
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

/** A statement of D1 ends within 30 s; this many rows take it some 100 ms. */
const MAX_TASKS_MOVED = 5000;
/** What is due and may not be sent is looked at again then, unless its queue is resumed before. */
const PUT_OFF_MS = 12 * 3_600_000;

/**
 * Its tasks that are due are the sweep's from now on, also those that it meant to look at only hours later.
 * @returns whether there are more of those: `wakeTasks` goes on
 */
export async function resumeQueue(db: Database, queue: string, now: number): Promise<{ isMoreAsleep: boolean }> {
	const isResumed = db.delete(pausedQueues).where(eq(pausedQueues.queue, queue));
	const [, woken] = await db.batch([isResumed, wake(db, queue, now)]);
	return { isMoreAsleep: woken.meta.changes === MAX_TASKS_MOVED };
}

/** Goes on with what `resumeQueue` began, and ends early where the queue is paused again. */
export async function wakeTasks(db: Database, queue: string, now: number): Promise<{ isMoreAsleep: boolean }> {
	const { meta } = await wake(db, queue, now);
	return { isMoreAsleep: meta.changes === MAX_TASKS_MOVED };
}

function wake(db: Database, queue: string, now: number) {
	const moment = sql`max(${now}, ${tasks.dueAt})`;
	const isAsleep = and(
		isNotNull(tasks.wakeAt),
		gt(tasks.wakeAt, now),
		gt(tasks.wakeAt, moment),
		eq(tasks.queue, queue),
		inArray(tasks.state, ["pending", "sent", "retrying"]),
		// The sweep may have put it off by a clock that is before this one. What is sent ahead of its moment is left alone.
		or(lte(tasks.dueAt, now), gt(tasks.wakeAt, sql`${tasks.dueAt} + ${PUT_OFF_MS / 2}`)),
		not(isPaused(queue)),
	);
	return db
		.update(tasks)
		.set({ wakeAt: moment })
		.where(inArray(tasks.id, db.select({ id: tasks.id }).from(tasks).where(isAsleep).limit(MAX_TASKS_MOVED)));
}

/** Takes what is due of paused queues out of the sweep's way: it would read past all of it every minute. */
export async function putOffPaused(db: Database, now: number): Promise<void> {
	const paused = await listPausedQueues(db);
	if (paused.length === 0) return;
	const isInTheWay = and(
		isNotNull(tasks.wakeAt),
		lte(tasks.wakeAt, now),
		ne(tasks.state, "started"),
		isPaused(sql`tasks.queue`),
	);
	await db
		.update(tasks)
		.set({ wakeAt: now + PUT_OFF_MS })
		.where(inArray(tasks.id, db.select({ id: tasks.id }).from(tasks).where(isInTheWay).limit(MAX_TASKS_MOVED)));
}
