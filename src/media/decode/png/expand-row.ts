/** Turns a row as a PNG writes it into samples of one byte: grey, RGB or RGBA. */

import type { PngColours } from "./png-colours.ts";

/** @returns the row's samples, good until the next call. */
export type RowExpander = (row: Uint8Array, width: number) => Uint8Array;

/** @param mostWidth pixels of the longest row */
export function createRowExpander(colours: PngColours, mostWidth: number): RowExpander {
	const { colourType, bitDepth, channels, transparentSamples } = colours;
	const isPlain = bitDepth === 8 && transparentSamples === undefined && colourType !== 3 && colourType !== 4;
	if (isPlain) return (row, width) => row.subarray(0, width * channels); // nothing to be done: the usual photograph
	const out = new Uint8Array(mostWidth * channels);
	if (colourType === 3) return (row, width) => expandPalette(row, width, colours, out);
	if (transparentSamples !== undefined) return (row, width) => expandKeyed(row, width, colours, out);
	if (colourType === 4) return (row, width) => expandGreyAlpha(row, width, bitDepth, out);
	const samples = channels;
	return (row, width) => {
		for (let i = 0; i < width * samples; i++) out[i] = toByte(readSample(row, i, bitDepth), bitDepth);
		return out.subarray(0, width * samples);
	};
}

/** Samples of less than a byte are packed from the left (section 7.2); those of two bytes are big-endian (7.1). */
function readSample(row: Uint8Array, index: number, bitDepth: number): number {
	if (bitDepth === 8) return row[index] as number;
	if (bitDepth === 16) return ((row[2 * index] as number) << 8) | (row[2 * index + 1] as number);
	const bit = index * bitDepth;
	return ((row[bit >> 3] as number) >> (8 - bitDepth - (bit & 7))) & ((1 << bitDepth) - 1);
}

/** Linear scaling, rounded (section 12.4). */
function toByte(sample: number, bitDepth: number): number {
	if (bitDepth === 8) return sample;
	if (bitDepth === 16) return (sample * 255 + 32_895) >> 16;
	return (sample * 255) / ((1 << bitDepth) - 1); // 255, 85 and 17 times: exact
}

function expandPalette(row: Uint8Array, width: number, colours: PngColours, out: Uint8Array): Uint8Array {
	const { bitDepth, channels } = colours;
	const palette = colours.palette as Uint8Array;
	for (let x = 0, to = 0; x < width; x++, to += channels) {
		const index = readSample(row, x, bitDepth);
		out[to] = palette[4 * index] as number;
		out[to + 1] = palette[4 * index + 1] as number;
		out[to + 2] = palette[4 * index + 2] as number;
		if (channels === 4) out[to + 3] = palette[4 * index + 3] as number;
	}
	return out.subarray(0, width * channels);
}

/** One colour is transparent, compared at its full depth; every other is opaque (section 11.3.1.1). */
function expandKeyed(row: Uint8Array, width: number, colours: PngColours, out: Uint8Array): Uint8Array {
	const { bitDepth } = colours;
	const key = colours.transparentSamples as number[];
	const samples = key.length;
	for (let x = 0; x < width; x++) {
		let isKey = true;
		for (let c = 0; c < 3; c++) {
			const sample = readSample(row, x * samples + (samples === 1 ? 0 : c), bitDepth);
			if (sample !== key[samples === 1 ? 0 : c]) isKey = false;
			out[4 * x + c] = toByte(sample, bitDepth);
		}
		out[4 * x + 3] = isKey ? 0 : 255;
	}
	return out.subarray(0, 4 * width);
}

function expandGreyAlpha(row: Uint8Array, width: number, bitDepth: number, out: Uint8Array): Uint8Array {
	for (let x = 0; x < width; x++) {
		const grey = toByte(readSample(row, 2 * x, bitDepth), bitDepth);
		out[4 * x] = grey;
		out[4 * x + 1] = grey;
		out[4 * x + 2] = grey;
		out[4 * x + 3] = toByte(readSample(row, 2 * x + 1, bitDepth), bitDepth);
	}
	return out.subarray(0, 4 * width);
}
