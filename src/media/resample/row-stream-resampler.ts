/** Resamples a picture whose rows come one after the other from the top: only the rows that the kernel spans are kept. */

import { computeLanczosAxis } from "./lanczos-axis.ts";
import { startResampleKernel } from "./resample-kernel.ts";

interface Size {
	width: number;
	height: number;
}

const layouts = { 1: "grey", 3: "rgb", 4: "rgba" } as const;

/** @param pixels receives the output, `channels` bytes a pixel. @returns takes each source row in turn. */
export function createRowStreamResampler(
	module: WebAssembly.Module,
	source: Size,
	output: Size,
	channels: 1 | 3 | 4,
	pixels: Uint8Array,
): (row: Uint8Array) => void {
	const across = computeLanczosAxis(source.width, output.width);
	const down = computeLanczosAxis(source.height, output.height);
	const layout = { samples: layouts[channels], written: layouts[channels] };
	const kernel = startResampleKernel(module, source, output.width, { across, down }, layout);
	let received = 0;
	let outputY = 0;
	return (row) => {
		const grid = { pixels: row, channels, origin: 0, strideX: channels, strideY: 0 }; // no row but this one
		kernel.filterRow(grid, received, 0, output.width);
		received++;
		for (; outputY < output.height; outputY++) {
			if ((down.first[outputY] as number) + down.taps > received) return;
			kernel.writeRow(outputY, output.width, pixels, outputY * output.width * channels);
		}
	};
}
