/** The inner loops of the resampler (kernel/), in an instance and a memory of one picture's own. */

import { axisBytes, countTaps, type LanczosAxis } from "./lanczos-axis.ts";
import { loadPixels } from "./load-pixels.ts";
import type { PixelGrid } from "./upright-view.ts";

/** What the fourth byte of a source pixel is, if there is one: "rgba" weighs colours by it, "rgbx" ignores it. */
export type SampleLayout = "grey" | "rgb" | "rgbx" | "rgba";

/** What a written pixel is; kernel/sum-down.ts knows them by these numbers. */
const writtenLayouts = { "opaque rgba": 0, rgba: 1, rgb: 2, grey: 3 };
export type WrittenLayout = keyof typeof writtenLayouts;

const writtenBytes = { "opaque rgba": 4, rgba: 4, rgb: 3, grey: 1 } satisfies Record<WrittenLayout, number>;

interface Size {
	width: number;
	height: number;
}

/** One picture's kernel: it keeps the rows that were filtered last, as many as a written row is summed from. */
export interface ResampleKernel {
	/** Filters the source pixels of row `y` that the outputs `left` to `left + width - 1` read, and keeps the result. */
	filterRow(grid: PixelGrid, y: number, left: number, width: number): void;
	/** Writes the row `outputY`, whose `taps` source rows were filtered last, at the same place and in the same width. */
	writeRow(outputY: number, width: number, target: Uint8Array, at: number): void;
}

interface KernelExports extends Record<`expand${"Grey" | "Rgb" | "Rgbx" | "Rgba"}`, Expand> {
	filterAcross(samples: number, firsts: number, weights: number, fours: number, width: number, to: number): void;
	sumDown(
		rows: number,
		rowBytes: number,
		weights: number,
		taps: number,
		width: number,
		layout: number,
		to: number,
	): void;
}
type Expand = (from: number, count: number, to: number) => void;

const expanders = {
	grey: "expandGrey",
	rgb: "expandRgb",
	rgbx: "expandRgbx",
	rgba: "expandRgba",
} satisfies Record<SampleLayout, keyof KernelExports>;

const PAGE_BYTES = 65_536;
/** A pixel in the kernel: four numbers of 4 bytes. */
const PIXEL_BYTES = 16;
/** The kernel takes four taps, and four pixels, at a time. */
const roundUpToFour = (count: number): number => Math.ceil(count / 4) * 4;

/**
 * @param mostWidth of the regions that will be asked for
 * @param across weights of the whole output, so that regions join without a seam; the same for `down`
 */
export function startResampleKernel(
	module: WebAssembly.Module,
	source: Size,
	mostWidth: number,
	{ across, down }: { across: LanczosAxis; down: LanczosAxis },
	{ samples, written }: { samples: SampleLayout; written: WrittenLayout },
): ResampleKernel {
	const output = { width: across.first.length, height: down.first.length };
	const { places, totalBytes } = layOutMemory(source, output, mostWidth);
	const pages = totalBytes / PAGE_BYTES;
	const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
	const { exports } = new WebAssembly.Instance(module, { env: { memory } });
	const kernel = exports as unknown as KernelExports;
	const expand = kernel[expanders[samples]];

	const bytes = new Uint8Array(memory.buffer);
	const loaded = bytes.subarray(places.loaded);
	const rowWeights = new Float32Array(memory.buffer, places.rowWeights, down.taps);
	const fours = roundUpToFour(across.taps) / 4;
	new Int32Array(memory.buffer, places.firsts, output.width).set(across.first);
	const weights = new Float32Array(memory.buffer, places.weights, output.width * fours * 4);
	for (let x = 0; x < output.width; x++) {
		weights.set(across.weights.subarray(x * across.taps, (x + 1) * across.taps), x * fours * 4);
	}
	const rowBytes = filteredRowBytes(mostWidth);

	return {
		filterRow(grid, y, left, width) {
			if (width > mostWidth) throw new RangeError(`a region of ${width} pixels where ${mostWidth} have room`);
			const start = across.first[left] as number;
			const count = (across.first[left + width - 1] as number) + across.taps - start;
			loadPixels(grid, y, start, count, loaded);
			expand(places.loaded, count, places.samples);
			kernel.filterAcross(
				places.samples - start * PIXEL_BYTES,
				places.firsts + left * 4,
				places.weights + left * fours * PIXEL_BYTES,
				fours,
				width,
				places.rows + (y % down.taps) * rowBytes,
			);
		},
		writeRow(outputY, width, target, at) {
			const { taps } = down;
			const first = down.first[outputY] as number;
			// In the order of the rows' places and not of the rows: that depends on where they are, not on the region.
			for (let k = 0; k < taps; k++) rowWeights[(first + k) % taps] = down.weights[outputY * taps + k] as number;
			const layout = writtenLayouts[written];
			kernel.sumDown(places.rows, rowBytes, places.rowWeights, taps, width, layout, places.written);
			target.set(bytes.subarray(places.written, places.written + width * writtenBytes[written]), at);
		},
	};
}

/** What resampling keeps besides source and output: the kernel's memory, and the weights that it was given. */
export function resamplerBytes(source: Size, output: Size, mostWidth: number): number {
	const axes = axisBytes(source.width, output.width) + axisBytes(source.height, output.height);
	return axes + layOutMemory(source, output, mostWidth).totalBytes;
}

function filteredRowBytes(mostWidth: number): number {
	return roundUpToFour(mostWidth) * PIXEL_BYTES;
}

/** Where everything lies, each at a multiple of 16. What is read or written beyond an end by whole fours has its room. */
function layOutMemory(source: Size, output: Size, mostWidth: number) {
	const taps = countTaps(source.height, output.height);
	let end = 0;
	const place = (bytes: number) => {
		const start = end;
		end += Math.ceil(bytes / PIXEL_BYTES) * PIXEL_BYTES;
		return start;
	};
	const places = {
		firsts: place(output.width * 4),
		weights: place(output.width * roundUpToFour(countTaps(source.width, output.width)) * 4),
		rowWeights: place(taps * 4),
		loaded: place(source.width * 4 + PIXEL_BYTES),
		samples: place((source.width + 3) * PIXEL_BYTES),
		rows: place(taps * filteredRowBytes(mostWidth)),
		written: place(roundUpToFour(mostWidth) * 4 + PIXEL_BYTES),
	};
	return { places, totalBytes: Math.ceil(end / PAGE_BYTES) * PAGE_BYTES };
}
