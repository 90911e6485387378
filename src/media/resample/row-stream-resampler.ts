/** Resamples a picture whose rows come one after the other from the top: only the rows that the kernel spans are kept. */

import { filterRowAcross } from "./filter-row.ts";
import { axisBytes, computeLanczosAxis, countTaps } from "./lanczos-axis.ts";
import { windowBytes } from "./resample-region.ts";
import { sumRows } from "./sum-rows.ts";
import type { UprightView } from "./upright-view.ts";
import { writePackedRow } from "./write-row.ts";

interface Size {
	width: number;
	height: number;
}

/** @param pixels receives the output, `channels` bytes a pixel. @returns takes each source row in turn. */
export function createRowStreamResampler(
	source: Size,
	output: Size,
	channels: 1 | 3 | 4,
	pixels: Uint8ClampedArray,
): (row: Uint8Array) => void {
	const across = computeLanczosAxis(source.width, output.width);
	const down = computeLanczosAxis(source.height, output.height);
	const region = { left: 0, top: 0, ...output };
	const window = Array.from({ length: down.taps }, () => new Float64Array(output.width * channels));
	const samples = new Float64Array(source.width * channels);
	const sums = new Float64Array(output.width * channels);
	let received = 0;
	let outputY = 0;
	return (row) => {
		filterRowAcross(
			viewRow(row, source.width, channels),
			0,
			across,
			region,
			channels,
			samples,
			window[received % down.taps] as Float64Array,
		);
		received++;
		for (; outputY < output.height; outputY++) {
			const first = down.first[outputY] as number;
			if (first + down.taps > received) return;
			sumRows(window, first, down.weights, outputY * down.taps, sums);
			writePackedRow(sums, channels, pixels, outputY * output.width * channels);
		}
	};
}

function viewRow(pixels: Uint8Array, width: number, channels: 1 | 3 | 4): UprightView {
	return {
		pixels,
		channels,
		width,
		height: 1,
		origin: 0,
		strideX: channels,
		strideY: 0,
		isXReversed: false,
		isYReversed: false,
	};
}

/** What it keeps besides the output: the weights of both axes, and the window. */
export function rowStreamBytes(source: Size, output: Size, channels: number): number {
	const taps = countTaps(source.height, output.height);
	const axes = axisBytes(source.width, output.width) + axisBytes(source.height, output.height);
	return axes + windowBytes(taps, output.width, source.width, channels);
}
