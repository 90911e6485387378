/** Answers as servers send them, and as they must not: nothing that two programs could read differently passes. */
import { describe, expect, it } from "vitest";
import { ByteReader } from "../../../src/download/http1/byte-reader.ts";
import { decodeContent } from "../../../src/download/http1/decode-content.ts";
import { readBody } from "../../../src/download/http1/read-body.ts";
import { readFinalHead } from "../../../src/download/http1/read-head.ts";
import { AppError } from "../../../src/errors.ts";

const toBytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** How the answer is cut into what arrives: whole, in single bytes, and in sevens. */
const cuts = [Number.POSITIVE_INFINITY, 1, 7];

function arriving(text: string, partBytes: number): ByteReader {
	const bytes = toBytes(text);
	const source = new ReadableStream<Uint8Array>({
		start(controller) {
			for (let at = 0; at < bytes.length; at += partBytes) controller.enqueue(bytes.slice(at, at + partBytes));
			controller.close();
		},
	});
	return new ByteReader(source.getReader());
}

async function read(
	text: string,
	partBytes: number,
): Promise<{ status: number; body: string | null; headers: Headers }> {
	const reader = arriving(text, partBytes);
	const head = await readFinalHead(reader);
	const body = readBody(reader, head);
	if (body === null) return { ...head, body };
	let whole = "";
	for await (const part of decodeContent(body, head.headers.get("content-encoding")))
		whole += String.fromCharCode(...part);
	return { ...head, body: whole };
}

/** What becomes of it, the same however it arrives. */
async function fateOf(text: string): Promise<string> {
	const fates = await Promise.all(
		cuts.map((partBytes) =>
			read(text, partBytes).then(
				({ status, body }) => `${status} ${body}`,
				(thrown) => (thrown instanceof AppError ? `${thrown.code}: ${thrown.detail}` : String(thrown)),
			),
		),
	);
	expect(new Set(fates).size, fates.join(" | ")).toBe(1);
	return fates[0] ?? "";
}

const ok = "HTTP/1.1 200 OK\r\n";
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

describe("read", () => {
	it.each([
		["a body of a length", `${ok}Content-Length: 5\r\n\r\nhello`, "200 hello"],
		["no more than the length", `${ok}Content-Length: 5\r\n\r\nhelloHTTP/1.1 500 Smuggled\r\n\r\n`, "200 hello"],
		["an empty body", `${ok}Content-Length: 0\r\n\r\n`, "200 "],
		["a body up to the end", `${ok}\r\nhello`, "200 hello"],
		["HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhello", "200 hello"],
		["no reason", "HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno", "404 no"],
		["chunks", `${chunked}3\r\nhel\r\n00000002;name="va;l"\r\nlo\r\n0\r\n\r\n`, "200 hello"],
		["chunks with a trailer", `${chunked}A\r\n0123456789\r\n0\r\nExpires: never\r\n\r\n`, "200 0123456789"],
		["chunks in other letters", `${ok}transfer-encoding:CHUNKED\r\n\r\n1 \r\nx\r\n0\r\n\r\n`, "200 x"],
		["204", "HTTP/1.1 204 No Content\r\n\r\nrest", "204 null"],
		["304 with the length of what it stands for", "HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n", "304 null"],
		[
			"interim heads",
			`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nLink: a\r\n\r\n${ok}Content-Length: 1\r\n\r\nx`,
			"200 x",
		],
		["identity", `${ok}Content-Encoding: identity\r\nContent-Length: 1\r\n\r\nx`, "200 x"],
	])("%s", async (_, text, fate) => {
		expect(await fateOf(text)).toBe(fate);
	});

	it("a field's value without the blanks around it, and each of several", async () => {
		const { headers } = await read(`${ok}ETag:  "a b"\t \r\nVary: a\r\nvary: b\r\nX:\r\n\r\n`, 1);
		expect(Object.fromEntries(headers)).toEqual({ etag: '"a b"', vary: "a, b", x: "" });
	});

	it("a field in UTF-8", async () => {
		const inUtf8 = Array.from(new TextEncoder().encode("/maillot-à-č-球.jpg"), (byte) =>
			String.fromCharCode(byte),
		).join("");
		const { headers } = await read(`HTTP/1.1 302 x\r\nLocation: ${inUtf8}\r\nContent-Length: 0\r\n\r\n`, 1);
		expect(headers.get("location")).toBe("/maillot-à-č-球.jpg");
	});

	it.each(["gzip", "x-gzip", "GZIP", "deflate"])("%s", async (coding) => {
		const format = coding === "deflate" ? "deflate" : "gzip";
		const packed = new Blob(["hello"]).stream().pipeThrough(new CompressionStream(format));
		const bytes = String.fromCharCode(...new Uint8Array(await new Response(packed).arrayBuffer()));
		const head = `${ok}Content-Encoding: ${coding}\r\n`;
		expect(await fateOf(`${head}Content-Length: ${bytes.length}\r\n\r\n${bytes}`)).toBe("200 hello");
		expect(await fateOf(`${head}Content-Length: ${bytes.length}\r\n\r\n${bytes.slice(0, -3)}`)).toMatch(
			/^source_cut_off/,
		);
		expect(await fateOf(`${head}\r\n${bytes.slice(0, -3)}`)).toMatch(/^source_malformed: .* Content-Encoding/);
	});
});

it("blanks within a field take no longer than other characters", { timeout: 5000 }, async () => {
	// An expression that tried each run of them anew took a second for each of these heads, and nothing else ran meanwhile.
	const blanks = `A: b${" ".repeat(32_000)}c\r\n\r\n`;
	const answer = `${`HTTP/1.1 103 x\r\n${blanks}`.repeat(4)}HTTP/1.1 200 OK\r\n${blanks}`;
	for (let asked = 0; asked < 4; asked += 1) {
		const { headers } = await read(answer, 16_384);
		expect(headers.get("a")).toBe(`b${" ".repeat(32_000)}c`);
	}
});

describe("refused as malformed", () => {
	it.each([
		["no status line", "hello\r\n\r\n", "its first line is no status line"],
		["another protocol", "ICY 200 OK\r\n\r\n", "its first line is no status line"],
		["HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", "its first line is no status line"],
		["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "its first line is no status line"],
		["a status of none", "HTTP/1.1 099 OK\r\n\r\n", "its first line is no status line"],
		["lines that end with LF alone", "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", "a line of it ends without CR"],
		["a CR within a line", `${ok}A: b\rContent-Length: 1\r\n\r\nx`, "its head holds control characters"],
		["a NUL", `${ok}A: b\0c\r\n\r\n`, "its head holds control characters"],
		["a folded line", `${ok}A: b\r\n c\r\n\r\n`, "a line of its head is no field"],
		["a blank before the colon", `${ok}Content-Length : 1\r\n\r\nx`, "a line of its head is no field"],
		["a line without a colon", `${ok}Content-Length\r\n\r\nx`, "a line of its head is no field"],
		["a field without a name", `${ok}: 1\r\n\r\nx`, "a line of its head is no field"],
		[
			"two ways to tell the length",
			`${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
			"it has both",
		],
		["two lengths", `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy`, "its Content-Length is no number"],
		["one length twice", `${ok}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`, "its Content-Length is no number"],
		["a list of lengths", `${ok}Content-Length: 1, 1\r\n\r\nx`, "its Content-Length is no number"],
		["a length with a sign", `${ok}Content-Length: +1\r\n\r\nx`, "its Content-Length is no number"],
		["a negative length", `${ok}Content-Length: -1\r\n\r\nx`, "its Content-Length is no number"],
		["a length in hexadecimal", `${ok}Content-Length: 0x1\r\n\r\nx`, "its Content-Length is no number"],
		["a length beyond all", `${ok}Content-Length: 9999999999999999\r\n\r\nx`, "its Content-Length is no number"],
		["an empty length", `${ok}Content-Length:\r\n\r\nx`, "its Content-Length is no number"],
		["another transfer coding", `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`, "its Transfer-Encoding is another"],
		[
			"chunked twice",
			`${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
			"its Transfer-Encoding is another",
		],
		["nearly chunked", `${ok}Transfer-Encoding: xchunked\r\n\r\n`, "its Transfer-Encoding is another"],
		["chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "it is HTTP/1.0"],
		["a chunk size that is none", `${chunked}zz\r\nx\r\n0\r\n\r\n`, "a chunk has no size"],
		["an empty chunk size", `${chunked}\r\nx\r\n0\r\n\r\n`, "a chunk has no size"],
		["a chunk size with a prefix", `${chunked}0x1\r\nx\r\n0\r\n\r\n`, "a chunk has no size"],
		["a chunk size with a sign", `${chunked}-1\r\nx\r\n0\r\n\r\n`, "a chunk has no size"],
		["a chunk size beyond all", `${chunked}100000000\r\nx\r\n`, "a chunk has no size"],
		["a chunk size that ends with LF", `${chunked}1\nx\r\n0\r\n\r\n`, "a line of it ends without CR"],
		["a chunk longer than its size", `${chunked}1\r\nxy\r\n0\r\n\r\n`, "a chunk is longer than its size"],
		[
			"a chunk line without end",
			`${chunked}1;${"x".repeat(600)}\r\nx\r\n0\r\n\r\n`,
			"its head or one of its lines is too long",
		],
		["a head without end", `${ok}A: ${"x".repeat(40_000)}\r\n\r\n`, "its head or one of its lines is too long"],
		[
			"many long fields",
			`${ok}${`A: ${"x".repeat(990)}\r\n`.repeat(40)}\r\n`,
			"its head or one of its lines is too long",
		],
		["very many fields", `${ok}${"A: b\r\n".repeat(101)}\r\n`, "its head has more than 100 fields"],
		["a trailer without end", `${chunked}0\r\n${"A: b\r\n".repeat(101)}\r\n`, "its head has more than 100 fields"],
		["interim heads without end", `${"HTTP/1.1 103 x\r\n\r\n".repeat(6)}${ok}\r\n`, "it has too many interim heads"],
		["another protocol on the way", "HTTP/1.1 101 x\r\nUpgrade: x\r\n\r\n", "it changes to a protocol"],
	])("%s", async (_, text, what) => {
		expect(await fateOf(text)).toContain(`source_malformed: The source's answer is no valid HTTP/1.1: ${what}`);
	});
});

describe("never a short success", () => {
	it.each([
		["nothing at all", ""],
		["half a status line", "HTTP/1.1 20"],
		["half a head", `${ok}Content-Length: 5\r\n`],
		["half a body", `${ok}Content-Length: 5\r\n\r\nhell`],
		["no last chunk", `${chunked}5\r\nhello\r\n`],
		["half a chunk", `${chunked}5\r\nhel`],
		["half of the last chunk", `${chunked}5\r\nhello\r\n0\r\n`],
		["half a trailer", `${chunked}5\r\nhello\r\n0\r\nA: b\r\n`],
	])("%s", async (_, text) => {
		expect(await fateOf(text)).toMatch(/^source_cut_off/);
	});
});

it.each(["br", "zstd", "gzip, gzip", "compress", "toString"])(
	"an answer in %s is refused before its body is read",
	async (coding) => {
		expect(await fateOf(`${ok}Content-Encoding: ${coding}\r\n\r\nx`)).toMatch(/^source_encoding_refused/);
	},
);
