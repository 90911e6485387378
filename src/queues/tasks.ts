/** The consumer of the queues of tasks: one message, one attempt. Only here are their messages acknowledged or retried. */
import { z } from "zod";
import { type Database, openDatabase } from "../db/database.ts";
import { requestSourceBy } from "../download/source-request.ts";
import { configurationOf } from "../env.ts";
import { toAppError } from "../errors.ts";
import { dispatchEvents } from "../handlers/dispatch-events.ts";
import { taskRegistry } from "../handlers/registry.ts";
import type { Services } from "../handlers/services.ts";
import { isolateId } from "../isolate.ts";
import { errorFields, logEvent } from "../log.ts";
import { bundledModules } from "../media/wasm/bundled-modules.ts";
import type { TaskRegistry } from "../tasks/define.ts";
import { sendTasks } from "../tasks/enqueue.ts";
import { runTask, type TaskRuntime } from "../tasks/run.ts";
import { taskQueuesOf } from "./task-queues.ts";

const messageBody = z.object({ task_id: z.string() });

/** Wait before the platform delivers again what could not even be claimed or recorded. */
const PLATFORM_RETRY_SECONDS = 30;
/** Events that are dispatched behind one batch, far more than it can have made; what is left is the sweep's. */
const MAX_EVENTS_BEHIND_BATCH = 50;

/** The messages of a batch are worked on side by side: a batch of `photos` is one, those of `tasks` wait for others. */
export async function consumeTasks(
	batch: MessageBatch,
	env: Env,
	registry: TaskRegistry<Services> = taskRegistry,
): Promise<void> {
	const db = openDatabase(env.DB);
	const runtime = (): TaskRuntime<Services> => ({
		db,
		registry,
		services: {
			db,
			media: env.MEDIA,
			configuration: configurationOf(env),
			codecs: bundledModules,
			registry,
			queues: taskQueuesOf(env),
			fetch: (url, init) => fetch(url, init),
			requestSource: requestSourceBy(configurationOf(env)),
		},
		isolateId: isolateId(),
		wait: (ms) => scheduler.wait(ms),
	});
	await Promise.all(batch.messages.map((message) => consumeMessage(message, batch.queue, env, runtime)));
	await tellOfEvents(db, env);
}

/** What the attempts made true is told at once, and not only by the next sweep. Costs nothing where nobody is told. */
async function tellOfEvents(db: Database, env: Env): Promise<void> {
	try {
		if (configurationOf(env).webhook === null) return;
		await dispatchEvents(db, taskQueuesOf(env), Date.now(), MAX_EVENTS_BEHIND_BATCH);
	} catch (thrown) {
		logEvent("warn", "event.dispatch_failed", { error: errorFields(toAppError(thrown)) });
	}
}

async function consumeMessage(
	message: Message,
	queue: string,
	env: Env,
	runtime: () => TaskRuntime<Services>,
): Promise<void> {
	const body = messageBody.safeParse(message.body);
	if (!body.success) {
		// Nobody but a person with the queue's console can have sent it, and no later delivery will read better.
		logEvent("error", "message.malformed", { queue, message_id: message.id });
		message.ack();
		return;
	}
	const { task_id: taskId } = body.data;
	try {
		const work = runtime();
		const toSend = await runTask(work, taskId, { messageId: message.id, delivery: message.attempts });
		message.ack();
		// A handled failure acknowledges and sends anew: the platform's own retries are kept for crashes.
		await sendTasks(work.db, taskQueuesOf(env), toSend);
	} catch (thrown) {
		const error = errorFields(toAppError(thrown));
		logEvent("error", "message.unhandled", { task_id: taskId, deliveries: message.attempts, error });
		message.retry({ delaySeconds: PLATFORM_RETRY_SECONDS });
	}
}
