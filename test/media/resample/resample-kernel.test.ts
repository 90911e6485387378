import { describe, expect, it } from "vitest";
import type { DecodedPicture } from "../../../src/media/decode/decoded-picture.ts";
import type { Orientation } from "../../../src/media/inspect/image-facts.ts";
import { swapsAxes } from "../../../src/media/inspect/image-facts.ts";
import type { RenditionPlan } from "../../../src/media/plan.ts";
import type { Region } from "../../../src/media/resample/resample-region.ts";
import { createRowStreamResampler } from "../../../src/media/resample/row-stream-resampler.ts";
import { prepareUpright } from "../../../src/media/resample/upright-renderer.ts";
import { viewUpright } from "../../../src/media/resample/upright-view.ts";
import { codecModules } from "../../support/node/codec-modules.ts";
import { resamplePixel } from "../../support/node/reference-resampler.ts";
import { type SeededRandom, seededRandom } from "../../support/node/seeded-random.ts";

type Channels = 1 | 3 | 4;

/** Half a step for rounding, and what sums in numbers of 4 bytes may be wrong by. */
const MOST_OFF = 0.5 + 0.001;
/** Colours are divided by alpha, and the error of their sums with them. */
const MOST_OFF_TIMES_ALPHA = 0.02;

/** Noise with flat patches of both extremes, so that sums overshoot and are limited; alpha too. */
function paintNoise(width: number, height: number, channels: Channels, random: SeededRandom): DecodedPicture {
	const pixels = new Uint8Array(width * height * channels);
	for (let i = 0; i < pixels.length; i++) {
		const patch = Math.floor(i / (7 * channels)) % 3;
		pixels[i] = patch === 0 ? random.byte() : patch === 1 ? 255 : 0;
	}
	return { pixels, width, height, channels, release() {} };
}

function prepare(picture: DecodedPicture, orientation: Orientation, to: [number, number], hasAlpha: boolean, most = 0) {
	const [width, height] = swapsAxes(orientation) ? [picture.height, picture.width] : [picture.width, picture.height];
	const plan = {
		facts: { orientation },
		outputWidth: to[0],
		outputHeight: to[1],
		uprightWidth: width,
		uprightHeight: height,
		decodeScale: 8,
	} as RenditionPlan;
	return prepareUpright(picture, plan, hasAlpha, most || to[0], codecModules.resampler);
}

function renderParts(
	picture: DecodedPicture,
	orientation: Orientation,
	[width, height]: [number, number],
	hasAlpha: boolean,
	part: [number, number],
): Uint8Array {
	const { render } = prepare(picture, orientation, [width, height], hasAlpha, part[0]);
	const pixels = new Uint8Array(width * height * 4);
	for (let top = 0; top < height; top += part[1]) {
		for (let left = 0; left < width; left += part[0]) {
			const region: Region = {
				left,
				top,
				width: Math.min(part[0], width - left),
				height: Math.min(part[1], height - top),
			};
			render(region, { pixels, origin: (top * width + left) * 4, rowBytes: width * 4 });
		}
	}
	return pixels;
}

/** How far the written pixels lie from the exact ones beyond what is allowed; at most 0 when all is well. */
function worstExcess(
	rgba: Uint8Array,
	[width, height]: [number, number],
	exact: (x: number, y: number) => [number, number, number, number],
): number {
	let worst = Number.NEGATIVE_INFINITY;
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			const wanted = exact(x, y);
			const at = (y * width + x) * 4;
			const alpha = wanted[3];
			if (Math.abs(alpha - 0.5) < 0.01) continue; // seen or not: a matter of rounding
			for (let i = 0; i < 4; i++) {
				const value = alpha < 0.5 ? 0 : Math.min(255, Math.max(0, wanted[i] as number));
				const most = MOST_OFF + (i < 3 && alpha < 255 ? MOST_OFF_TIMES_ALPHA / Math.max(alpha, 0.5) : 0);
				worst = Math.max(worst, Math.abs((rgba[at + i] as number) - value) - most);
			}
		}
	}
	return worst;
}

const kinds: { channels: Channels; hasAlpha: boolean }[] = [
	{ channels: 1, hasAlpha: false },
	{ channels: 3, hasAlpha: false },
	{ channels: 4, hasAlpha: false },
	{ channels: 4, hasAlpha: true },
];

describe("the kernel", () => {
	it("gives what the definition of Lanczos3 gives, for random sizes, all kinds of pixels and all orientations", () => {
		const random = seededRandom(41);
		for (let round = 0; round < 96; round++) {
			const { channels, hasAlpha } = kinds[round % kinds.length] as (typeof kinds)[0];
			const orientation = (1 + (Math.floor(round / kinds.length) % 8)) as Orientation;
			const picture = paintNoise(1 + random.below(70), 1 + random.below(70), channels, random);
			// three of four are made smaller, as in production
			const most = round % 3 === 0 ? 100 : 40;
			const to: [number, number] = [1 + random.below(most), 1 + random.below(most)];
			const exact = resamplePixel(viewUpright(picture, orientation), ...to, hasAlpha);
			const rgba = renderParts(picture, orientation, to, hasAlpha, to);
			const what = `${picture.width}x${picture.height}x${channels} to ${to}, turned ${orientation}, alpha ${hasAlpha}`;
			expect(worstExcess(rgba, to, exact), what).toBeLessThanOrEqual(0);
		}
	});

	it("sums hundreds of taps as exactly: a thumbnail of a picture of 48 megapixels has them", () => {
		const random = seededRandom(42);
		for (const { channels, hasAlpha } of kinds) {
			for (const [width, height, ...to] of [
				[803, 31, 10, 3],
				[31, 803, 3, 10],
				[500, 400, 2, 1],
			] as [number, number, number, number][]) {
				const picture = paintNoise(width, height, channels, random);
				const exact = resamplePixel(viewUpright(picture, 1), ...to, hasAlpha);
				const rgba = renderParts(picture, 1, to, hasAlpha, to);
				expect(worstExcess(rgba, to, exact), `${width}x${height}x${channels} to ${to}`).toBeLessThanOrEqual(0);
			}
		}
	});

	it("gives regions of any size that equal the whole, bit for bit, turned or not", () => {
		const random = seededRandom(43);
		for (const { channels, hasAlpha } of kinds) {
			for (const orientation of [1, 3, 6, 8] as Orientation[]) {
				const picture = paintNoise(211, 173, channels, random);
				const to: [number, number] = [1 + random.below(200), 1 + random.below(200)];
				const whole = renderParts(picture, orientation, to, hasAlpha, to);
				for (const part of [
					[64, 64],
					[37, 50],
					[1 + random.below(30), 1 + random.below(30)],
				] as [number, number][]) {
					expect(renderParts(picture, orientation, to, hasAlpha, part), `${to} in ${part}`).toEqual(whole);
				}
			}
		}
	});

	it("gives rows that come one by one what it gives the whole picture", () => {
		const random = seededRandom(44);
		for (const { channels, hasAlpha } of [kinds[0], kinds[1], kinds[3]] as typeof kinds) {
			for (let round = 0; round < 6; round++) {
				const picture = paintNoise(1 + random.below(150), 1 + random.below(150), channels, random);
				const to: [number, number] = [1 + random.below(90), 1 + random.below(90)];
				if (to[0] === picture.width && to[1] === picture.height) continue; // then nothing is resampled
				const packed = new Uint8Array(to[0] * to[1] * channels);
				const [width, height] = to;
				const takeRow = createRowStreamResampler(codecModules.resampler, picture, { width, height }, channels, packed);
				for (let y = 0; y < picture.height; y++) {
					takeRow(picture.pixels.subarray(y * picture.width * channels, (y + 1) * picture.width * channels));
				}
				const rgba = renderParts(picture, 1, to, hasAlpha, to);
				const wanted = packed.map((_, i) => rgba[Math.floor(i / channels) * 4 + (i % channels)] as number);
				expect(packed, `${picture.width}x${picture.height}x${channels} to ${to}`).toEqual(wanted);
			}
		}
	});

	it("rounds ties to even and limits to a byte, as a Uint8ClampedArray does", () => {
		// two pixels whose mean is asked for: 0.5, 1.5, 2.5 and so on
		for (let value = 0; value < 255; value++) {
			const pixels = new Uint8Array([value, value + 1]);
			const target = new Uint8Array(4);
			const picture: DecodedPicture = { pixels, width: 2, height: 1, channels: 1, release() {} };
			const region = { left: 0, top: 0, width: 1, height: 1 };
			prepare(picture, 1, [1, 1], false).render(region, { pixels: target, origin: 0, rowBytes: 4 });
			expect(target[0]).toBe(new Uint8ClampedArray([value + 0.5])[0]);
		}
	});

	it("refuses a region that is wider than it was given room for", () => {
		const picture = paintNoise(50, 50, 3, seededRandom(45));
		const { render } = prepare(picture, 1, [40, 40], false, 20);
		const target = { pixels: new Uint8Array(40 * 4), origin: 0, rowBytes: 160 };
		expect(() => render({ left: 0, top: 0, width: 21, height: 1 }, target)).toThrow(RangeError);
	});
});
