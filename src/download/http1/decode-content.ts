/** Undoes an answer's Content-Encoding, never far ahead of who reads. */
import { pipeline, Readable } from "node:stream";
import { createGunzip, createInflate } from "node:zlib";
import { AppError } from "../../errors.ts";
import { malformed } from "./faults.ts";

/**
 * Node's interface to the platform's zlib, which waits for its reader every 16 KiB. DecompressionStream inflates all that
 * it is given before anyone reads: 64 KiB of bomb were 64 MiB in memory.
 */
const inflaters = { gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate };

/**
 * @param coding the Content-Encoding field
 * @returns the body, whose reading throws AppError `source_encoding_refused` for a coding that is not read here, or
 * `source_malformed`
 */
export function decodeContent(body: AsyncIterable<Uint8Array>, coding: string | null): AsyncIterable<Uint8Array> {
	const name = coding?.toLowerCase() ?? "";
	if (name === "" || name === "identity") return body;
	if (!Object.hasOwn(inflaters, name)) return refusedBody();
	return inflate(body, name as keyof typeof inflaters);
}

/**
 * In place of a body in an encoding that is not read here. Only who reads it is refused: a redirect or "busy" means what
 * it says, in whatever its page is packed. For answers of the platform's fetch too, which leaves as it is what it does not know.
 */
export const refusedBody = (): ReadableStream<Uint8Array> =>
	new ReadableStream<Uint8Array>(
		{
			pull() {
				throw new AppError(
					"source_encoding_refused",
					"The source sent the picture in a Content-Encoding that was not asked for and is not read here. Its operator has to mend it.",
				);
			},
		},
		{ highWaterMark: 0 },
	);

async function* inflate(body: AsyncIterable<Uint8Array>, coding: keyof typeof inflaters): AsyncGenerator<Uint8Array> {
	// What goes wrong reaches the reader; the callback is there because pipeline() wants one.
	const inflated = pipeline(Readable.from(body, { objectMode: true, highWaterMark: 1 }), inflaters[coding](), () => {});
	try {
		yield* inflated as AsyncIterable<Uint8Array>;
	} catch (thrown) {
		if (thrown instanceof AppError) throw thrown;
		throw malformed("its body is not in the Content-Encoding that it names");
	}
}
