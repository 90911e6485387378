/** The weights of Lanczos3 along one axis, computed once and used for every row, column and tile. */

const LOBES = 3;

/** For each output coordinate: the first source coordinate it reads, and `taps` weights that add up to 1. */
export interface LanczosAxis {
	/** Weights of one output coordinate; where fewer are needed the rest are 0. */
	taps: number;
	/** By output coordinate; `first[i] + taps <= sourceLength` always holds. */
	first: Int32Array;
	/** `weights[i * taps + k]` belongs to source coordinate `first[i] + k`. */
	weights: Float32Array;
}

/** How many source pixels one output pixel reads, at most: whole numbers strictly within the kernel's width. */
export function countTaps(sourceLength: number, outputLength: number): number {
	const scale = Math.max(1, sourceLength / outputLength);
	return Math.min(sourceLength, Math.ceil(2 * LOBES * scale));
}

/** What an axis keeps: its weights and where they begin. */
export function axisBytes(sourceLength: number, outputLength: number): number {
	return outputLength * (4 * countTaps(sourceLength, outputLength) + 4);
}

/**
 * @param extent how many source pixels the picture really covers. A JPEG decoded at M/8 has ceil(W * M / 8) pixels but
 *   covers W * M / 8: without the fraction the picture would shift by up to half an output pixel.
 * @param offset where the picture begins among the source pixels: `sourceLength - extent` on a reversed axis, else 0.
 */
export function computeLanczosAxis(
	sourceLength: number,
	outputLength: number,
	extent = sourceLength,
	offset = 0,
): LanczosAxis {
	const step = extent / outputLength;
	const scale = Math.max(1, step); // a smaller output widens the kernel: that is the low-pass filter
	const taps = countTaps(sourceLength, outputLength);
	const first = new Int32Array(outputLength);
	const weights = new Float32Array(outputLength * taps);

	for (let i = 0; i < outputLength; i++) {
		const centre = offset + (i + 0.5) * step - 0.5;
		const start = Math.min(Math.max(0, Math.ceil(centre - LOBES * scale)), sourceLength - taps);
		first[i] = start;
		let sum = 0;
		for (let k = 0; k < taps; k++) sum += lanczos3((start + k - centre) / scale);
		for (let k = 0; k < taps; k++) weights[i * taps + k] = lanczos3((start + k - centre) / scale) / sum;
	}
	return { taps, first, weights };
}

function lanczos3(x: number): number {
	if (x === 0) return 1;
	if (x <= -LOBES || x >= LOBES) return 0;
	const angle = Math.PI * x;
	return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle);
}
