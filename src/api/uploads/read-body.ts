/** Reading a body that a stranger sends: until it ends, breaks, or its deadline passes. */
import { AppError } from "../../errors.ts";

/**
 * The body's chunks.
 *
 * @throws AppError `upload_interrupted` when the client hangs up, `upload_too_slow` when the deadline passes
 */
export async function* readBody(body: ReadableStream<Uint8Array>, deadlineMs: number): AsyncGenerator<Uint8Array> {
	const reader = body.getReader();
	const { promise: late, reject } = Promise.withResolvers<never>();
	late.catch(() => {});
	const timer = setTimeout(() => {
		const seconds = deadlineMs / 1000;
		reject(
			new AppError("upload_too_slow", `The upload did not end within ${seconds} s. Try again on a faster connection.`),
		);
	}, deadlineMs);
	try {
		while (true) {
			const { done, value } = await Promise.race([reader.read().catch(interrupted), late]);
			if (done) return;
			yield value;
		}
	} finally {
		clearTimeout(timer);
		// The rest, if any, is for drainRefusedBody.
		reader.releaseLock();
	}
}

const interrupted = (cause: unknown): never => {
	throw new AppError("upload_interrupted", "The connection broke before the whole body had arrived. Send it again.", {
		cause,
	});
};
