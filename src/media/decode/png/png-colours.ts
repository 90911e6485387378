/** How a PNG writes its pixels: colour type, bit depth, palette and transparency (third edition, sections 11.2 and 11.3). */

import { pngChunks } from "../../inspect/inspect-png.ts";
import { undecodableImage } from "../../inspect/picture-faults.ts";

export interface PngColours {
	/** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA. */
	colourType: number;
	/** Of a sample, or of an index into the palette. */
	bitDepth: number;
	/** What one pixel takes in the file. */
	bitsPerPixel: number;
	/** Of what `createRowExpander` makes: 1 grey, 3 RGB, 4 RGBA. */
	channels: 1 | 3 | 4;
	/** RGBA, four bytes for each index that a byte can hold. */
	palette?: Uint8Array;
	/** Samples at their full depth that stand for "transparent". */
	transparentSamples?: number[];
}

const samplesPerPixel: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Reads the chunks before the data. @throws AppError undecodable_image */
export function readPngColours(original: Uint8Array): PngColours {
	let colourType = 0;
	let bitDepth = 8;
	let palette: Uint8Array | undefined;
	let transparency: Uint8Array | undefined;
	for (const { type, data } of pngChunks(original)) {
		if (type === "IDAT") break;
		if (type === "IHDR") [bitDepth, colourType] = [data[8] as number, data[9] as number];
		else if (type === "PLTE") palette ??= data;
		else if (type === "tRNS") transparency ??= data;
	}
	const samples = samplesPerPixel[colourType];
	if (samples === undefined) throw undecodableImage("png", "its colour type is unknown");
	const isColour = (colourType & 2) !== 0;
	const hasAlpha = (colourType & 4) !== 0 || transparency !== undefined;
	const colours: PngColours = {
		colourType,
		bitDepth,
		bitsPerPixel: samples * bitDepth,
		channels: hasAlpha ? 4 : isColour ? 3 : 1,
	};
	if (colourType === 3) {
		if (palette === undefined || palette.length < 3) throw undecodableImage("png", "its palette is missing");
		return { ...colours, palette: joinPalette(palette, transparency) };
	}
	if (transparency === undefined || (colourType & 4) !== 0) return colours;
	if (transparency.length < 2 * samples) throw undecodableImage("png", "its transparent colour is cut off");
	const view = new DataView(transparency.buffer, transparency.byteOffset, transparency.byteLength);
	return { ...colours, transparentSamples: Array.from({ length: samples }, (_, i) => view.getUint16(2 * i)) };
}

/** Alpha is 255 for entries that tRNS does not name; colours that PLTE does not name are black, as browsers show them. */
function joinPalette(colours: Uint8Array, alpha: Uint8Array | undefined): Uint8Array {
	const joined = new Uint8Array(4 * 256);
	for (let i = 0; i < 256; i++) {
		joined.set(colours.subarray(3 * i, 3 * i + 3), 4 * i);
		joined[4 * i + 3] = alpha?.[i] ?? 255;
	}
	return joined;
}
