/** Resamples one region of the output from an upright view: rows are filtered across, then a window of them down. */

import type { LanczosAxis } from "./lanczos-axis.ts";
import type { ResampleKernel } from "./resample-kernel.ts";
import type { UprightView } from "./upright-view.ts";

/** In pixels of the whole output: regions that touch meet without a seam, because the weights are the output's. */
export interface Region {
	left: number;
	top: number;
	width: number;
	height: number;
}

/** Where a region's RGBA rows are written: a place within a larger picture, in bytes. */
export interface PixelTarget {
	pixels: Uint8Array;
	origin: number;
	rowBytes: number;
}

/** Writes the region into `target`. */
export function resampleRegion(
	view: UprightView,
	down: LanczosAxis,
	kernel: ResampleKernel,
	region: Region,
	target: PixelTarget,
): void {
	const { left, top, width, height } = region;
	let nextRow = down.first[top] ?? 0; // the first source row that is not in the window yet
	for (let y = 0; y < height; y++) {
		const end = (down.first[top + y] as number) + down.taps;
		for (; nextRow < end; nextRow++) kernel.filterRow(view, nextRow, left, width);
		kernel.writeRow(top + y, width, target.pixels, target.origin + y * target.rowBytes);
	}
}
