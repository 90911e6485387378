/** Tells whether the borders of a picture's tiles can be seen in its pixels. */

import type { TileLayout } from "../../../src/media/av1/tile-info.ts";
import { listTiles } from "../../../src/media/encode/tile-grid.ts";

interface Comparison {
	atBorders: number;
	/** At the borders of blocks within tiles, where a codec's errors are as large as anywhere. */
	elsewhere: number;
}

/** All in levels of 0 to 255. */
export interface Seams {
	/** Mean error of the pixels on both sides of a border. */
	error: Comparison;
	/** Mean of how far the step from one side to the other is from the source's step. */
	step: Comparison;
	/** How far the mean errors of luma of the brightest and the darkest tile lie apart. */
	spread: number;
}

const BLOCK = 8;
const channels = [0, 1, 2];
/** BT.601. */
const LUMA = [0.299, 0.587, 0.114];

/** @param source and decoded are RGBA */
export function measureSeams(source: Uint8Array, decoded: Uint8Array, layout: TileLayout): Seams {
	const { width, height, columnWidths, rowHeights } = layout;
	const errors = Int16Array.from(decoded, (sample, i) => sample - (source[i] as number));
	const sums = { borders: { error: 0, step: 0, count: 0 }, elsewhere: { error: 0, step: 0, count: 0 } };

	/** Along one axis: `stride` leads across the border, `alongStride` along it, both in samples. */
	function compare(length: number, across: number, stride: number, alongStride: number, borders: Set<number>) {
		for (let place = BLOCK; place < length; place += BLOCK) {
			const sum = borders.has(place) ? sums.borders : sums.elsewhere;
			for (let along = 0; along < across; along++) {
				for (const channel of channels) {
					const at = place * stride + along * alongStride + channel;
					const [after, before] = [errors[at] as number, errors[at - stride] as number];
					sum.error += (Math.abs(after) + Math.abs(before)) / 2;
					sum.step += Math.abs(after - before);
					sum.count++;
				}
			}
		}
	}

	compare(width, height, 4, width * 4, bordersOf(columnWidths));
	compare(height, width, width * 4, 4, bordersOf(rowHeights));
	const share = (name: "error" | "step"): Comparison => ({
		atBorders: sums.borders[name] / sums.borders.count,
		elsewhere: sums.elsewhere[name] / sums.elsewhere.count,
	});
	return { error: share("error"), step: share("step"), spread: measureSpread(errors, layout) };
}

function bordersOf(spans: number[]): Set<number> {
	let at = 0;
	return new Set(
		spans.slice(0, -1).map((span) => {
			at += span;
			return at;
		}),
	);
}

function measureSpread(errors: Int16Array, layout: TileLayout): number {
	const means = listTiles(layout).map(({ left, top, width, height }) => {
		let sum = 0;
		for (let y = top; y < top + height; y++) {
			for (let x = left; x < left + width; x++) {
				const at = (y * layout.width + x) * 4;
				sum += LUMA.reduce((luma, weight, channel) => luma + weight * (errors[at + channel] as number), 0);
			}
		}
		return sum / (width * height);
	});
	return Math.max(...means) - Math.min(...means);
}
