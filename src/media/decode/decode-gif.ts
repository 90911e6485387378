/** Decodes the first frame of a GIF onto its screen; what the frame leaves uncovered is transparent. */

import { type GifFrame, gifFrames } from "../inspect/gif-blocks.ts";
import { undecodableImage } from "../inspect/picture-faults.ts";
import type { DecodedPicture, Decoder } from "./decoded-picture.ts";
import { createLzwReader } from "./lzw-reader.ts";
import { ownPixels } from "./own-pixels.ts";

/** Appendix E of the specification: each pass's first row, and how far its rows are apart. */
const PASSES = [
	[0, 8],
	[4, 8],
	[2, 4],
	[1, 2],
] as const;

export const decodeGif: Decoder = (original, { facts }, _codecs, ledger): DecodedPicture => {
	const { width, height } = facts;
	const channels = facts.hasAlpha ? 4 : 3;
	const [frame] = gifFrames(original);
	if (frame === undefined) throw undecodableImage("gif", "it holds no picture");
	const reader = createLzwReader(original, frame.dataStart);
	const pixels = new Uint8Array(width * height * channels);
	const owned = ownPixels(pixels, ledger);
	try {
		const row = new Uint8Array(frame.width);
		const seenWidth = Math.min(frame.width, width - frame.left);
		for (const y of rowsOf(frame)) {
			reader.fill(row); // unseen rows of an interlaced frame lie between seen ones
			if (frame.top + y >= height) continue;
			const at = ((frame.top + y) * width + frame.left) * channels;
			paintRow(row.subarray(0, seenWidth), frame, pixels.subarray(at, at + seenWidth * channels), channels);
		}
	} catch (thrown) {
		owned.release();
		throw thrown;
	}
	return { ...owned, width, height, channels };
};

function* rowsOf({ height, isInterlaced }: GifFrame): Generator<number> {
	for (const [first, step] of isInterlaced ? PASSES : [[0, 1] as const]) {
		for (let y = first; y < height; y += step) yield y;
	}
}

/** Colours beyond the palette are black, as most programs have it. */
function paintRow(indices: Uint8Array, frame: GifFrame, to: Uint8Array, channels: 3 | 4): void {
	const { palette, transparentIndex } = frame;
	for (let x = 0, at = 0; x < indices.length; x++, at += channels) {
		const index = indices[x] as number;
		if (index === transparentIndex) continue;
		to[at] = palette[3 * index] ?? 0;
		to[at + 1] = palette[3 * index + 1] ?? 0;
		to[at + 2] = palette[3 * index + 2] ?? 0;
		if (channels === 4) to[at + 3] = 255;
	}
}
