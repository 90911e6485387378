/** Claiming before working: one conditional statement that takes the lease and counts the attempt. */
import { and, eq, getTableColumns, inArray, isNull, lt, lte, not, or, type SQL, sql } from "drizzle-orm";
import type { Database, Statement } from "../db/database.ts";
import { runBatch } from "../db/database.ts";
import { isPaused } from "../db/paused-queues.ts";
import { attempts, tasks } from "../db/schema.ts";
import { leaseMsOf, type TaskRegistry } from "./define.ts";
import { returnedForSending } from "./enqueue.ts";

/** A task as it is stored. */
export type TaskRow = typeof tasks.$inferSelect;
/** A task that an attempt holds, with the token that its writes carry. */
export type ClaimedTask = TaskRow & { leaseToken: string };

/** The message that brought a task. */
export interface Delivery {
	messageId: string;
	/** From 1. */
	delivery: number;
}

/** Clocks of isolates differ a little; a message that comes this early still finds its task due. */
export const CLOCK_TOLERANCE_MS = 2000;
/** A task whose worker died this often is given up: it may be what kills it. */
const MAX_LOST_ATTEMPTS = 2;
/** A task of a kind that is not registered is claimed too, in order to be failed. */
const UNKNOWN_TASK_LEASE_MS = 60_000;

/** True in SQL for a task that may be tried once more: attempts are left, and not too many workers died of it. */
const hasAttemptsLeft: SQL = sql`${tasks.attemptCount} - ${tasks.snoozeCount} < ${tasks.maxAttempts} AND ${tasks.lostCount} < ${MAX_LOST_ATTEMPTS}`;

/** The same of a row that was read. */
export const isTriedAgain = ({
	attemptCount,
	snoozeCount,
	maxAttempts,
	lostCount,
}: Pick<TaskRow, "attemptCount" | "snoozeCount" | "maxAttempts" | "lostCount">): boolean =>
	attemptCount - snoozeCount < maxAttempts && lostCount < MAX_LOST_ATTEMPTS;

/**
 * Takes the task for one attempt, or answers undefined when there is nothing to take: a second delivery of the same
 * message, a task that ended or was cancelled, one that is not due, or one that somebody else holds.
 * One round trip; the attempt is written in the same transaction.
 */
export async function claimTask<Services>(
	db: Database,
	taskId: string,
	claim: {
		now: number;
		isolateId: string;
		registry: TaskRegistry<Services>;
		delivery?: Delivery;
		/** Known to the caller who may have to ask whether a claim took effect. */
		leaseToken?: string;
	},
): Promise<ClaimedTask | undefined> {
	const { now, isolateId, registry, delivery, leaseToken = crypto.randomUUID() } = claim;
	const [, , claimed] = (await runBatch(db, [
		...takeBackStatements(db, taskId, now, delivery),
		db
			.update(tasks)
			.set({
				state: "started",
				attemptCount: sql`${tasks.attemptCount} + 1`,
				leaseToken,
				wakeAt: sql`${now} + ${leaseOf(registry)}`,
				startedAt: now,
				progress: null,
			})
			.where(
				and(
					eq(tasks.id, taskId),
					hasAttemptsLeft,
					inArray(tasks.state, ["pending", "sent", "retrying"]),
					lte(tasks.dueAt, now + CLOCK_TOLERANCE_MS),
					not(isPaused(sql`tasks.queue`)),
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
					waitMs: sql<number>`max(0, ${now} - ${tasks.dueAt})`.as("wait_ms"),
					peakMemoryBytes: sql<null>`NULL`.as("peak_memory_bytes"),
					messageId: sql<string>`${delivery?.messageId ?? null}`.as("message_id"),
					delivery: sql<number>`${delivery?.delivery ?? null}`.as("delivery"),
				})
				.from(tasks)
				.where(and(eq(tasks.id, taskId), eq(tasks.leaseToken, leaseToken))),
		),
	])) as [unknown, unknown, TaskRow[], unknown];
	const row = claimed[0];
	return row && { ...row, leaseToken };
}

/** True in SQL of a task's row while the attempt with that token holds it. */
export const isHeld = ({ id, leaseToken }: Pick<ClaimedTask, "id" | "leaseToken">): SQL =>
	sql`${tasks.id} = ${id} AND ${tasks.leaseToken} = ${leaseToken} AND ${tasks.state} = 'started'`;

/** The task as a claim with that token took it, if it did and nobody took it since; one round trip. */
export async function findClaimed(db: Database, taskId: string, leaseToken: string): Promise<ClaimedTask | undefined> {
	const row = await db
		.select()
		.from(tasks)
		.where(isHeld({ id: taskId, leaseToken }))
		.get();
	return row && { ...row, leaseToken };
}

/**
 * Frees a task from an attempt whose worker died: its lease has expired, or the message that brought it is delivered
 * again, which the platform does only after the first delivery failed. Where neither is so, nothing is written.
 */
export function takeBackStatements(db: Database, taskId: string, now: number, delivery?: Delivery): Statement[] {
	const isOpen = and(eq(attempts.taskId, taskId), isNull(attempts.endedAt));
	const expired = sql`EXISTS (SELECT 1 FROM ${tasks} WHERE ${tasks.id} = ${taskId} AND ${tasks.state} = 'started' AND ${tasks.wakeAt} <= ${now})`;
	const broughtBySame =
		delivery && and(eq(attempts.messageId, delivery.messageId), lt(attempts.delivery, delivery.delivery));
	return [
		db
			.update(attempts)
			.set({ endedAt: now, outcome: "lost" })
			.where(and(isOpen, or(expired, broughtBySame))),
		db
			.update(tasks)
			.set({ state: "pending", leaseToken: null, lostCount: sql`${tasks.lostCount} + 1`, dueAt: now, wakeAt: now })
			.where(
				and(
					eq(tasks.id, taskId),
					eq(tasks.state, "started"),
					or(
						lte(tasks.wakeAt, now),
						sql`EXISTS (SELECT 1 FROM ${attempts} WHERE ${attempts.taskId} = ${taskId} AND ${attempts.number} = ${tasks.attemptCount} AND ${attempts.outcome} = 'lost')`,
					),
				),
			)
			.returning({ ...getTableColumns(tasks), isPaused: returnedForSending.isPaused }),
	];
}

/** The lease of the row's kind, as SQL: what is claimed is not known before. */
function leaseOf<Services>(registry: TaskRegistry<Services>): SQL {
	const leases = JSON.stringify(Object.fromEntries([...registry].map(([name, kind]) => [name, leaseMsOf(kind)])));
	return sql`coalesce((SELECT value FROM json_each(${leases}) WHERE key = ${tasks.name}), ${UNKNOWN_TASK_LEASE_MS})`;
}
