/** Reads a PNG's header and the chunks beside its data (PNG third edition, sections 5 and 11). */

import { readExifOrientation } from "./exif-orientation.ts";
import type { ImageFacts, Orientation } from "./image-facts.ts";
import { malformedImage, truncatedImage } from "./picture-faults.ts";
import { readChunkHeader } from "./png-scanner.ts";

const SIGNATURE_BYTES = 8;
const CHUNK_OVERHEAD_BYTES = 12; // length, type, CRC
const MAX_SIDE = 2 ** 31 - 1;

/** Section 11.2.1: the colour types, their components and the bit depths each may have. */
const colourTypes: Record<number, { components: number; bitDepths: readonly number[] }> = {
	0: { components: 1, bitDepths: [1, 2, 4, 8, 16] },
	2: { components: 3, bitDepths: [8, 16] },
	3: { components: 3, bitDepths: [1, 2, 4, 8] },
	4: { components: 2, bitDepths: [8, 16] },
	6: { components: 4, bitDepths: [8, 16] },
};

export function inspectPng(bytes: Uint8Array): ImageFacts {
	let header: ReturnType<typeof readImageHeader> | undefined;
	let orientation: Orientation = 1;
	let hasTransparency = false;
	let hasIccProfile = false;
	let frames = 1;

	for (const { type, data, isWhole } of pngChunks(bytes)) {
		if (header === undefined) {
			if (type !== "IHDR") throw malformedImage("png", "it does not begin with its size");
			if (!isWhole) throw truncatedImage("png");
			header = readImageHeader(data);
		} else if (type === "IHDR") throw malformedImage("png", "it states its size twice");
		else if (type === "tRNS") hasTransparency = true;
		else if (type === "iCCP") hasIccProfile = true;
		else if (type === "acTL" && isWhole)
			frames = Math.max(1, readUint32(data, 0)); // section 11.3.6.1
		else if (type === "eXIf" && isWhole) orientation = readExifOrientation(data);
	}
	if (header === undefined) throw truncatedImage("png");

	// tRNS turns a palette or a colour key into alpha; where alpha is stored already it may not stand (11.3.1.1).
	const gainsAlpha = hasTransparency && header.components % 2 === 1;
	const components = header.components + (gainsAlpha ? 1 : 0);
	return {
		format: "png",
		width: header.width,
		height: header.height,
		orientation,
		hasAlpha: components % 2 === 0,
		bitDepth: header.bitDepth,
		isProgressive: header.isInterlaced,
		components,
		hasIccProfile,
		isAnimated: frames > 1,
		frames,
	};
}

/** The chunks as far as `bytes` reach; the last may not be whole. @throws AppError malformed_image */
export function* pngChunks(
	bytes: Uint8Array,
): Generator<{ type: string; data: Uint8Array; whole: Uint8Array; isWhole: boolean }> {
	let at = SIGNATURE_BYTES;
	while (at + 8 <= bytes.length) {
		const { length, type } = readChunkHeader(bytes.subarray(at, at + 8));
		const end = at + CHUNK_OVERHEAD_BYTES + length;
		yield {
			type,
			data: bytes.subarray(at + 8, at + 8 + length),
			whole: bytes.subarray(at, end),
			isWhole: end <= bytes.length,
		};
		if (type === "IEND") return;
		at = end;
	}
}

function readUint32(data: Uint8Array, at: number): number {
	return data.length < at + 4 ? 0 : new DataView(data.buffer, data.byteOffset).getUint32(at);
}

function readImageHeader(data: Uint8Array) {
	if (data.length !== 13) throw malformedImage("png", "its header has the wrong length");
	const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
	const [width, height, bitDepth] = [view.getUint32(0), view.getUint32(4), view.getUint8(8)];
	const colourType = colourTypes[view.getUint8(9)];
	if (colourType === undefined) throw malformedImage("png", "its colour type is unknown");
	if (!colourType.bitDepths.includes(bitDepth))
		throw malformedImage("png", "its bit depth does not fit its colour type");
	if (width > MAX_SIDE || height > MAX_SIDE) throw malformedImage("png", "a side is longer than the format allows");
	const interlace = view.getUint8(12);
	if (interlace > 1) throw malformedImage("png", "its interlace method is unknown");
	return { width, height, bitDepth, components: colourType.components, isInterlaced: interlace === 1 };
}
