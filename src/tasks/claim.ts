/** Claiming before working: one conditional statement that takes the lease and counts the attempt. */
import { and, eq, inArray, lte, or, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { runBatch } from "../db/database.ts";
import { attempts, tasks } from "../db/schema.ts";

export type ClaimedTask = typeof tasks.$inferSelect & { leaseToken: string };

/** Clocks of isolates differ a little; a message that comes this early still finds its task due. */
const CLOCK_TOLERANCE_MS = 2000;

/**
 * Takes the task for one attempt, or answers undefined when there is nothing to take: a second delivery of the same
 * message, a task that ended or was cancelled, one that is not due, or one that somebody else holds.
 * One round trip; the attempt is written in the same transaction.
 */
export async function claimTask(
	db: Database,
	taskId: string,
	claim: { now: number; leaseMs: number; isolateId: string },
): Promise<ClaimedTask | undefined> {
	const { now, leaseMs, isolateId } = claim;
	const leaseToken = crypto.randomUUID();
	const [, claimed] = (await runBatch(db, [
		// An attempt that outlived its lease is closed by whoever takes the task from it.
		db
			.update(attempts)
			.set({ endedAt: now, outcome: "lost" })
			.where(
				and(
					eq(attempts.taskId, taskId),
					sql`${attempts.endedAt} IS NULL`,
					sql`EXISTS (SELECT 1 FROM ${tasks} WHERE ${tasks.id} = ${taskId} AND ${tasks.state} = 'started' AND ${tasks.wakeAt} <= ${now})`,
				),
			),
		db
			.update(tasks)
			.set({
				state: "started",
				attemptCount: sql`${tasks.attemptCount} + 1`,
				leaseToken,
				wakeAt: now + leaseMs,
				startedAt: now,
			})
			.where(
				and(
					eq(tasks.id, taskId),
					sql`${tasks.attemptCount} < ${tasks.maxAttempts}`,
					or(
						and(inArray(tasks.state, ["pending", "sent", "retrying"]), lte(tasks.dueAt, now + CLOCK_TOLERANCE_MS)),
						and(eq(tasks.state, "started"), lte(tasks.wakeAt, now)),
					),
				),
			)
			.returning(),
		db.insert(attempts).select(
			db
				.select({
					taskId: tasks.id,
					number: tasks.attemptCount,
					leaseToken: sql<string>`${leaseToken}`.as("lease_token"),
					isolateId: sql<string>`${isolateId}`.as("isolate_id"),
					startedAt: sql<number>`${now}`.as("started_at"),
					endedAt: sql<null>`NULL`.as("ended_at"),
					outcome: sql<null>`NULL`.as("outcome"),
					error: sql<null>`NULL`.as("error"),
				})
				.from(tasks)
				.where(and(eq(tasks.id, taskId), eq(tasks.leaseToken, leaseToken))),
		),
	])) as [unknown, (typeof tasks.$inferSelect)[], unknown];
	const row = claimed[0];
	return row && { ...row, leaseToken };
}
