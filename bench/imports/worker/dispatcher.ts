/**
 * What the platform does with a queue and Miniflare does not: several batches at once, in more than one isolate. Miniflare
 * gives a consumer its next batch when the last has ended; this one ends at once and hands the batch on.
 */
import { consumePath, type HandedBack, type HandedBatch } from "../contract.ts";

interface DispatcherEnv {
	FIRST: Fetcher;
	SECOND: Fetcher;
	TASKS_QUEUE: Queue;
	TRANSFERS_QUEUE: Queue;
	MAX_BATCHES_AT_ONCE: string;
}

const LOOK_AGAIN_AFTER_MS = 5;
/** In work, in both isolates together, by queue. */
const atOnce: Record<string, number> = {};
let turn = 0;
let givenBack = 0;

export default {
	fetch: async () => Response.json({ givenBack }),

	async queue(batch, env, context) {
		const { queue } = batch;
		while ((atOnce[queue] ?? 0) >= Number(env.MAX_BATCHES_AT_ONCE)) await scheduler.wait(LOOK_AGAIN_AFTER_MS);
		atOnce[queue] = (atOnce[queue] ?? 0) + 1;
		const target = turn++ % 2 === 0 ? env.FIRST : env.SECOND;
		const ended = handOn(batch, target, env).finally(() => {
			atOnce[queue] = (atOnce[queue] ?? 0) - 1;
		});
		context.waitUntil(ended);
		batch.ackAll();
	},
} satisfies ExportedHandler<DispatcherEnv>;

async function handOn({ queue, messages }: MessageBatch, target: Fetcher, env: DispatcherEnv): Promise<void> {
	const handed: HandedBatch = {
		queue,
		messages: messages.map(({ id, body, attempts }) => ({ id, body, attempts })),
	};
	const response = await target.fetch(`http://worker${consumePath}`, { method: "POST", body: JSON.stringify(handed) });
	const back: HandedBack[] = response.ok ? await response.json() : messages.map(({ id }) => ({ id, delaySeconds: 1 }));
	for (const { id, delaySeconds } of back) {
		givenBack++;
		const message = messages.find((one) => one.id === id);
		const producer = queue === "tasks" ? env.TASKS_QUEUE : env.TRANSFERS_QUEUE;
		if (message) await producer.send(message.body, { delaySeconds });
	}
}
