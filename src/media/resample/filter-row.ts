/** Filters one source row across: the inner loop of the resampler, one body for each number of planes. */

import type { LanczosAxis } from "./lanczos-axis.ts";
import type { Region } from "./resample-region.ts";
import type { UprightView } from "./upright-view.ts";

/**
 * Writes `region.width` filtered pixels of the source row `y`.
 * @param planes 1 grey; 3 colours, any alpha ignored; 4 colours times alpha (0 to 255 * 255), then alpha.
 */
export function filterRowAcross(
	view: UprightView,
	y: number,
	axis: LanczosAxis,
	region: Region,
	planes: number,
	out: Float32Array,
): void {
	const rowOrigin = view.origin + y * view.strideY;
	if (planes === 1) filterGrey(view, rowOrigin, axis, region, out);
	else if (planes === 3) filterColour(view, rowOrigin, axis, region, out);
	else filterColourAndAlpha(view, rowOrigin, axis, region, out);
}

function filterGrey(view: UprightView, rowOrigin: number, axis: LanczosAxis, region: Region, out: Float32Array): void {
	const { pixels, strideX } = view;
	const { taps, first, weights } = axis;
	for (let x = 0; x < region.width; x++) {
		let at = rowOrigin + (first[region.left + x] as number) * strideX;
		const weightStart = (region.left + x) * taps;
		let grey = 0;
		for (let k = 0; k < taps; k++, at += strideX) {
			grey += (weights[weightStart + k] as number) * (pixels[at] as number);
		}
		out[x] = grey;
	}
}

function filterColour(
	view: UprightView,
	rowOrigin: number,
	axis: LanczosAxis,
	region: Region,
	out: Float32Array,
): void {
	const { pixels, strideX } = view;
	const { taps, first, weights } = axis;
	for (let x = 0; x < region.width; x++) {
		let at = rowOrigin + (first[region.left + x] as number) * strideX;
		const weightStart = (region.left + x) * taps;
		let red = 0;
		let green = 0;
		let blue = 0;
		for (let k = 0; k < taps; k++, at += strideX) {
			const weight = weights[weightStart + k] as number;
			red += weight * (pixels[at] as number);
			green += weight * (pixels[at + 1] as number);
			blue += weight * (pixels[at + 2] as number);
		}
		out[3 * x] = red;
		out[3 * x + 1] = green;
		out[3 * x + 2] = blue;
	}
}

function filterColourAndAlpha(
	view: UprightView,
	rowOrigin: number,
	axis: LanczosAxis,
	region: Region,
	out: Float32Array,
): void {
	const { pixels, strideX } = view;
	const { taps, first, weights } = axis;
	for (let x = 0; x < region.width; x++) {
		let at = rowOrigin + (first[region.left + x] as number) * strideX;
		const weightStart = (region.left + x) * taps;
		let red = 0;
		let green = 0;
		let blue = 0;
		let alpha = 0;
		for (let k = 0; k < taps; k++, at += strideX) {
			const weight = (weights[weightStart + k] as number) * (pixels[at + 3] as number);
			red += weight * (pixels[at] as number);
			green += weight * (pixels[at + 1] as number);
			blue += weight * (pixels[at + 2] as number);
			alpha += weight;
		}
		out[4 * x] = red;
		out[4 * x + 1] = green;
		out[4 * x + 2] = blue;
		out[4 * x + 3] = alpha;
	}
}
