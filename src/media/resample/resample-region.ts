/** Resamples one region of the output from an upright view: rows are filtered across, then a window of them down. */

import { countRowSamples, filterRowAcross } from "./filter-row.ts";
import type { LanczosAxis } from "./lanczos-axis.ts";
import { sumRows } from "./sum-rows.ts";
import type { UprightView } from "./upright-view.ts";
import { writeRgbaRow } from "./write-row.ts";

/** In pixels of the whole output: regions that touch meet without a seam, because the weights are the output's. */
export interface Region {
	left: number;
	top: number;
	width: number;
	height: number;
}

/** Where a region's RGBA rows are written: a place within a larger picture, in bytes. */
export interface PixelTarget {
	/** Clamped: it rounds to the nearest and limits to 0..255 by itself. */
	pixels: Uint8ClampedArray;
	origin: number;
	rowBytes: number;
}

/** Bytes of the window of filtered rows, of their sums, and at most of a source row: 8 a sample. */
export function windowBytes(taps: number, regionWidth: number, sourceWidth: number, planes: number): number {
	return 8 * planes * ((taps + 1) * regionWidth + sourceWidth);
}

/**
 * Writes the region into `target`.
 * @param hasAlpha weighs colours by their alpha, so that what cannot be seen does not bleed into what can;
 *   otherwise every pixel becomes opaque.
 */
export function resampleRegion(
	view: UprightView,
	across: LanczosAxis,
	down: LanczosAxis,
	region: Region,
	hasAlpha: boolean,
	target: PixelTarget,
): void {
	const planes = view.channels === 1 ? 1 : hasAlpha ? 4 : 3;
	const rowSamples = region.width * planes;
	const window = Array.from({ length: down.taps }, () => new Float64Array(rowSamples));
	const sums = new Float64Array(rowSamples);
	const samples = new Float64Array(countRowSamples(across, region, planes));
	let nextRow = down.first[region.top] ?? 0; // the first source row that is not in the window yet

	for (let y = 0; y < region.height; y++) {
		const outputY = region.top + y;
		const first = down.first[outputY] as number;
		for (; nextRow < first + down.taps; nextRow++) {
			filterRowAcross(view, nextRow, across, region, planes, samples, window[nextRow % down.taps] as Float64Array);
		}
		sumRows(window, first, down.weights, outputY * down.taps, sums);
		writeRgbaRow(sums, planes, target.pixels, target.origin + y * target.rowBytes);
	}
}
