/** Walks a GIF's blocks (GIF89a specification, sections 15 to 27) as far as the bytes reach. */

import type { FramePlace } from "./image-facts.ts";
import { malformedImage, truncatedImage } from "./picture-faults.ts";

export const EXTENSION = 0x21;
export const FRAME = 0x2c;
export const TRAILER = 0x3b;
/** Signature, version and logical screen descriptor. */
export const SCREEN_BYTES = 13;
/** An image descriptor without its separator. */
export const DESCRIPTOR_BYTES = 9;
const GRAPHIC_CONTROL = 0xf9;

export interface GifFrame extends FramePlace {
	isInterlaced: boolean;
	/** Three bytes a colour: its own table, or the file's. */
	palette: Uint8Array;
	/** Where its data begins: the smallest size of a code, then sub-blocks. */
	dataStart: number;
	/** The colour that nothing is painted for. */
	transparentIndex?: number;
}

/** Bytes of the colour table that a packed field announces (sections 18 and 20). */
export const tableBytes = (packed: number): number => ((packed & 0x80) === 0 ? 0 : 3 << ((packed & 7) + 1));

/** The frames in their order; the data of the last may be cut off. @throws AppError malformed_image, truncated_image */
export function* gifFrames(bytes: Uint8Array): Generator<GifFrame> {
	if (bytes.length < SCREEN_BYTES) throw truncatedImage("gif");
	const globalEnd = SCREEN_BYTES + tableBytes(bytes[10] as number);
	const globalPalette = bytes.subarray(SCREEN_BYTES, globalEnd);
	let transparentIndex: number | undefined;
	let at = globalEnd;
	while (at < bytes.length && bytes[at] !== TRAILER) {
		if (bytes[at] === EXTENSION) {
			if (bytes[at + 1] === GRAPHIC_CONTROL) transparentIndex = readTransparentIndex(bytes, at + 2);
			at = skipSubBlocks(bytes, at + 2);
		} else if (bytes[at] === FRAME) {
			const tableStart = at + 1 + DESCRIPTOR_BYTES;
			if (tableStart > bytes.length) return;
			const packed = bytes[tableStart - 1] as number;
			const dataStart = tableStart + tableBytes(packed);
			yield {
				...readPlace(bytes, at + 1),
				isInterlaced: (packed & 0x40) !== 0,
				palette: dataStart > tableStart ? bytes.subarray(tableStart, dataStart) : globalPalette,
				dataStart,
				...(transparentIndex === undefined ? {} : { transparentIndex }),
			};
			transparentIndex = undefined; // a graphic control counts for one picture (section 23)
			at = skipSubBlocks(bytes, dataStart + 1);
		} else throw malformedImage("gif", "something other than a block stands between its blocks");
	}
}

function readPlace(bytes: Uint8Array, at: number): FramePlace {
	const view = new DataView(bytes.buffer, bytes.byteOffset + at, DESCRIPTOR_BYTES);
	const [left, top, width, height] = [0, 2, 4, 6].map((offset) => view.getUint16(offset, true));
	return { left, top, width, height } as FramePlace;
}

/** Section 23: size, packed, delay, transparent index; the lowest bit of packed says whether it counts. */
function readTransparentIndex(bytes: Uint8Array, at: number): number | undefined {
	const isGiven = (bytes[at] ?? 0) >= 4 && ((bytes[at + 1] ?? 0) & 1) === 1;
	return isGiven ? bytes[at + 4] : undefined;
}

/** @returns where the block's terminator ends, or some place beyond the bytes */
function skipSubBlocks(bytes: Uint8Array, at: number): number {
	let end = at;
	while (end < bytes.length && bytes[end] !== 0) end += 1 + (bytes[end] as number);
	return end + 1;
}
