/** Writes PNG files of every colour type, depth and interlacing (PNG third edition): sharp writes only a few of them. */

import { crc32, deflateSync } from "node:zlib";
import type { SeededRandom } from "./seeded-random.ts";

export interface PngKind {
	width: number;
	height: number;
	/** 0 grey, 2 colour, 3 palette, 4 grey and alpha, 6 colour and alpha. */
	colourType: 0 | 2 | 3 | 4 | 6;
	bitDepth: 1 | 2 | 4 | 8 | 16;
	isInterlaced?: boolean;
	/** A colour key, or an alpha for each colour of the palette. */
	hasTransparency?: boolean;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const samplesOf = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } satisfies Record<PngKind["colourType"], number>;
/** Adam7 (section 8.1): first column, first row, step across, step down. */
const passes = [
	[0, 0, 8, 8],
	[4, 0, 8, 8],
	[0, 4, 4, 8],
	[2, 0, 4, 4],
	[0, 2, 2, 4],
	[1, 0, 2, 2],
	[0, 1, 1, 2],
] as const;

/** A file of random samples under random filters. */
export function paintPng(kind: PngKind, random: SeededRandom): Uint8Array {
	const { width, height, colourType, bitDepth, isInterlaced = false, hasTransparency = false } = kind;
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width);
	header.writeUInt32BE(height, 4);
	header.set([bitDepth, colourType, 0, 0, isInterlaced ? 1 : 0], 8);
	const chunks = [pngChunk("IHDR", header)];
	const bytes = (count: number) => Uint8Array.from({ length: count }, () => random.byte());
	if (colourType === 3) chunks.push(pngChunk("PLTE", bytes(3 * 2 ** bitDepth)));
	if (hasTransparency) {
		const keyBytes = 2 * samplesOf[colourType];
		chunks.push(pngChunk("tRNS", colourType === 3 ? bytes(2 ** bitDepth) : new Uint8Array(keyBytes)));
	}
	const rows: Uint8Array[] = [];
	for (const [left, top, across, down] of isInterlaced ? passes : ([[0, 0, 1, 1]] as const)) {
		const columns = Math.ceil((width - left) / across);
		const rowBytes = Math.ceil((columns * samplesOf[colourType] * bitDepth) / 8);
		for (let y = top; y < height && columns > 0; y += down) rows.push(Uint8Array.of(random.below(5)), bytes(rowBytes));
	}
	chunks.push(pngChunk("IDAT", deflateSync(Buffer.concat(rows))), pngChunk("IEND", new Uint8Array()));
	return concatBytes(Uint8Array.from(SIGNATURE), ...chunks);
}

/** Length, type, data, checksum. */
export function pngChunk(type: string, data: Uint8Array): Uint8Array {
	const chunk = Buffer.alloc(12 + data.length);
	chunk.writeUInt32BE(data.length);
	chunk.write(type, 4, "latin1");
	chunk.set(data, 8);
	chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), 8 + data.length);
	return new Uint8Array(chunk);
}

export function concatBytes(...parts: Uint8Array[]): Uint8Array {
	return new Uint8Array(Buffer.concat(parts));
}
