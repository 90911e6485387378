/** Lies about what comes: its type, its length, its encoding. */
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import { fixture } from "../support/footy.ts";
import { MAX_BYTES } from "../support/picture-fetcher.ts";
import { breaksOff, chunk, jpeg, type Lie, okHead, png, pngWithoutEnd, says, sends, stays, writes } from "./lie.ts";

const page = "<!doctype html><html><body><h1>Not found</h1></body></html>".padEnd(2000);
const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'.padEnd(500);
const script = "/*".padEnd(200, "x");
const asPng = { "content-type": "image/png" };
const boxOf = (brand: string) => Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0${brand}miaf`.padEnd(300, "\0"), "latin1");

export const ofType: Lie[] = [
	{ name: "a page as image/png", answer: sends(page, asPng), end: "unsupported_image_type" },
	{ name: "a page behind blank lines", answer: sends(`\n\n\n${page}`), end: "unsupported_image_type" },
	{ name: "SVG as image/png", answer: sends(svg, asPng), end: "unsupported_image_type" },
	{
		name: "SVG by its true type",
		answer: sends(svg, { "content-type": "image/svg+xml" }),
		end: "unsupported_image_type",
	},
	{ name: "JSON as image/jpeg", answer: sends('{"error":"expired"}'), end: "unsupported_image_type" },
	{
		name: "a page with a JPEG behind it",
		answer: sends(Buffer.concat([Buffer.from(page), jpeg])),
		end: "unsupported_image_type",
	},
	{
		name: "a blank before a JPEG",
		answer: sends(Buffer.concat([Buffer.from(" "), jpeg])),
		end: "unsupported_image_type",
	},
	{ name: "a zip", answer: sends("PK\x03\x04".padEnd(200, "\0")), end: "unsupported_image_type" },
	{ name: "a PDF", answer: sends("%PDF-1.7\n".padEnd(200)), end: "unsupported_image_type" },
	{ name: "a film", answer: sends(boxOf("isom")), end: "unsupported_image_type" },
	{ name: "HEIC", answer: sends(boxOf("heic")), end: "unsupported_image_type" },
	{ name: "AVIF's first box and nothing in it", answer: sends(boxOf("avif")), end: "truncated_image" },
	{
		name: "PNG's signature, then a page",
		answer: sends(Buffer.concat([png.subarray(0, 8), Buffer.from(page)])),
		end: "malformed_image",
	},
	{
		name: "JPEG's signature, then a page",
		answer: sends(Buffer.concat([jpeg.subarray(0, 3), Buffer.from(page)])),
		end: "truncated_image",
	},
	{ name: "GIF's signature, then a script", answer: sends(`GIF89a${script}`), end: "malformed_image" },
	{
		name: "WebP's signature, then a script",
		answer: sends(`RIFF\xff\xff\xff\0WEBP${script}`),
		end: "unsupported_image_type",
	},
	{ name: "nothing", answer: says(200, { "content-length": 0 }), end: "empty_body" },
	{
		name: "nothing in chunks",
		answer: writes([okHead, "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]),
		end: "empty_body",
	},
	{ name: "one byte", answer: sends("\xff"), end: "unsupported_image_type" },
	{ name: "a JPEG as text/html", answer: sends(jpeg, { "content-type": "text/html" }), end: "fetched" },
	{
		name: "a JPEG with a page behind its end",
		answer: sends(Buffer.concat([jpeg, Buffer.from(page)])),
		end: "fetched",
	},
	{
		name: "a PNG with a zip behind its end",
		answer: sends(Buffer.concat([png, Buffer.from("PK\x03\x04")])),
		end: "fetched",
	},
];

const length = (bytes: number | string) => `Content-Length: ${bytes}\r\n\r\n`;
const chunked = "Transfer-Encoding: chunked\r\n\r\n";
const half = jpeg.subarray(0, jpeg.length / 2);

export const ofLength: Lie[] = [
	{ name: "half a JPEG, its length true", answer: sends(half), end: "truncated_image" },
	{
		name: "half a PNG, its length true",
		answer: sends(readFileSync(fixture("truncated.png")), asPng),
		end: "truncated_image",
	},
	{
		name: "half a JPEG in chunks",
		answer: writes([okHead, chunked, chunk(half), "0\r\n\r\n"]),
		end: "truncated_image",
	},
	{
		name: "half a JPEG until the connection ends",
		answer: writes([okHead, "Connection: close\r\n\r\n", half]),
		end: "truncated_image",
	},
	{ name: "a byte less than declared", answer: writes([okHead, length(jpeg.length + 1), jpeg]), end: "source_cut_off" },
	{
		name: "half of what is declared, then a reset",
		answer: writes([okHead, length(jpeg.length), half], breaksOff),
		end: "source_cut_off",
	},
	{
		name: "half of what is declared, and no end",
		answer: writes([okHead, length(jpeg.length), half], stays),
		end: "source_too_slow",
		isSlow: true,
	},
	{ name: "more than declared", answer: writes([okHead, length(half.length), jpeg]), end: "truncated_image" },
	{
		name: "declared as larger than the limit",
		answer: writes([okHead, length(MAX_BYTES + 1), jpeg], stays),
		end: "body_too_large",
	},
	{ name: "declared as a terabyte", answer: writes([okHead, length(1e12), jpeg], stays), end: "body_too_large" },
	{ name: "declared as -1", answer: writes([okHead, length(-1), jpeg]), end: "source_unreachable" },
	{ name: "declared as a word", answer: writes([okHead, length("many"), jpeg]), end: "source_unreachable" },
	{
		name: "declared beyond all numbers",
		answer: writes([okHead, length("9".repeat(40)), jpeg]),
		end: "source_unreachable",
	},
	{
		name: "declared twice",
		answer: writes([okHead, `Content-Length: 10\r\n${length(jpeg.length)}`, jpeg]),
		end: "source_unreachable",
	},
	{
		name: "declared, and in chunks as well",
		answer: writes([okHead, `Content-Length: 10\r\n${chunked}`, chunk(jpeg), "0\r\n\r\n"]),
		end: "length_mismatch",
	},
	{
		name: "a chunk's length that is no number",
		answer: writes([okHead, chunked, "zz\r\n", jpeg]),
		end: "source_cut_off",
	},
	{
		name: "a chunk's length beyond all numbers",
		answer: writes([okHead, chunked, `${"f".repeat(40)}\r\n`, jpeg]),
		end: "source_cut_off",
	},
	{
		name: "a chunk longer than its length",
		answer: writes([okHead, chunked, "5\r\n", jpeg, "\r\n0\r\n\r\n"]),
		end: "source_cut_off",
	},
	{ name: "chunks without the last", answer: writes([okHead, chunked, chunk(jpeg)]), end: "source_cut_off" },
];

/** Deflate's blocks of zeros, cut so that they may follow one another: 16 MiB in 16 KiB. */
const zeros = deflateRawSync(Buffer.alloc(16 * 1024 * 1024), { finishFlush: constants.Z_FULL_FLUSH });
const gzipHead = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
const start = deflateRawSync(pngWithoutEnd, { finishFlush: constants.Z_FULL_FLUSH });
/** 1 GiB in 1 MiB, which arrives before anything of it is decoded. */
export const gzipBomb = Buffer.concat([gzipHead, start, ...Array<Buffer>(64).fill(zeros)]);
const brotliBomb = brotliCompressSync(Buffer.concat([pngWithoutEnd, Buffer.alloc(64 * 1024 * 1024)]), {
	params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
});
const encoded = (coding: string) => ({ "content-encoding": coding });

export const ofEncoding: Lie[] = [
	{ name: "gzip", answer: sends(gzipSync(jpeg), encoded("gzip")), end: "fetched" },
	{ name: "Brotli", answer: sends(brotliCompressSync(jpeg), encoded("br")), end: "fetched" },
	{ name: "a bomb of gzip", answer: sends(gzipBomb, encoded("gzip")), end: "body_too_large" },
	{ name: "a bomb of Brotli", answer: sends(brotliBomb, encoded("br")), end: "body_too_large" },
	{
		name: "gzip twice",
		answer: sends(gzipSync(gzipSync(jpeg)), encoded("gzip, gzip")),
		end: "source_encoding_refused",
	},
	{ name: "a bomb of gzip that is not called so", answer: sends(gzipBomb), end: "unsupported_image_type" },
	{
		name: "a coding that is not read",
		answer: sends(zstdCompressSync(jpeg), encoded("zstd")),
		end: "source_encoding_refused",
	},
	{ name: "a coding that nobody knows", answer: sends(jpeg, encoded("middle-out")), end: "source_encoding_refused" },
	{ name: "a JPEG that is called gzip", answer: sends(jpeg, encoded("gzip")), end: "source_cut_off" },
	{ name: "half a gzip", answer: sends(gzipSync(jpeg).subarray(0, 1000), encoded("gzip")), end: "source_cut_off" },
	{ name: "a page in gzip", answer: sends(gzipSync(page), encoded("gzip")), end: "unsupported_image_type" },
];
