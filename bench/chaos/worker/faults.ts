/** The bindings as the engine gets them: calls fail before or after they took effect, messages come twice, late and in any order. */
import { env as workerEnv } from "cloudflare:workers";
import { type FailingBindings, failingBindings, type Moment } from "../../../test/support/failing-bindings.ts";
import { seededRandom } from "../../../test/support/node/seeded-random.ts";
import type { ChaosVars } from "../contract.ts";
import { scaleSeconds, waitReally } from "./clock.ts";

/** Chances in 10,000 of a call or message. */
const chances = {
	d1_before: 150,
	d1_after: 150,
	/** Now and then an answer takes longer than the lease of whoever waits for it. */
	d1_slow: 5,
	r2_before: 200,
	r2_after: 200,
	send_before: 300,
	send_after: 300,
	message_duplicated: 500,
	message_delayed: 500,
	messages_reordered: 5000,
	delivery_doubled: 300,
	batch_failed_after: 100,
} as const;
type FaultKind = keyof typeof chances;

/** Queues.sendBatch takes at most 100 messages. */
const MAX_BATCH_MESSAGES = 100;
/** Longer than the lease of `chaos_work` in real milliseconds. */
const SLOW_MS = 4500;

const { CHAOS_SEED } = workerEnv as unknown as ChaosVars;
export const random = seededRandom(Number(CHAOS_SEED));
/** Injected so far in this isolate, by kind. */
export const faults: Record<string, number> = {};

/** Whether this fault is to happen now; then it is counted. */
function strikes(kind: FaultKind): boolean {
	if (random.below(10_000) >= chances[kind]) return false;
	faults[kind] = (faults[kind] ?? 0) + 1;
	return true;
}

const failureOf = (before: FaultKind, after: FaultKind): Moment | false =>
	strikes(before) ? "before" : strikes(after) ? "after" : false;

/** The Worker's bindings with faults in them. Made once: the engine remembers the parsed settings by this object. */
export const faultyEnv: Env = {
	...workerEnv,
	...failingStores(),
	PHOTOS_QUEUE: makeRestless(workerEnv.PHOTOS_QUEUE),
	TRANSFERS_QUEUE: makeRestless(workerEnv.TRANSFERS_QUEUE),
	TASKS_QUEUE: makeRestless(workerEnv.TASKS_QUEUE),
};

function failingStores(): FailingBindings<"DB" | "MEDIA">["env"] {
	return failingBindings(workerEnv, async (call) => {
		if (call.startsWith("MEDIA.")) return failureOf("r2_before", "r2_after");
		if (strikes("d1_slow")) await waitReally(SLOW_MS);
		return failureOf("d1_before", "d1_after");
	}).env;
}

function makeRestless(queue: Queue): Queue {
	const sendBatch: Queue["sendBatch"] = async (given) => {
		const failure = failureOf("send_before", "send_after");
		if (failure === "before") throw new Error("the messages were not sent");
		const messages = reorder([...given].flatMap(duplicate).map(delay));
		let response: QueueSendBatchResponse | undefined;
		for (let at = 0; at < messages.length; at += MAX_BATCH_MESSAGES) {
			response = await queue.sendBatch(messages.slice(at, at + MAX_BATCH_MESSAGES));
		}
		if (failure === "after") throw new Error("the messages were sent, but the answer was lost");
		return response as QueueSendBatchResponse;
	};
	return { sendBatch, send: queue.send.bind(queue), metrics: () => queue.metrics() };
}

const duplicate = (message: MessageSendRequest): MessageSendRequest[] =>
	strikes("message_duplicated") ? [message, { ...message }] : [message];

function delay(message: MessageSendRequest): MessageSendRequest {
	const late = strikes("message_delayed") ? 1 + random.below(3) : 0;
	return { ...message, delaySeconds: scaleSeconds(message.delaySeconds ?? 0) + late };
}

function reorder<Value>(list: Value[]): Value[] {
	if (list.length < 2 || !strikes("messages_reordered")) return list;
	return list
		.map((value) => ({ value, place: random.below(1_000_000) }))
		.sort((a, b) => a.place - b.place)
		.map(({ value }) => value);
}

/** A batch in which some messages come twice at the same time, and whose retries are timed by the faster clock. */
export function unsettleBatch(batch: MessageBatch): MessageBatch {
	const messages = batch.messages.flatMap((message) => {
		const timed: Message = {
			id: message.id,
			timestamp: message.timestamp,
			body: message.body,
			attempts: message.attempts,
			ack: () => message.ack(),
			retry: (options) => message.retry({ delaySeconds: scaleSeconds(options?.delaySeconds ?? 0) }),
		};
		return strikes("delivery_doubled") ? [timed, timed] : [timed];
	});
	const { queue, metadata } = batch;
	return { queue, metadata, messages, ackAll: () => batch.ackAll(), retryAll: () => batch.retryAll() };
}

/** The platform delivers a whole batch again when its consumer threw, whatever it had acknowledged. */
export function failBatchAfterwards(): void {
	if (strikes("batch_failed_after")) throw new Error("the batch failed after its work was done");
}
