/** Holds a WebP's RIFF size (WebP container specification, "File header") against the bytes that arrive. */

import { imageFormats } from "./formats.ts";
import { malformedImage, truncatedImage } from "./picture-faults.ts";
import type { StructureScanner } from "./structure-scanner.ts";

/** "RIFF", size, "WEBP", then the first chunk's name and size. */
const HEAD_BYTES = 20;
/** The RIFF size counts neither "RIFF" nor itself. */
export const RIFF_PREFIX_BYTES = 8;
const FIRST_CHUNKS = ["VP8 ", "VP8L", "VP8X"];

export function createWebpScanner(): StructureScanner {
	const head = new Uint8Array(HEAD_BYTES);
	let receivedBytes = 0;
	let expectedBytes = HEAD_BYTES;

	function readHead(): void {
		if (!imageFormats.webp.matches(head)) throw malformedImage("webp", "it does not begin as a WebP does");
		const riffBytes = new DataView(head.buffer).getUint32(4, true);
		if (riffBytes < HEAD_BYTES - RIFF_PREFIX_BYTES)
			throw malformedImage("webp", "its size leaves no room for a picture");
		if (!FIRST_CHUNKS.includes(String.fromCharCode(...head.subarray(12, 16)))) {
			throw malformedImage("webp", "it does not begin with a picture");
		}
		expectedBytes = riffBytes + RIFF_PREFIX_BYTES;
	}

	return {
		push(chunk) {
			if (receivedBytes < HEAD_BYTES && chunk.length > 0) {
				head.set(chunk.subarray(0, HEAD_BYTES - receivedBytes), receivedBytes);
				if (receivedBytes + chunk.length >= HEAD_BYTES) readHead();
			}
			receivedBytes += chunk.length;
		},
		end() {
			if (receivedBytes < expectedBytes) throw truncatedImage("webp");
		},
	};
}
