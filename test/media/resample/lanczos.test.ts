import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { computeLanczosAxis } from "../../../src/media/resample/lanczos-axis.ts";
import { startResampleKernel } from "../../../src/media/resample/resample-kernel.ts";
import { resampleRegion } from "../../../src/media/resample/resample-region.ts";
import { viewUpright } from "../../../src/media/resample/upright-view.ts";
import { codecModules } from "../../support/node/codec-modules.ts";
import { largestDifference, measurePsnr } from "../../support/node/compare-pixels.ts";
import { readFixture } from "../../support/node/fixtures.ts";
import { decodeWithSharp, type RawPicture } from "../../support/node/pictures.ts";
import { seededRandom } from "../../support/node/seeded-random.ts";

function resample(picture: RawPicture, width: number, height: number, hasAlpha = false, parts = 1): Uint8Array {
	const view = viewUpright({ ...picture, channels: picture.channels as 1 | 3 | 4 }, 1);
	const across = computeLanczosAxis(picture.width, width);
	const down = computeLanczosAxis(picture.height, height);
	const samples = hasAlpha ? "rgba" : "rgbx";
	const written = hasAlpha ? "rgba" : "opaque rgba";
	const kernel = startResampleKernel(codecModules.resampler, view, width, { across, down }, { samples, written });
	const whole = new Uint8Array(width * height * 4);
	for (let py = 0; py < parts; py++) {
		for (let px = 0; px < parts; px++) {
			const left = Math.floor((px * width) / parts);
			const top = Math.floor((py * height) / parts);
			const region = {
				left,
				top,
				width: Math.floor(((px + 1) * width) / parts) - left,
				height: Math.floor(((py + 1) * height) / parts) - top,
			};
			resampleRegion(view, down, kernel, region, {
				pixels: whole,
				origin: (top * width + left) * 4,
				rowBytes: width * 4,
			});
		}
	}
	return whole;
}

const fill = (width: number, height: number, rgba: number[]): RawPicture => ({
	pixels: new Uint8Array(width * height * 4).map((_, i) => rgba[i % 4] as number),
	width,
	height,
	channels: 4,
});

describe("resampling", () => {
	it("agrees with sharp's lanczos3 on photographs, to within rounding inside and its other edges", async () => {
		for (const [name, width, height] of [
			["astronaut.png", 300, 300],
			["coffee.png", 431, 287],
			["rocket.jpg", 160, 107],
			["hubble_deep_field.jpg", 777, 678],
		] as const) {
			const source = await decodeWithSharp(readFixture(name));
			const reference = await sharp(source.pixels, { raw: { width: source.width, height: source.height, channels: 4 } })
				.removeAlpha()
				.resize(width, height, { fit: "fill", kernel: "lanczos3", fastShrinkOnLoad: false })
				.ensureAlpha()
				.raw()
				.toBuffer();
			const psnr = measurePsnr(resample(source, width, height), new Uint8Array(reference));
			expect(psnr.rgb, name).toBeGreaterThan(45);
		}
	});

	it("leaves a picture of one colour that colour, up to its edges", () => {
		const colour = [200, 3, 255, 255];
		for (const [width, height] of [
			[50, 37],
			[99, 61],
			[7, 1],
			[1, 1],
		] as const) {
			const result = resample(fill(100, 62, colour), width, height);
			expect(largestDifference(result, fill(width, height, colour).pixels)).toBe(0);
		}
	});

	it("shifts nothing: a mirrored picture gives the mirrored result", () => {
		const random = seededRandom(5);
		const [width, height, toWidth, toHeight] = [97, 64, 41, 23];
		const picture = fill(width, height, [0, 0, 0, 255]);
		for (let i = 0; i < picture.pixels.length; i++) if (i % 4 !== 3) picture.pixels[i] = random.byte();
		const turned = viewUpright({ ...picture, channels: 4 }, 3);
		const turnedPixels = new Uint8Array(picture.pixels.length);
		for (let i = 0; i < width * height; i++) {
			const at = turned.origin + (i % width) * turned.strideX + Math.floor(i / width) * turned.strideY;
			turnedPixels.set(picture.pixels.subarray(at, at + 4), i * 4);
		}
		const straight = resample(picture, toWidth, toHeight);
		const mirrored = resample({ ...picture, pixels: turnedPixels }, toWidth, toHeight);
		const count = toWidth * toHeight;
		const back = new Uint8Array(mirrored.length);
		for (let i = 0; i < count; i++) back.set(mirrored.subarray(i * 4, i * 4 + 4), (count - 1 - i) * 4);
		expect(largestDifference(straight, back)).toBeLessThanOrEqual(1);
	});

	it("computes regions that join without a seam: parts equal the whole, bit for bit", async () => {
		const source = await decodeWithSharp(readFixture("chelsea.png"));
		for (const [width, height] of [
			[300, 200],
			[131, 87],
		] as const) {
			expect(largestDifference(resample(source, width, height), resample(source, width, height, false, 3))).toBe(0);
		}
	});

	it("weighs colours by their alpha, so that hidden colours make no fringes", () => {
		const picture = fill(64, 64, [255, 255, 255, 255]);
		for (let y = 0; y < 64; y++) {
			for (let x = 32; x < 64; x++) picture.pixels.set([0, 0, 0, 0], (y * 64 + x) * 4); // black that nobody sees
		}
		const result = resample(picture, 27, 27, true);
		for (let at = 0; at < result.length; at += 4) {
			if ((result[at + 3] as number) > 1) expect([...result.subarray(at, at + 3)]).toEqual([255, 255, 255]);
		}
		expect(result.some((value, i) => i % 4 === 3 && value > 20 && value < 235)).toBe(true);
	});

	it("has weights that add up to one and stay inside the source", () => {
		for (const [from, to] of [
			[1, 1],
			[2, 1],
			[5, 4],
			[1000, 3],
			[6000, 3840],
		] as const) {
			const axis = computeLanczosAxis(from, to);
			for (let i = 0; i < to; i++) {
				const first = axis.first[i] as number;
				expect(first).toBeGreaterThanOrEqual(0);
				expect(first + axis.taps).toBeLessThanOrEqual(from);
				const sum = axis.weights.subarray(i * axis.taps, (i + 1) * axis.taps).reduce((a, b) => a + b, 0);
				expect(sum).toBeCloseTo(1, 5);
			}
		}
	});
});
