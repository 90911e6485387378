/** Filters one source row across: the inner loop of the resampler, one body for each number of planes. */

import type { LanczosAxis } from "./lanczos-axis.ts";
import type { Region } from "./resample-region.ts";
import type { UprightView } from "./upright-view.ts";

/** The taps of shrinking by less than a seventh: a JPEG that was decoded by eighths seldom has more to go. */
const SEVEN = 7;

/**
 * Writes `region.width` filtered pixels of the source row `y`.
 * @param planes 1 grey; 3 colours, any alpha ignored; 4 colours times alpha (0 to 255 * 255), then alpha.
 * @param samples room for the source pixels that the region reads, `planes` numbers each (`rowSamples`)
 */
export function filterRowAcross(
	view: UprightView,
	y: number,
	axis: LanczosAxis,
	region: Region,
	planes: number,
	samples: Float64Array,
	out: Float64Array,
): void {
	const { start, end } = spanOf(axis, region);
	// Each pixel is read by several outputs, but looked up, turned into a number and weighed by its alpha only here.
	loadRow(view, y, start, end, planes, samples);
	if (planes === 1) filterOne(samples, start, axis, region, out);
	else if (planes === 3 && axis.taps === SEVEN) filterThreeBySeven(samples, start, axis, region, out);
	else if (planes === 3) filterThree(samples, start, axis, region, out);
	else filterFour(samples, start, axis, region, out);
}

/** How many numbers the source pixels of a region's row are. */
export function countRowSamples(axis: LanczosAxis, region: Region, planes: number): number {
	const { start, end } = spanOf(axis, region);
	return (end - start) * planes;
}

/** The source pixels that a region reads. */
function spanOf({ first, taps }: LanczosAxis, { left, width }: Region): { start: number; end: number } {
	return { start: first[left] as number, end: (first[left + width - 1] as number) + taps };
}

function loadRow(
	view: UprightView,
	y: number,
	start: number,
	end: number,
	planes: number,
	samples: Float64Array,
): void {
	const { pixels, strideX } = view;
	const count = (end - start) * planes;
	let at = view.origin + y * view.strideY + start * strideX;
	if (planes === 1) {
		for (let i = 0; i < count; i++, at += strideX) samples[i] = pixels[at] as number;
	} else if (planes === 3) {
		for (let i = 0; i < count; i += 3, at += strideX) {
			samples[i] = pixels[at] as number;
			samples[i + 1] = pixels[at + 1] as number;
			samples[i + 2] = pixels[at + 2] as number;
		}
	} else {
		for (let i = 0; i < count; i += 4, at += strideX) {
			const alpha = pixels[at + 3] as number;
			samples[i] = alpha * (pixels[at] as number);
			samples[i + 1] = alpha * (pixels[at + 1] as number);
			samples[i + 2] = alpha * (pixels[at + 2] as number);
			samples[i + 3] = alpha;
		}
	}
}

function filterOne(samples: Float64Array, start: number, axis: LanczosAxis, region: Region, out: Float64Array): void {
	const { taps, first, weights } = axis;
	const { left, width } = region;
	for (let x = 0; x < width; x++) {
		let at = (first[left + x] as number) - start;
		let weightAt = (left + x) * taps;
		const end = weightAt + taps;
		let sum = 0;
		for (; weightAt < end; weightAt++, at++) sum += (weights[weightAt] as number) * (samples[at] as number);
		out[x] = sum;
	}
}

function filterThree(samples: Float64Array, start: number, axis: LanczosAxis, region: Region, out: Float64Array): void {
	const { taps, first, weights } = axis;
	const { left, width } = region;
	for (let x = 0, to = 0; x < width; x++, to += 3) {
		let at = 3 * ((first[left + x] as number) - start);
		let weightAt = (left + x) * taps;
		const end = weightAt + taps;
		let red = 0;
		let green = 0;
		let blue = 0;
		for (; weightAt < end; weightAt++, at += 3) {
			const weight = weights[weightAt] as number;
			red += weight * (samples[at] as number);
			green += weight * (samples[at + 1] as number);
			blue += weight * (samples[at + 2] as number);
		}
		out[to] = red;
		out[to + 1] = green;
		out[to + 2] = blue;
	}
}

/** Without a loop over the taps: two thirds of the time, for what most photographs come to. */
function filterThreeBySeven(
	samples: Float64Array,
	start: number,
	{ first, weights }: LanczosAxis,
	{ left, width }: Region,
	out: Float64Array,
): void {
	for (let x = 0, to = 0, weightAt = left * SEVEN; x < width; x++, to += 3, weightAt += SEVEN) {
		const at = 3 * ((first[left + x] as number) - start);
		const a = weights[weightAt] as number;
		const b = weights[weightAt + 1] as number;
		const c = weights[weightAt + 2] as number;
		const d = weights[weightAt + 3] as number;
		const e = weights[weightAt + 4] as number;
		const f = weights[weightAt + 5] as number;
		const g = weights[weightAt + 6] as number;
		out[to] =
			a * (samples[at] as number) +
			b * (samples[at + 3] as number) +
			c * (samples[at + 6] as number) +
			d * (samples[at + 9] as number) +
			e * (samples[at + 12] as number) +
			f * (samples[at + 15] as number) +
			g * (samples[at + 18] as number);
		out[to + 1] =
			a * (samples[at + 1] as number) +
			b * (samples[at + 4] as number) +
			c * (samples[at + 7] as number) +
			d * (samples[at + 10] as number) +
			e * (samples[at + 13] as number) +
			f * (samples[at + 16] as number) +
			g * (samples[at + 19] as number);
		out[to + 2] =
			a * (samples[at + 2] as number) +
			b * (samples[at + 5] as number) +
			c * (samples[at + 8] as number) +
			d * (samples[at + 11] as number) +
			e * (samples[at + 14] as number) +
			f * (samples[at + 17] as number) +
			g * (samples[at + 20] as number);
	}
}

function filterFour(samples: Float64Array, start: number, axis: LanczosAxis, region: Region, out: Float64Array): void {
	const { taps, first, weights } = axis;
	const { left, width } = region;
	for (let x = 0, to = 0; x < width; x++, to += 4) {
		let at = 4 * ((first[left + x] as number) - start);
		let weightAt = (left + x) * taps;
		const end = weightAt + taps;
		let red = 0;
		let green = 0;
		let blue = 0;
		let alpha = 0;
		for (; weightAt < end; weightAt++, at += 4) {
			const weight = weights[weightAt] as number;
			red += weight * (samples[at] as number);
			green += weight * (samples[at + 1] as number);
			blue += weight * (samples[at + 2] as number);
			alpha += weight * (samples[at + 3] as number);
		}
		out[to] = red;
		out[to + 1] = green;
		out[to + 2] = blue;
		out[to + 3] = alpha;
	}
}
