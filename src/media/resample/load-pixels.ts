/** Puts a piece of an upright row together, side by side: turned pictures have it in a column, mirrored ones backwards. */

import type { PixelGrid } from "./upright-view.ts";

/** Writes `count` pixels of the row `y`, from `start` on, as they are stored. */
export function loadPixels(grid: PixelGrid, y: number, start: number, count: number, to: Uint8Array): void {
	const { pixels, channels, strideX } = grid;
	const from = grid.origin + y * grid.strideY + start * strideX;
	if (strideX === channels) to.set(pixels.subarray(from, from + count * channels));
	else if (channels === 1) gatherGrey(pixels, from, strideX, count, to);
	else if (channels === 3) gatherRgb(pixels, from, strideX, count * 3, to);
	else gatherRgba(pixels, from, strideX, count * 4, to);
}

function gatherGrey(pixels: Uint8Array, from: number, stride: number, end: number, to: Uint8Array): void {
	for (let i = 0, at = from; i < end; i++, at += stride) to[i] = pixels[at] as number;
}

function gatherRgb(pixels: Uint8Array, from: number, stride: number, end: number, to: Uint8Array): void {
	for (let i = 0, at = from; i < end; i += 3, at += stride) {
		to[i] = pixels[at] as number;
		to[i + 1] = pixels[at + 1] as number;
		to[i + 2] = pixels[at + 2] as number;
	}
}

function gatherRgba(pixels: Uint8Array, from: number, stride: number, end: number, to: Uint8Array): void {
	for (let i = 0, at = from; i < end; i += 4, at += stride) {
		to[i] = pixels[at] as number;
		to[i + 1] = pixels[at + 1] as number;
		to[i + 2] = pixels[at + 2] as number;
		to[i + 3] = pixels[at + 3] as number;
	}
}
