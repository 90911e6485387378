/** Our resampler against pica's mathlib, the one kept library that resamples in tiles: 10 MP down to 8.3 MP. */

import { createRequire } from "node:module";
import type { DecodedPicture } from "../../src/media/decode/decoded-picture.ts";
import type { RenditionPlan } from "../../src/media/plan.ts";
import type { Region } from "../../src/media/resample/resample-region.ts";
import { prepareUpright } from "../../src/media/resample/upright-renderer.ts";
import { codecModules } from "../../test/support/node/codec-modules.ts";
import { paintPicture } from "../../test/support/node/pictures.ts";
import { median } from "../statistics.ts";

const source = { width: 4230, height: 2379 };
const output = { width: 3840, height: 2160 };
const TILE = 768;
const ROUNDS = 5;
/** How far Lanczos3 reaches, and a pixel for rounding. */
const REACH = 4;

interface PicaMath {
	init(): Promise<void>;
	resizeAndUnsharp(options: Record<string, unknown>): Uint8Array;
}

/** Median milliseconds by resampler. */
export async function compareResamplers(): Promise<Record<string, number>> {
	const MathLib = createRequire(import.meta.url)("pica/lib/mathlib") as new (features: string[]) => PicaMath;
	const rgb = paintPicture(source.width, source.height, 3);
	const rgba = paintPicture(source.width, source.height, 4).pixels;
	const results: Record<string, number> = { ours: time(createOurs(rgb.pixels)) };
	for (const feature of ["js", "wasm"]) {
		const pica = new MathLib([feature]);
		await pica.init();
		results[`pica, ${feature}`] = time((region) => resizeWithPica(pica, rgba, region));
	}
	return results;
}

function time(render: (region: Region) => unknown): number {
	const rounds: number[] = [];
	for (let round = 0; round <= ROUNDS; round++) {
		const startedAt = performance.now();
		for (let top = 0; top < output.height; top += TILE) {
			for (let left = 0; left < output.width; left += TILE) {
				render({ left, top, width: Math.min(TILE, output.width - left), height: Math.min(TILE, output.height - top) });
			}
		}
		if (round > 0) rounds.push(performance.now() - startedAt); // the first compiles
	}
	return median(rounds);
}

function createOurs(pixels: Uint8Array): (region: Region) => void {
	const picture: DecodedPicture = { pixels, ...source, channels: 3, release() {} };
	const plan = {
		facts: { orientation: 1 },
		outputWidth: output.width,
		outputHeight: output.height,
		uprightWidth: source.width,
		uprightHeight: source.height,
		decodeScale: 8,
	} as RenditionPlan;
	const { render } = prepareUpright(picture, plan, false, TILE, codecModules.resampler);
	const target = { pixels: new Uint8Array(TILE * TILE * 4), origin: 0, rowBytes: TILE * 4 };
	return (region) => render(region, target);
}

/** It takes RGBA, and the source pixels of the tile as a picture of its own. */
function resizeWithPica(pica: PicaMath, rgba: Uint8Array, { left, top, width, height }: Region): Uint8Array {
	const scale = output.width / source.width;
	const fromX = Math.max(0, Math.floor(left / scale) - REACH);
	const fromY = Math.max(0, Math.floor(top / scale) - REACH);
	const toX = Math.min(source.width, Math.ceil((left + width) / scale) + REACH);
	const toY = Math.min(source.height, Math.ceil((top + height) / scale) + REACH);
	const src = new Uint8Array((toX - fromX) * (toY - fromY) * 4);
	for (let y = fromY; y < toY; y++) {
		const start = (y * source.width + fromX) * 4;
		src.set(rgba.subarray(start, start + (toX - fromX) * 4), (y - fromY) * (toX - fromX) * 4);
	}
	return pica.resizeAndUnsharp({
		src,
		width: toX - fromX,
		height: toY - fromY,
		toWidth: width,
		toHeight: height,
		scaleX: scale,
		scaleY: scale,
		offsetX: left / scale - fromX,
		offsetY: top / scale - fromY,
		filter: "lanczos3",
		unsharpAmount: 0,
		unsharpRadius: 0,
		unsharpThreshold: 0,
	});
}
