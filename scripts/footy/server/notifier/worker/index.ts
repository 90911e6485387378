/**
 * R2's event notifications, which a local bucket does not have: looks at the bucket each time it is asked to, and sends
 * to the queue what R2 would have sent. It runs beside the Worker, because local queues can be reached from nowhere else.
 */
import type { Look, NotifierSettings } from "../protocol.ts";
import { createDisorder } from "./disorder.ts";
import { readLines } from "./read-lines.ts";

interface NotifierEnv {
	BUCKET: R2Bucket;
	QUEUE: Queue<Notification>;
	SETTINGS: NotifierSettings;
}

/** As R2 sends it. */
interface Notification {
	account: string;
	action: "PutObject" | "CompleteMultipartUpload";
	bucket: string;
	object: { key: string; size: number; eTag: string };
	eventTime: string;
}

/** A queue takes as many in one call. */
const maxMessagesAtOnce = 100;

/**
 * The version last told of each object. It dies with the isolate, and so do the messages that wait in a local queue:
 * what was put before is told again at the next start.
 */
let told: ReadonlyMap<string, string> = new Map();

let disorder: ReturnType<typeof createDisorder> | undefined;

export default {
	async connect(socket, env) {
		const writer = socket.writable.getWriter();
		const encoder = new TextEncoder();
		for await (const _ of readLines(socket.readable)) {
			const answer = await lookAtBucket(env).catch((thrown): Look => ({ fault: String(thrown) }));
			await writer.write(encoder.encode(`${JSON.stringify(answer)}\n`));
		}
	},
} satisfies ExportedHandler<NotifierEnv>;

async function lookAtBucket({ BUCKET, QUEUE, SETTINGS }: NotifierEnv): Promise<Look> {
	const objects = (await Promise.all(SETTINGS.prefixes.map((prefix) => listObjects(BUCKET, prefix)))).flat();
	const news = objects.filter(({ key, version }) => told.get(key) !== version);
	const messages = news.flatMap((object) => {
		const message = { body: describePut(object, SETTINGS.bucket) };
		return Array.from({ length: SETTINGS.copies }, () => message);
	});
	if (SETTINGS.disorderSeed !== null) disorder ??= createDisorder(SETTINGS.disorderSeed);
	const outgoing = disorder?.(messages) ?? messages;
	for (let start = 0; start < outgoing.length; start += maxMessagesAtOnce) {
		await QUEUE.sendBatch(outgoing.slice(start, start + maxMessagesAtOnce));
	}
	// Only now: what could not be sent is news at the next look.
	told = new Map(objects.map(({ key, version }) => [key, version]));
	return { told: news.map(({ key }) => key) };
}

async function listObjects(bucket: R2Bucket, prefix: string): Promise<R2Object[]> {
	const objects: R2Object[] = [];
	let cursor: string | undefined;
	do {
		const page: R2Objects = await bucket.list({ prefix, ...(cursor !== undefined && { cursor }) });
		objects.push(...page.objects);
		cursor = page.truncated ? page.cursor : undefined;
	} while (cursor !== undefined);
	return objects;
}

/** A copy cannot be told from a put by what lies in the bucket; who takes these messages must not care. */
function describePut({ key, size, etag, uploaded }: R2Object, bucket: string): Notification {
	return {
		account: "0".repeat(32),
		// The ETag of an object that came in parts ends with their number.
		action: etag.includes("-") ? "CompleteMultipartUpload" : "PutObject",
		bucket,
		object: { key, size, eTag: etag },
		eventTime: uploaded.toISOString(),
	};
}
