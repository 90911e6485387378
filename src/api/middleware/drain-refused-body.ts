/**
 * A client that is refused in the middle of its upload goes on sending. If the connection closed under it, it would see
 * a reset instead of the reason; so the rest of the body is read and dropped, within bounds, before the answer goes out.
 */
import type { MiddlewareHandler } from "hono";
import type { ApiBindings } from "../context.ts";

/** Of a body that says its length, all is read on that arrives in time; of one that does not, a file's worth. */
const MAX_DRAINED_BYTES = 256 * 1024 * 1024;
const MAX_DRAINED_BYTES_OF_UNKNOWN = 16 * 1024 * 1024;
const MAX_DRAIN_MS = 10_000;
const SENDER_PAUSE_MS = 250;

export const drainRefusedBody: MiddlewareHandler<ApiBindings> = async (c, next) => {
	await next();
	const { body } = c.req.raw;
	// A repeated upload is not refused, but its body is not wanted either.
	const isUnwanted = c.res.status >= 400 || c.res.headers.has("idempotent-replayed");
	if (c.res.status === 408) return; // its sender has stalled: there is nothing to read on
	if (isUnwanted && body && !body.locked)
		await drain(body, c.req.header("content-length") ? MAX_DRAINED_BYTES : MAX_DRAINED_BYTES_OF_UNKNOWN);
};

async function drain(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<void> {
	const reader = body.getReader();
	const { promise: late, resolve } = Promise.withResolvers<undefined>();
	const timer = setTimeout(() => resolve(undefined), MAX_DRAIN_MS);
	try {
		for (let bytes = 0; bytes < maxBytes; ) {
			const read = await Promise.race([reader.read(), late]);
			if (!read || read.done) return;
			bytes += read.value.length;
		}
		// A body that never ends: reading stops, so that the sender pauses and has the chance to see the answer.
		await scheduler.wait(SENDER_PAUSE_MS);
	} catch {
		// The client hung up: nobody is left to answer.
	} finally {
		clearTimeout(timer);
		reader.cancel().catch(() => {});
	}
}
