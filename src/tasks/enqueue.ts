/** Row first, then message: the statement that writes a task, and the sending that follows its commit. */
import { and, inArray, sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import type { Database, Statement } from "../db/database.ts";
import { tasks } from "../db/schema.ts";
import { toAppError } from "../errors.ts";
import { errorFields, logEvent } from "../log.ts";
import type { QueueName, TaskDefinition } from "./define.ts";

/** The whole body of a queue message: D1 is the truth, the message is only a wake-up. */
export interface TaskMessage {
	task_id: string;
}

export type TaskQueues = Record<QueueName, Queue<TaskMessage>>;

/** If the message was not sent by then, the sweep sends it. */
export const SEND_GRACE_MS = 30_000;
/** A message that was sent but not claimed is sent again after this, then after twice as long, and so on. */
const RESEND_AFTER_MS = 15 * 60_000;
const MAX_RESEND_AFTER_MS = 12 * 3_600_000;
/** Queues.sendBatch takes at most 100 messages. */
const MAX_BATCH_MESSAGES = 100;
/** D1 binds at most 100 parameters a statement; ids are passed in chunks below that. */
const MAX_IDS_IN_STATEMENT = 80;

export interface EnqueuedTask {
	id: string;
	queue: QueueName;
}

/** The statement that writes a task's row. Goes into the batch that writes what the task is about. */
export function insertTask<Arguments>(
	db: Database,
	definition: TaskDefinition<Arguments, never>,
	args: Arguments,
	about: { id?: string; ownerId: string; itemId?: string | null; photoId?: string },
	now: number,
): { task: EnqueuedTask; statement: Statement } {
	const id = about.id ?? newId();
	const statement = db.insert(tasks).values({
		id,
		name: definition.name,
		queue: definition.queue,
		arguments: definition.arguments.parse(args),
		ownerId: about.ownerId,
		itemId: about.itemId ?? null,
		photoId: about.photoId ?? null,
		state: "pending",
		maxAttempts: definition.maxAttempts,
		dueAt: now,
		wakeAt: now + SEND_GRACE_MS,
		createdAt: now,
	});
	return { task: { id, queue: definition.queue }, statement };
}

/**
 * Sends the messages of tasks whose rows are committed. Never throws: `send` can fail in production
 * (cloudflare/workerd issue 1483), and then the sweep sends what is still unsent.
 */
export async function sendTasks(
	db: Database,
	queues: TaskQueues,
	enqueued: readonly EnqueuedTask[],
	delaySeconds = 0,
): Promise<number> {
	let sentCount = 0;
	for (const name of new Set(enqueued.map((task) => task.queue))) {
		const ids = enqueued.filter((task) => task.queue === name).map((task) => task.id);
		for (let at = 0; at < ids.length; at += MAX_BATCH_MESSAGES) {
			const chunk = ids.slice(at, at + MAX_BATCH_MESSAGES);
			try {
				await queues[name].sendBatch(chunk.map((id) => ({ body: { task_id: id }, delaySeconds })));
				await markSent(db, chunk, Date.now(), delaySeconds * 1000);
				sentCount += chunk.length;
			} catch (thrown) {
				logEvent("warn", "task.send_failed", {
					count: chunk.length,
					queue: name,
					error: errorFields(toAppError(thrown)),
				});
			}
		}
	}
	return sentCount;
}

/** Notes that messages are under way. A task that a fast consumer has already started is left as it is. */
async function markSent(db: Database, ids: string[], now: number, delayMs: number): Promise<void> {
	for (let at = 0; at < ids.length; at += MAX_IDS_IN_STATEMENT) {
		await db
			.update(tasks)
			.set({
				state: sql`CASE ${tasks.state} WHEN 'pending' THEN 'sent' ELSE ${tasks.state} END`,
				sentAt: now,
				sendCount: sql`${tasks.sendCount} + 1`,
				wakeAt: sql`${now + delayMs} + min(${RESEND_AFTER_MS} * (1 << min(${tasks.sendCount}, 10)), ${MAX_RESEND_AFTER_MS})`,
			})
			.where(
				and(
					inArray(tasks.id, ids.slice(at, at + MAX_IDS_IN_STATEMENT)),
					inArray(tasks.state, ["pending", "sent", "retrying"]),
				),
			);
	}
}
