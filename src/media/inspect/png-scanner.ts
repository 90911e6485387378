/** Walks a PNG's chunks (PNG third edition, section 5) from the signature to IEND. */

import { imageFormats } from "./formats.ts";
import { malformedImage, truncatedImage } from "./picture-faults.ts";
import type { StructureScanner } from "./structure-scanner.ts";

/** Section 5.3: a chunk's length shall not exceed 2^31 - 1. */
export const MAX_CHUNK_BYTES = 2 ** 31 - 1;
/** Encoders write a chunk for each 4 KiB or more, so 15 MiB come in 4,000; more than this is made to cost time. */
const MAX_CHUNKS = 20_000;
const SIGNATURE_LENGTH = 8;
const IHDR_BYTES = 13;
const CRC_BYTES = 4;

const isLetter = (byte: number) => (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);

/** A chunk's length and type, from the 8 bytes before its data. @throws AppError malformed_image */
export function readChunkHeader(header: Uint8Array): { length: number; type: string } {
	const view = new DataView(header.buffer, header.byteOffset, 8);
	const length = view.getUint32(0);
	if (length > MAX_CHUNK_BYTES) throw malformedImage("png", "a chunk is longer than the format allows");
	if (!header.subarray(4, 8).every(isLetter)) throw malformedImage("png", "a chunk has no name");
	return { length, type: String.fromCharCode(...header.subarray(4, 8)) };
}

export function createPngScanner(): StructureScanner {
	const window = new Uint8Array(SIGNATURE_LENGTH); // the signature, then each chunk's length and type
	let filled = 0;
	let leftBytes = 0;
	let state: "signature" | "header" | "data" | "ended" = "signature";
	let isLastChunk = false;
	let chunks = 0;
	let hasData = false;

	function enterChunk(): void {
		const { length, type } = readChunkHeader(window);
		if (chunks === 0 && (type !== "IHDR" || length !== IHDR_BYTES)) {
			throw malformedImage("png", "it does not begin with its size");
		}
		if (type === "IDAT") hasData = true;
		if (type === "IEND" && !hasData) throw malformedImage("png", "it holds no picture");
		isLastChunk = type === "IEND";
		if (++chunks > MAX_CHUNKS) throw malformedImage("png", `it has more than ${MAX_CHUNKS} chunks`);
		leftBytes = length + CRC_BYTES;
		state = "data";
	}

	return {
		push(chunk) {
			let at = 0;
			while (at < chunk.length && state !== "ended") {
				if (state === "data") {
					const taken = Math.min(leftBytes, chunk.length - at);
					leftBytes -= taken;
					at += taken;
					if (leftBytes === 0) state = isLastChunk ? "ended" : "header";
					continue;
				}
				window[filled++] = chunk[at++] as number;
				if (filled < window.length) continue;
				filled = 0;
				if (state === "header") enterChunk();
				else if (imageFormats.png.matches(window)) state = "header";
				else throw malformedImage("png", "it does not begin as a PNG does");
			}
		},
		end() {
			if (state !== "ended") throw truncatedImage("png");
		},
	};
}
