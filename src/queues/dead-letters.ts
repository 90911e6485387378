/** The consumer of `photos-dead-letters`: records what the platform gave up on. Its task is brought back by the sweep. */
import { z } from "zod";
import { openDatabase } from "../db/database.ts";
import { deadLetters } from "../db/schema.ts";
import { toAppError } from "../errors.ts";
import { errorFields, logEvent } from "../log.ts";

const messageBody = z.object({ task_id: z.string() });

export async function consumeDeadLetters(batch: MessageBatch, env: Env): Promise<void> {
	const db = openDatabase(env.DB);
	for (const message of batch.messages) {
		const body = messageBody.safeParse(message.body);
		const taskId = body.success ? body.data.task_id : null;
		try {
			await db
				.insert(deadLetters)
				.values({
					id: message.id,
					queue: batch.queue,
					taskId,
					body: message.body,
					deliveries: message.attempts,
					receivedAt: Date.now(),
				})
				.onConflictDoNothing();
			logEvent("error", "message.dead_lettered", { queue: batch.queue, message_id: message.id, task_id: taskId });
			message.ack();
		} catch (thrown) {
			logEvent("error", "message.unhandled", { message_id: message.id, error: errorFields(toAppError(thrown)) });
			message.retry();
		}
	}
}
