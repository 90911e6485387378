/**
 * The head of an answer: status line and fields (RFC 9112, 4 and 5). Strict where two programs could read it differently:
 * no folded lines, no line without CR, no blank before a colon. http-parser-js lets all of these pass and takes a broken
 * chunk size for the end; llhttp does not, but no package brings its WASM in a form that Workers can import.
 */
import type { ByteReader } from "./byte-reader.ts";
import { malformed } from "./faults.ts";

export interface ResponseHead {
	version: "1.0" | "1.1";
	status: number;
	headers: Headers;
}

/** What browsers and servers accept lies between 8 and 256 KiB; a picture's answer has less than 2. */
const MAX_HEAD_BYTES = 32 * 1024;
const MAX_FIELDS = 100;
/** 100 Continue, 103 Early Hints: nobody asked for many. */
const MAX_INTERIM_HEADS = 4;

const statusLine = /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: .*)?$/;
const fieldLine = /^([\w!#$%&'*+.^`|~-]+):(.*)$/;

/** The head of the final answer. @throws AppError `source_malformed`, `source_cut_off` */
export async function readFinalHead(reader: ByteReader): Promise<ResponseHead> {
	for (let interim = 0; interim <= MAX_INTERIM_HEADS; interim += 1) {
		const head = await readHead(reader);
		if (head.status >= 200) return head;
		if (head.status === 101) throw malformed("it changes to a protocol that nobody asked for");
	}
	throw malformed("it has too many interim heads");
}

/** One head, interim or final. @throws AppError `source_malformed`, `source_cut_off` */
export async function readHead(reader: ByteReader): Promise<ResponseHead> {
	const first = await reader.readLine(MAX_HEAD_BYTES);
	const [, version, status] = statusLine.exec(first) ?? [];
	if (!version || !status) throw malformed("its first line is no status line");
	const headers = await readFields(reader, MAX_HEAD_BYTES - first.length);
	return { version: version as ResponseHead["version"], status: Number(status), headers };
}

/** Fields up to their empty line: a head's, or a chunked body's trailer. @throws AppError as `readHead` */
export async function readFields(reader: ByteReader, maxBytes = MAX_HEAD_BYTES): Promise<Headers> {
	const headers = new Headers();
	let roomBytes = maxBytes;
	for (let count = 0; ; count += 1) {
		const line = await reader.readLine(roomBytes);
		if (line === "") return headers;
		if (count === MAX_FIELDS) throw malformed(`its head has more than ${MAX_FIELDS} fields`);
		const [, name, value = ""] = fieldLine.exec(line) ?? [];
		if (!name) throw malformed("a line of its head is no field");
		headers.append(name, asText(withoutBlanksAround(value)));
		roomBytes -= line.length + 2;
	}
}

/** Sites write where a redirect leads in UTF-8, and the platform's own fetch reads fields so. */
const asText = (value: string): string =>
	/[\x80-\xff]/.test(value) ? new TextDecoder().decode(Uint8Array.from(value, (byte) => byte.charCodeAt(0))) : value;

/** By hand: an expression with a lazy middle looks at long runs of blanks within once for each of them. */
function withoutBlanksAround(value: string): string {
	const isBlank = (at: number) => value[at] === " " || value[at] === "\t";
	let start = 0;
	let end = value.length;
	while (start < end && isBlank(start)) start += 1;
	while (end > start && isBlank(end - 1)) end -= 1;
	return value.slice(start, end);
}
