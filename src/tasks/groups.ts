/** Groups: tasks that belong together, and a callback that starts once, when the last of them has ended. */
import { and, asc, eq, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { Database, Statement } from "../db/database.ts";
import { runBatch } from "../db/database.ts";
import { isPaused } from "../db/paused-queues.ts";
import { tasks } from "../db/schema.ts";
import type { TaskRow } from "./claim.ts";
import type { GroupSummary } from "./define.ts";
import { returnedForSending, wakeUnlessPaused } from "./enqueue.ts";

/** What a callback is told of one by one; the counts are of all. */
export const MAX_LISTED_MEMBERS = 100;

const queue = sql`tasks.queue`;
const paused = isPaused(queue);

/**
 * The statement that starts the callbacks of groups whose last member has ended: for the batch that ends a member,
 * behind the statement that ends it. It finds a callback once only, because a started one waits no longer. Returns the
 * callbacks to be sent.
 *
 * @param groupIds as SQL: one id, or a subquery of them
 */
export const startCallbacks = (db: Database, groupIds: SQL, now: number): Statement =>
	db
		.update(tasks)
		.set({
			state: sql`CASE WHEN ${paused} THEN 'pending' ELSE 'sent' END`,
			sentAt: sql`CASE WHEN NOT ${paused} THEN ${now} END`,
			dueAt: now,
			wakeAt: wakeUnlessPaused(queue, now, now),
		})
		.where(
			and(
				sql`${tasks.callbackOf} IN (${groupIds})`,
				eq(tasks.state, "pending"),
				isNull(tasks.wakeAt),
				sql`NOT EXISTS (SELECT 1 FROM tasks AS member WHERE member.group_id = ${tasks.callbackOf} AND member.finished_at IS NULL)`,
			),
		)
		.returning(returnedForSending);

/**
 * The statement that has an equal task, which was there before, belong to the group too, so that its callback waits for
 * it: behind the statement that would have written it anew. A task that belongs to a group already stays in that one.
 */
export const joinGroup = (db: Database, groupId: string, uniqueKey: string, condition: SQL = sql`true`): Statement =>
	db
		.update(tasks)
		.set({ groupId })
		.where(and(eq(tasks.uniqueKey, uniqueKey), isNull(tasks.finishedAt), isNull(tasks.groupId), condition));

/**
 * The group whose end started the task, or the one that it tries again after, by hand and however often. Costs a round
 * trip only for tasks that were tried again by hand.
 */
export async function findGroupOf(
	db: Database,
	{ callbackOf, retryOf }: Pick<TaskRow, "callbackOf" | "retryOf">,
): Promise<string | null> {
	if (callbackOf !== null || retryOf === null) return callbackOf;
	const [first] = await db.all<{ callback_of: string }>(
		sql`WITH RECURSIVE tried(retry_of, callback_of) AS (
				SELECT retry_of, callback_of FROM tasks WHERE id = ${retryOf}
				UNION ALL SELECT tasks.retry_of, tasks.callback_of FROM tried JOIN tasks ON tasks.id = tried.retry_of
			) SELECT callback_of FROM tried WHERE callback_of IS NOT NULL LIMIT 1`,
	);
	return first?.callback_of ?? null;
}

/** How a group ended; one round trip. */
export async function readGroup(db: Database, groupId: string): Promise<GroupSummary> {
	const isMember = eq(tasks.groupId, groupId);
	const [[counts], members] = (await runBatch(db, [
		db
			.select({
				total: sql<number>`count(*)`,
				succeeded: sql<number>`coalesce(sum(${tasks.state} = 'succeeded'), 0)`,
			})
			.from(tasks)
			.where(isMember),
		db
			.select({
				taskId: tasks.id,
				name: tasks.name,
				state: tasks.state,
				arguments: tasks.arguments,
				error: tasks.error,
			})
			.from(tasks)
			.where(and(isMember, ne(tasks.state, "succeeded")))
			.orderBy(asc(tasks.id))
			.limit(MAX_LISTED_MEMBERS),
	])) as [[{ total: number; succeeded: number }], GroupSummary["notSucceeded"]];
	return { id: groupId, total: counts.total, succeeded: counts.succeeded, notSucceeded: members };
}
