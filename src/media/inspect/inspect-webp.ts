/** Reads a WebP's chunks (WebP container specification; RFC 6386 section 9.1 for VP8, RFC 9649 for VP8L). */

import { readExifOrientation } from "./exif-orientation.ts";
import type { FramePlace, ImageFacts, Orientation } from "./image-facts.ts";
import { malformedImage, truncatedImage } from "./picture-faults.ts";
import { RIFF_PREFIX_BYTES } from "./webp-scanner.ts";

const FIRST_CHUNK = 12;
const CHUNK_HEADER_BYTES = 8;
/** Flags of VP8X, from its first byte. */
const FLAG_ANIMATION = 0x02;
const FLAG_ALPHA = 0x10;
const FLAG_ICC = 0x20;

interface Bitstream {
	width: number;
	height: number;
	hasAlpha: boolean;
	isLossless: boolean;
}

export interface WebpChunk {
	type: string;
	data: Uint8Array;
}

export function inspectWebp(bytes: Uint8Array): ImageFacts {
	let canvas: { width: number; height: number; flags: number } | undefined;
	let bitstream: Bitstream | undefined;
	let hasAlphaChunk = false;
	let orientation: Orientation = 1;
	let frames = 0;
	let firstFrame: FramePlace | undefined;

	for (const { type, data } of webpFileChunks(bytes)) {
		if (type === "VP8X" && canvas === undefined) canvas = readCanvas(data);
		else if (type === "VP8 ") bitstream ??= readVp8Header(data);
		else if (type === "VP8L") bitstream ??= readVp8lHeader(data);
		else if (type === "ALPH") hasAlphaChunk = true;
		else if (type === "ANMF") {
			frames++;
			firstFrame ??= readFramePlace(data);
		} else if (type === "EXIF") orientation = readExifOrientation(data);
		else if (canvas === undefined) throw malformedImage("webp", "it does not begin with a picture");
	}
	const size = canvas ?? bitstream;
	if (size === undefined) throw truncatedImage("webp");
	const flags = canvas?.flags ?? 0;
	const isAnimated = (flags & FLAG_ANIMATION) !== 0;
	if (canvas && bitstream && (canvas.width !== bitstream.width || canvas.height !== bitstream.height)) {
		throw malformedImage("webp", "it states two different sizes");
	}
	const part = isAnimated && firstFrame && !covers(firstFrame, size) ? firstFrame : undefined;
	const hasAlpha = part !== undefined || (flags & FLAG_ALPHA) !== 0 || hasAlphaChunk || (bitstream?.hasAlpha ?? false);
	const isLossless = bitstream?.isLossless ?? false;
	return {
		format: "webp",
		width: size.width,
		height: size.height,
		orientation,
		hasAlpha,
		bitDepth: 8,
		isProgressive: false,
		components: hasAlpha ? 4 : 3,
		...(isLossless ? {} : { chromaSubsampling: "4:2:0" }),
		hasIccProfile: (flags & FLAG_ICC) !== 0,
		isAnimated,
		frames: isAnimated ? Math.max(1, frames) : 1,
		...(part ? { firstFrame: part } : {}),
		isLossless,
	};
}

/** The chunks of a file, as far as `bytes` reach; the last may be cut. What follows the RIFF is not part of it. */
export function webpFileChunks(bytes: Uint8Array): Generator<WebpChunk> {
	const riffBytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true);
	return webpChunks(bytes.subarray(0, riffBytes + RIFF_PREFIX_BYTES), FIRST_CHUNK);
}

/** RIFF chunks from `at` on, as far as `bytes` reach; the last may be cut. */
export function* webpChunks(bytes: Uint8Array, at: number): Generator<WebpChunk> {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	for (let start = at; start + CHUNK_HEADER_BYTES <= bytes.length; ) {
		const length = view.getUint32(start + 4, true);
		const dataStart = start + CHUNK_HEADER_BYTES;
		yield {
			type: String.fromCharCode(...bytes.subarray(start, start + 4)),
			data: bytes.subarray(dataStart, dataStart + length),
		};
		start = dataStart + length + (length % 2); // chunks are padded to even sizes
	}
}

export function readUint24(data: Uint8Array, at: number): number {
	return (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16);
}

/** The head of an ANMF chunk: its place is counted in pairs of pixels. */
function readFramePlace(data: Uint8Array): FramePlace {
	if (data.length < 12) throw truncatedImage("webp");
	const [left, top] = [readUint24(data, 0) * 2, readUint24(data, 3) * 2];
	return { left, top, width: readUint24(data, 6) + 1, height: readUint24(data, 9) + 1 };
}

function covers(frame: FramePlace, canvas: { width: number; height: number }): boolean {
	if (frame.left + frame.width > canvas.width || frame.top + frame.height > canvas.height) {
		throw malformedImage("webp", "its animation begins with a picture that does not fit into it");
	}
	return frame.width === canvas.width && frame.height === canvas.height;
}

function readCanvas(data: Uint8Array) {
	if (data.length < 10) throw truncatedImage("webp");
	return { flags: data[0] ?? 0, width: readUint24(data, 4) + 1, height: readUint24(data, 7) + 1 };
}

function readVp8Header(data: Uint8Array): Bitstream {
	if (data.length < 10) throw truncatedImage("webp");
	const isKeyFrame = ((data[0] ?? 1) & 1) === 0;
	if (!isKeyFrame || readUint24(data, 3) !== 0x2a019d)
		throw malformedImage("webp", "its picture does not begin properly");
	const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
	// 14 bits each; the two above them ask for scaling, which every decoder ignores.
	return {
		width: view.getUint16(6, true) & 0x3fff,
		height: view.getUint16(8, true) & 0x3fff,
		hasAlpha: false,
		isLossless: false,
	};
}

function readVp8lHeader(data: Uint8Array): Bitstream {
	if (data.length < 5) throw truncatedImage("webp");
	if (data[0] !== 0x2f) throw malformedImage("webp", "its picture does not begin properly");
	const bits = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(1, true);
	return {
		width: (bits & 0x3fff) + 1,
		height: ((bits >>> 14) & 0x3fff) + 1,
		hasAlpha: ((bits >>> 28) & 1) === 1,
		isLossless: true,
	};
}
