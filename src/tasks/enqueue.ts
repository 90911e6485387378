/** Row first, then message: the statements that write a task, and the sending that follows their commit. */
import { and, inArray, type SQL, sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import { type Database, listed, type Statement } from "../db/database.ts";
import { insertRowWhere } from "../db/insert-row-where.ts";
import { isPaused } from "../db/paused-queues.ts";
import { tasks } from "../db/schema.ts";
import { toAppError } from "../errors.ts";
import { errorFields, logEvent } from "../log.ts";
import type { CompleteDefinition, QueueName } from "./define.ts";

/** The whole body of a queue message: D1 is the truth, the message is only a wake-up. */
export interface TaskMessage {
	task_id: string;
}

/** Where tasks are sent to. */
export type TaskQueues = Record<QueueName, Queue<TaskMessage>>;

/**
 * A task that was not claimed this long after it was due is sent again: its sender died between the row and the message,
 * or the message waits behind others.
 */
export const SEND_GRACE_MS = 120_000;
/** Sent again and still not claimed, it is sent once more after this, then after twice as long, and so on. */
const RESEND_AFTER_MS = 15 * 60_000;
const MAX_RESEND_AFTER_MS = 12 * 3_600_000;
/** Queues.sendBatch takes at most 100 messages. */
const MAX_BATCH_MESSAGES = 100;
/** A queue delays by 24 h at most. What is due later waits in D1, and the sweep of its minute sends it. */
const MAX_MESSAGE_DELAY_MS = 12 * 3_600_000;
/** The due moment of a task that waits for its group: the end of JavaScript's time. */
export const NEVER = 8_640_000_000_000_000;

/** Whether a queue can hold the message of a task that is due then. */
export const canBeSent = (dueAt: number, now: number): boolean => dueAt - now <= MAX_MESSAGE_DELAY_MS;

/** When the sweep looks at a task that waits: at its moment where only the sweep can send it, else a grace later. */
export const wakeMoment = (dueAt: number, now: number): number =>
	canBeSent(dueAt, now) ? dueAt + SEND_GRACE_MS : dueAt;

/** A task whose row is written, and what its message needs. */
export interface EnqueuedTask {
	id: string;
	queue: QueueName;
	/** Not to be started before. */
	dueAt: number;
	/** True, or 1 of SQL, where its queue was paused as it was written: the sweep sends it once that is resumed. */
	isPaused?: boolean | number;
}

/** What statements return of the tasks that they write, so that it can be sent. */
export const returnedForSending = {
	id: tasks.id,
	queue: tasks.queue,
	dueAt: tasks.dueAt,
	isPaused: sql<number>`${isPaused(sql`tasks.queue`)}`,
};

/** When the sweep looks at it, in SQL: of a paused queue as soon as that looks at it again. */
export const wakeUnlessPaused = (queue: string | SQL, dueAt: number, now: number): SQL =>
	sql`CASE WHEN ${isPaused(queue)} THEN ${dueAt} ELSE ${wakeMoment(dueAt, now)} END`;

/** Whatever may be said of a task besides its kind, arguments and owner. */
export interface TaskOptions {
	id?: string;
	itemId?: string | null;
	photoId?: string | null;
	/** Milliseconds since 1970; left out, now. */
	dueAt?: number;
	maxAttempts?: number;
	idempotencyKey?: string;
	parentId?: string;
	retryOf?: string;
	groupId?: string;
	/** The group whose end starts the task. */
	callbackOf?: string;
}

/**
 * The statement that writes a task's row. Goes into the batch that writes what the task is about. It returns what is to be
 * sent, and writes nothing where an equal task exists: of the same idempotency key, unique key, or retry.
 *
 * @param condition of writing it, for example that an attempt still holds its lease
 */
export function insertTask<Arguments>(
	db: Database,
	definition: CompleteDefinition<Arguments, never>,
	args: Arguments,
	about: TaskOptions & { ownerId: string },
	now: number,
	condition: SQL = sql`true`,
): { task: EnqueuedTask; statement: Statement; uniqueKey: string | null } {
	const parsed = definition.arguments.parse(args);
	const { id = newId(), ownerId, dueAt = now, ...options } = about;
	const waitsForGroup = options.callbackOf !== undefined;
	// Written as sent although its message follows: a second write would cost every task a round trip. Where sending
	// fails it is set right, and where the sender dies the sweep sends it.
	const isSentAtOnce = !waitsForGroup && canBeSent(dueAt, now);
	const uniqueKey = definition.unique ? `${definition.name}:${definition.unique.key(parsed)}` : null;
	const periodMs = definition.unique?.periodMs;
	const paused = isPaused(definition.queue);
	const row = {
		id,
		name: definition.name,
		queue: definition.queue,
		arguments: parsed,
		ownerId,
		state: isSentAtOnce ? sql`CASE WHEN ${paused} THEN 'pending' ELSE 'sent' END` : ("pending" as const),
		sentAt: isSentAtOnce ? sql`CASE WHEN NOT ${paused} THEN ${now} END` : null,
		maxAttempts: options.maxAttempts ?? definition.maxAttempts,
		dueAt: waitsForGroup ? NEVER : dueAt,
		wakeAt: waitsForGroup ? null : wakeUnlessPaused(definition.queue, dueAt, now),
		createdAt: now,
		itemId: options.itemId ?? null,
		photoId: options.photoId ?? null,
		parentId: options.parentId ?? null,
		retryOf: options.retryOf ?? null,
		groupId: options.groupId ?? null,
		callbackOf: options.callbackOf ?? null,
		idempotencyKey: options.idempotencyKey ?? null,
		uniqueKey,
		uniqueUntil: periodMs === undefined ? null : now + periodMs,
	};
	const task = { id, queue: definition.queue, dueAt: row.dueAt };
	const insert = insertRowWhere(db, tasks, row, sql`WHERE ${condition}`);
	return { task, statement: insert.onConflictDoNothing().returning(returnedForSending), uniqueKey };
}

/**
 * Lets go of a unique key whose task has ended and whose period is over: before the statement that wants it.
 * @param retriedId a task whose key is let go within its period too, if it did not succeed: it is tried again
 */
export const releaseUniqueKey = (db: Database, uniqueKey: string, now: number, retriedId?: string): Statement =>
	db
		.update(tasks)
		.set({ uniqueKey: null })
		.where(
			and(
				sql`${tasks.uniqueKey} = ${uniqueKey}`,
				sql`${tasks.finishedAt} IS NOT NULL`,
				sql`(coalesce(${tasks.uniqueUntil}, 0) <= ${now} OR (${tasks.id} = ${retriedId ?? null} AND ${tasks.state} <> 'succeeded'))`,
			),
		);

/**
 * Sends the messages of tasks whose rows are committed. Never throws: `send` can fail in production
 * (cloudflare/workerd issue 1483), and then the sweep sends what is still unsent, as it does with those of a paused queue.
 * @returns the tasks whose messages were sent
 */
export async function sendTasks(
	db: Database,
	queues: TaskQueues,
	enqueued: readonly EnqueuedTask[],
	now = Date.now(),
): Promise<EnqueuedTask[]> {
	const sent: EnqueuedTask[] = [];
	const sendable = enqueued.filter(({ dueAt, isPaused }) => !isPaused && canBeSent(dueAt, now));
	for (const name of new Set(sendable.map((task) => task.queue))) {
		const ofQueue = sendable.filter((task) => task.queue === name);
		for (let at = 0; at < ofQueue.length; at += MAX_BATCH_MESSAGES) {
			const chunk = ofQueue.slice(at, at + MAX_BATCH_MESSAGES);
			try {
				await queues[name].sendBatch(
					chunk.map(({ id, dueAt }) => ({ body: { task_id: id }, delaySeconds: delaySecondsUntil(dueAt, now) })),
				);
				sent.push(...chunk);
			} catch (thrown) {
				const error = errorFields(toAppError(thrown));
				logEvent("warn", "task.send_failed", { count: chunk.length, queue: name, error });
				await noteUnsent(db, idsOf(chunk), now);
			}
		}
	}
	return sent;
}

const idsOf = (list: readonly EnqueuedTask[]): string[] => list.map(({ id }) => id);

const delaySecondsUntil = (dueAt: number, now: number): number => Math.max(0, Math.ceil((dueAt - now) / 1000));

/** Tasks whose message could not be sent are the next sweep's. If this fails too, they are the one's after the grace. */
async function noteUnsent(db: Database, ids: string[], now: number): Promise<void> {
	try {
		await updateWaiting(db, ids, {
			state: sql`CASE ${tasks.state} WHEN 'sent' THEN 'pending' ELSE ${tasks.state} END`,
			wakeAt: sql`max(${now}, ${tasks.dueAt})`,
		});
	} catch (thrown) {
		logEvent("warn", "task.unsent_not_noted", { count: ids.length, error: errorFields(toAppError(thrown)) });
	}
}

/** Notes that messages of tasks that had waited were sent again. */
export const noteSentAgain = (db: Database, sent: readonly EnqueuedTask[], now: number): Promise<void> =>
	updateWaiting(db, idsOf(sent), {
		state: sql`CASE ${tasks.state} WHEN 'pending' THEN 'sent' ELSE ${tasks.state} END`,
		sentAt: now,
		sendCount: sql`${tasks.sendCount} + 1`,
		wakeAt: sql`max(${now}, ${tasks.dueAt}) + min(${RESEND_AFTER_MS} * (1 << min(${tasks.sendCount}, 10)), ${MAX_RESEND_AFTER_MS})`,
	});

/** Changes tasks that still wait; one that a fast consumer has started meanwhile is left as it is. */
async function updateWaiting(
	db: Database,
	ids: string[],
	changes: { [Column in keyof typeof tasks.$inferSelect]?: SQL | number },
): Promise<void> {
	if (ids.length === 0) return;
	const isAmong = sql`${tasks.id} IN ${listed(JSON.stringify(ids))}`;
	await db
		.update(tasks)
		.set(changes as Record<string, SQL>)
		.where(and(isAmong, inArray(tasks.state, ["pending", "sent", "retrying"])));
}
