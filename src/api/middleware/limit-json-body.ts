/** JSON bodies are small: counted while they are read, whatever Content-Length said. */
import type { MiddlewareHandler } from "hono";
import { AppError } from "../../errors.ts";
import type { ApiBindings } from "../context.ts";
import { readBody } from "../uploads/read-body.ts";

/** A list of a few hundred photo ids is the largest body that makes sense. */
const MAX_JSON_BYTES = 64 * 1024;
const JSON_DEADLINE_MS = 30_000;

/** @throws AppError `body_too_large`, `upload_interrupted`, `upload_too_slow` */
export const limitJsonBody: MiddlewareHandler<ApiBindings> = async (c, next) => {
	const { body } = c.req.raw;
	if (body) {
		const headers = new Headers(c.req.raw.headers);
		// requireJson has read it by its rules; the validator's own are narrower about blanks and parameters.
		headers.set("content-type", "application/json");
		c.req.raw = new Request(c.req.raw, { body: await readBounded(body), headers });
	}
	await next();
};

async function readBounded(body: ReadableStream<Uint8Array>): Promise<Blob> {
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of readBody(body, JSON_DEADLINE_MS)) {
		bytes += chunk.length;
		if (bytes > MAX_JSON_BYTES) {
			throw new AppError("body_too_large", `A JSON body may have at most ${MAX_JSON_BYTES / 1024} KiB.`, {
				extensions: { max_bytes: MAX_JSON_BYTES },
			});
		}
		chunks.push(chunk);
	}
	return new Blob(chunks);
}
