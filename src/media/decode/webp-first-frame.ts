/** Takes the first frame of an animated WebP and wraps it as a still one, which is all the decoder reads. */

import type { ImageFacts } from "../inspect/image-facts.ts";
import { inspectWebp, readUint24, webpChunks, webpFileChunks } from "../inspect/inspect-webp.ts";
import { undecodableImage } from "../inspect/picture-faults.ts";

const FRAME_HEADER_BYTES = 16; // ANMF: place, size, duration, flags
const FLAG_ALPHA = 0x10;

/**
 * @returns a WebP file: VP8X, then the frame's own ALPH and VP8 or VP8L chunks.
 * @throws AppError undecodable_image when there is no frame, or it holds another picture than it says
 */
export function unwrapFirstFrame(original: Uint8Array, facts: ImageFacts): Uint8Array {
	for (const { type, data } of webpFileChunks(original)) {
		if (type !== "ANMF") continue;
		const width = readUint24(data, 6) + 1;
		const height = readUint24(data, 9) + 1;
		const place = facts.firstFrame ?? facts;
		if (width !== place.width || height !== place.height) break;
		const still = wrapStill(data.subarray(FRAME_HEADER_BYTES), width, height);
		const frame = inspectWebp(still);
		if (frame.isAnimated || frame.width !== width || frame.height !== height) break;
		return still;
	}
	throw undecodableImage("webp", "its animation has no first picture");
}

function wrapStill(frame: Uint8Array, width: number, height: number): Uint8Array {
	const [first] = webpChunks(frame, 0);
	const hasAlphaChunk = first?.type === "ALPH";
	const headBytes = hasAlphaChunk ? 12 + 18 : 12;
	const still = new Uint8Array(headBytes + frame.length);
	const view = new DataView(still.buffer);
	write(still, 0, "RIFF");
	view.setUint32(4, still.length - 8, true);
	write(still, 8, "WEBP");
	if (hasAlphaChunk) {
		write(still, 12, "VP8X");
		view.setUint32(16, 10, true);
		still[20] = FLAG_ALPHA;
		view.setUint16(24, (width - 1) & 0xffff, true);
		still[26] = (width - 1) >> 16;
		view.setUint16(27, (height - 1) & 0xffff, true);
		still[29] = (height - 1) >> 16;
	}
	still.set(frame, headBytes);
	return still;
}

function write(bytes: Uint8Array, at: number, text: string): void {
	for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}
