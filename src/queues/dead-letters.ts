/**
 * The consumer of the dead letters of all queues: records what the platform gave up on. Its task is brought back by the sweep,
 * and so is what was put into the bucket: an announced upload is overdue some time, an inbox's object is written down here.
 */
import { and, eq, inArray, lte } from "drizzle-orm";
import { z } from "zod";
import { openDatabase, runBatch } from "../db/database.ts";
import { deadLetters, tasks } from "../db/schema.ts";
import { noteFoundObjects } from "../db/uploads.ts";
import { toAppError } from "../errors.ts";
import { errorFields, logEvent } from "../log.ts";
import { readFoundObject } from "./uploads.ts";

const messageBody = z.object({ task_id: z.string() });

export async function consumeDeadLetters(batch: MessageBatch, env: Env): Promise<void> {
	const db = openDatabase(env.DB);
	for (const message of batch.messages) {
		const body = messageBody.safeParse(message.body);
		const taskId = body.success ? body.data.task_id : null;
		try {
			const now = Date.now();
			await runBatch(db, [
				db
					.insert(deadLetters)
					.values({
						id: message.id,
						queue: batch.queue,
						taskId,
						body: message.body,
						deliveries: message.attempts,
						receivedAt: now,
					})
					.onConflictDoNothing(),
				// The next sweep sends its task again, or gives it up if too many workers died of it.
				db
					.update(tasks)
					.set({ wakeAt: now })
					.where(
						and(
							eq(tasks.id, taskId ?? ""),
							inArray(tasks.state, ["pending", "sent", "retrying"]),
							lte(tasks.dueAt, now),
						),
					),
			]);
			// Behind the record, so that one that cannot be written down is known at least.
			const found = batch.queue === "uploads-dead-letters" ? readFoundObject(message.body) : undefined;
			if (found) await runBatch(db, [noteFoundObjects(db, [found], now)]);
			logEvent("error", "message.dead_lettered", { queue: batch.queue, message_id: message.id, task_id: taskId });
			message.ack();
		} catch (thrown) {
			logEvent("error", "message.unhandled", { message_id: message.id, error: errorFields(toAppError(thrown)) });
			message.retry();
		}
	}
}
