/** The body of an answer to a GET, as its head frames it (RFC 9112, 6 and 7). An end that comes too soon is an error. */
import type { ByteReader } from "./byte-reader.ts";
import { cutOff, malformed } from "./faults.ts";
import { type ResponseHead, readFields } from "./read-head.ts";

const MAX_PART_BYTES = 64 * 1024;
/** A size of up to 8 digits and what extensions are in use; they are skipped. */
const MAX_CHUNK_LINE_BYTES = 512;
const chunkLine = /^([\da-fA-F]{1,8})[ \t]*(?:;.*)?$/;

/**
 * The body as it was sent, still in its Content-Encoding; null where there is none. Reading it throws AppError
 * `source_cut_off` or `source_malformed`.
 *
 * @throws AppError `source_malformed` for a head that says two things about the length
 */
export function readBody(reader: ByteReader, head: ResponseHead): AsyncGenerator<Uint8Array, void> | null {
	if (head.status === 204 || head.status === 304) return null;
	const coding = head.headers.get("transfer-encoding");
	const length = head.headers.get("content-length");
	// Two lengths are how one answer is made to look like two.
	if (coding !== null && length !== null) throw malformed("it has both Content-Length and Transfer-Encoding");
	if (coding !== null) {
		if (coding.toLowerCase() !== "chunked") throw malformed("its Transfer-Encoding is another than chunked");
		if (head.version === "1.0") throw malformed("it is HTTP/1.0 and has a Transfer-Encoding");
		return readChunks(reader);
	}
	if (length === null) return readToEnd(reader);
	// Several lengths arrive here as "5, 5".
	if (!/^\d{1,15}$/.test(length)) throw malformed("its Content-Length is no number");
	return readExactly(reader, Number(length));
}

async function* readExactly(reader: ByteReader, bytes: number): AsyncGenerator<Uint8Array, void> {
	for (let left = bytes; left > 0; ) {
		const part = await reader.readSome(Math.min(left, MAX_PART_BYTES));
		if (!part) throw cutOff();
		left -= part.byteLength;
		yield part;
	}
}

/** No length is told: the source says by TLS that this is the end, and an end without that is thrown by the reader. */
async function* readToEnd(reader: ByteReader): AsyncGenerator<Uint8Array, void> {
	for (let part = await reader.readSome(MAX_PART_BYTES); part; part = await reader.readSome(MAX_PART_BYTES)) yield part;
}

async function* readChunks(reader: ByteReader): AsyncGenerator<Uint8Array, void> {
	while (true) {
		const [, digits] = chunkLine.exec(await reader.readLine(MAX_CHUNK_LINE_BYTES)) ?? [];
		if (!digits) throw malformed("a chunk has no size");
		const bytes = Number.parseInt(digits, 16);
		if (bytes === 0) break;
		yield* readExactly(reader, bytes);
		if ((await reader.readLine(MAX_CHUNK_LINE_BYTES)) !== "") throw malformed("a chunk is longer than its size");
	}
	await readFields(reader); // a trailer says nothing about a picture
}
