/** The Worker on the test's own D1 and R2, with its messages in the test's hands. */
import {
	createExecutionContext,
	createMessageBatch,
	createScheduledController,
	getQueueResult,
	waitOnExecutionContext,
} from "cloudflare:test";
import { env as workerEnv } from "cloudflare:workers";
import { sweep } from "../../src/cron/sweep.ts";
import type { Services } from "../../src/handlers/services.ts";
import worker from "../../src/index.ts";
import { consumeTasks } from "../../src/queues/tasks.ts";
import type { QueueName, TaskRegistry } from "../../src/tasks/define.ts";

export interface SentMessage {
	queue: QueueName;
	body: unknown;
	delaySeconds: number | undefined;
}

/** What the consumer told the queue about one message. */
export interface Delivery {
	isAcknowledged: boolean;
	/** Options of each call of `retry`. */
	retries: (QueueRetryOptions | undefined)[];
}

export interface Deployment {
	env: Env;
	/** What was sent to the queue. It is delivered only when a test says so. */
	sent: SentMessage[];
	/** Answers a request; what it promised to do afterwards is done when this resolves. */
	fetch(path: string, init?: RequestInit): Promise<Response>;
	deliver(body: unknown, options?: { queue?: string; messageId?: string; deliveries?: number }): Promise<Delivery>;
	/** One batch of the platform's. Answers with how many of its messages were acknowledged, and how many are to come again. */
	deliverTogether(queue: string, bodies: unknown[]): Promise<{ acknowledged: number; retried: number }>;
	/** The run of the minute, at a moment of the test's choice. */
	sweep(now: number): Promise<void>;
}

export const origin = "https://edge.example";

/**
 * @param changes settings or bindings other than the deployment's
 * @param registry kinds of tasks other than the Worker's
 */
export function deployWorker(changes: Record<string, unknown> = {}, registry?: TaskRegistry<Services>): Deployment {
	const sent: SentMessage[] = [];
	const env = {
		...workerEnv,
		PHOTOS_QUEUE: recordingQueue("photos", sent),
		TRANSFERS_QUEUE: recordingQueue("transfers", sent),
		TASKS_QUEUE: recordingQueue("tasks", sent),
		...changes,
	} as Env;
	return {
		env,
		sent,
		async fetch(path, init) {
			const context = createExecutionContext();
			const response = await worker.fetch(new Request(`${origin}${path}`, init), env, context);
			await waitOnExecutionContext(context);
			return response;
		},
		async deliver(body, { queue = "photos", messageId = "message-1", deliveries = 1 } = {}) {
			const timestamp = new Date();
			const batch = createMessageBatch(queue, [{ id: messageId, timestamp, attempts: deliveries, body }]);
			const retries: Delivery["retries"] = [];
			const [message] = batch.messages;
			const retry = message?.retry.bind(message);
			Object.defineProperty(message, "retry", {
				value: (options?: QueueRetryOptions) => {
					retries.push(options);
					retry?.(options);
				},
			});
			const context = createExecutionContext();
			await (registry ? consumeTasks(batch, env, registry) : worker.queue(batch, env));
			const { explicitAcks } = await getQueueResult(batch, context);
			return { isAcknowledged: explicitAcks.includes(messageId), retries };
		},
		async deliverTogether(queue, bodies) {
			const timestamp = new Date();
			const messages = bodies.map((body, at) => ({ id: `message-${at + 1}`, timestamp, attempts: 1, body }));
			const batch = createMessageBatch(queue, messages);
			const context = createExecutionContext();
			await worker.queue(batch, env);
			const { explicitAcks, retryMessages } = await getQueueResult(batch, context);
			return { acknowledged: explicitAcks.length, retried: retryMessages.length };
		},
		async sweep(now) {
			const controller = createScheduledController({ scheduledTime: now, cron: "* * * * *" });
			await (registry ? sweep(env, now, registry) : worker.scheduled(controller, env));
		},
	};
}

function recordingQueue(queue: QueueName, sent: SentMessage[]): Pick<Queue, "send" | "sendBatch" | "metrics"> {
	const metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } };
	return {
		async send(body, options) {
			sent.push({ queue, body, delaySeconds: options?.delaySeconds });
			return { metadata };
		},
		async sendBatch(messages) {
			for (const { body, delaySeconds } of messages) sent.push({ queue, body, delaySeconds });
			return { metadata };
		},
		metrics: async () => metadata.metrics,
	};
}
