/** Turns Y, U and V into RGB by the formulas themselves. */

import type { Plane } from "./decode-planes.ts";

/**
 * Full range, BT.601 (Rec. ITU-T H.273, matrix 6), each chroma sample standing for its 2x2 pixels, as libheif has it.
 * @returns opaque RGBA
 */
export function planesToRgb([luma, u = luma, v = luma]: Plane[]): Uint8Array {
	if (luma === undefined || u === undefined || v === undefined) throw new Error("a picture without planes");
	const rgba = new Uint8ClampedArray(luma.width * luma.height * 4);
	for (let y = 0, at = 0; y < luma.height; y++) {
		for (let x = 0; x < luma.width; x++, at += 4) {
			const light = luma.samples[y * luma.width + x] as number;
			const chroma = (y >> 1) * u.width + (x >> 1);
			const blue = (u.samples[chroma] as number) - 128;
			const red = (v.samples[chroma] as number) - 128;
			rgba[at] = light + 1.402 * red;
			rgba[at + 1] = light - 0.344136 * blue - 0.714136 * red;
			rgba[at + 2] = light + 1.772 * blue;
			rgba[at + 3] = 255;
		}
	}
	return new Uint8Array(rgba.buffer);
}
