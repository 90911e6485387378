/** Lanczos3 as its definition says, in numbers of 8 bytes and with no regard to time: what the kernel is held against. */

import type { UprightView } from "../../../src/media/resample/upright-view.ts";

/** The weight of each source pixel, by its place; those out of reach are left out. */
function weigh(sourceLength: number, outputLength: number, index: number): [at: number, weight: number][] {
	const step = sourceLength / outputLength;
	const scale = Math.max(1, step);
	const centre = (index + 0.5) * step - 0.5;
	const weights: [number, number][] = [];
	for (let at = Math.ceil(centre - 3 * scale); at <= Math.floor(centre + 3 * scale); at++) {
		const x = (at - centre) / scale;
		if (at < 0 || at >= sourceLength || Math.abs(x) >= 3) continue;
		const sinc = (angle: number) => (angle === 0 ? 1 : Math.sin(Math.PI * angle) / (Math.PI * angle));
		weights.push([at, sinc(x) * sinc(x / 3)]);
	}
	const sum = weights.reduce((total, [, weight]) => total + weight, 0);
	return weights.map(([at, weight]) => [at, weight / sum]);
}

/** Unrounded RGBA of one output pixel; its colours are undefined where nothing of them is seen. */
export function resamplePixel(view: UprightView, outputWidth: number, outputHeight: number, hasAlpha: boolean) {
	const { pixels, channels, origin, strideX, strideY } = view;
	const across = Array.from({ length: outputWidth }, (_, x) => weigh(view.width, outputWidth, x));
	const down = Array.from({ length: outputHeight }, (_, y) => weigh(view.height, outputHeight, y));
	return (x: number, y: number): [red: number, green: number, blue: number, alpha: number] => {
		const sums: [number, number, number, number] = [0, 0, 0, 0];
		for (const [sourceY, weightY] of down[y] ?? []) {
			for (const [sourceX, weightX] of across[x] ?? []) {
				const at = origin + sourceX * strideX + sourceY * strideY;
				const alpha = hasAlpha && channels === 4 ? (pixels[at + 3] as number) : 1;
				const weight = weightX * weightY;
				for (let i = 0; i < 3; i++) {
					sums[i] = (sums[i] as number) + weight * alpha * (pixels[at + (channels === 1 ? 0 : i)] as number);
				}
				sums[3] += weight * alpha;
			}
		}
		const [red, green, blue, alpha] = sums;
		return hasAlpha && channels === 4 ? [red / alpha, green / alpha, blue / alpha, alpha] : [red, green, blue, 255];
	};
}
