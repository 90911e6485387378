/** The consumer of `photos`: one message, one attempt. Only here are messages of this queue acknowledged or retried. */
import { z } from "zod";
import { openDatabase } from "../db/database.ts";
import { configurationOf } from "../env.ts";
import { toAppError } from "../errors.ts";
import { taskRegistry } from "../handlers/registry.ts";
import type { Services } from "../handlers/services.ts";
import { isolateId } from "../isolate.ts";
import { errorFields, logEvent } from "../log.ts";
import { bundledModules } from "../media/wasm/bundled-modules.ts";
import { sendTasks, type TaskQueues } from "../tasks/enqueue.ts";
import { runTask } from "../tasks/run.ts";

const messageBody = z.object({ task_id: z.string() });

/** Wait before the platform delivers again what could not even be claimed or recorded. */
const PLATFORM_RETRY_SECONDS = 30;

export async function consumePhotos(batch: MessageBatch, env: Env): Promise<void> {
	const db = openDatabase(env.DB);
	const queues: TaskQueues = { photos: env.PHOTOS_QUEUE };
	for (const message of batch.messages) {
		const body = messageBody.safeParse(message.body);
		if (!body.success) {
			// Nobody but a person with the queue's console can have sent it, and no later delivery will read better.
			logEvent("error", "message.malformed", { queue: batch.queue, message_id: message.id });
			message.ack();
			continue;
		}
		try {
			const services: Services = { db, media: env.MEDIA, configuration: configurationOf(env), codecs: bundledModules };
			const after = await runTask({ db, registry: taskRegistry, services, isolateId: isolateId() }, body.data.task_id);
			message.ack();
			// A handled failure acknowledges and sends anew: the platform's own retries are kept for crashes.
			if (after.kind === "send_again") {
				await sendTasks(db, queues, [{ id: body.data.task_id, queue: "photos" }], after.delaySeconds);
			}
		} catch (thrown) {
			const error = errorFields(toAppError(thrown));
			logEvent("error", "message.unhandled", { task_id: body.data.task_id, deliveries: message.attempts, error });
			message.retry({ delaySeconds: PLATFORM_RETRY_SECONDS });
		}
	}
}
