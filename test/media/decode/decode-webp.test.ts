import sharp, { type WebpOptions } from "sharp";
import { describe, expect, it } from "vitest";
import { largestDifference, measurePsnr } from "../../support/node/compare-pixels.ts";
import { expectAppError } from "../../support/node/expect-app-error.ts";
import { decodeWithSharp, paintPicture, toBytes, toSharp } from "../../support/node/pictures.ts";
import { render } from "../../support/node/render.ts";

const paint = (channels: 3 | 4, noise = 24) => toSharp(paintPicture(101, 67, channels, noise));

async function animate(channels: 3 | 4, options: WebpOptions): Promise<Uint8Array> {
	const frames = [await paint(channels).png().toBuffer(), await paint(channels, 120).png().toBuffer()];
	return toBytes(sharp(frames, { join: { animated: true } }).webp(options));
}

describe("decoding WebP", () => {
	it("gives sharp's pixels for lossy and lossless files, with and without alpha", async () => {
		for (const channels of [3, 4] as const) {
			for (const lossless of [true, false]) {
				const file = await toBytes(paint(channels).webp({ lossless, exact: true }));
				const { rgba } = await render(file);
				const reference = (await decodeWithSharp(file)).pixels;
				if (lossless) expect(largestDifference(rgba, reference)).toBe(0);
				else expect(measurePsnr(rgba, reference).rgb).toBeGreaterThan(45);
			}
		}
	});

	it("does not look at what follows the file's own end", async () => {
		for (const options of [{}, { lossless: true }]) {
			const file = await toBytes(paint(3).webp(options));
			const followed = new Uint8Array(Buffer.concat([file, Buffer.from("EXIF"), Buffer.alloc(777, 7)]));
			expect(largestDifference((await render(followed)).rgba, (await render(file)).rgba)).toBe(0);
		}
	});

	it("takes the first picture of an animation", async () => {
		for (const channels of [3, 4] as const) {
			for (const lossless of [true, false]) {
				const file = await animate(channels, { lossless });
				const { rgba, plan } = await render(file);
				expect(plan.facts.isAnimated).toBe(true);
				const reference = (await decodeWithSharp(file)).pixels; // sharp reads the first page
				expect(measurePsnr(rgba, reference).rgb).toBeGreaterThan(40);
			}
		}
	});

	it("places the first picture of an animation where it belongs, when it covers a part only", async () => {
		const file = await animate(4, { lossless: true });
		const frame = Buffer.from(file).indexOf("ANMF");
		const view = new DataView(file.buffer);
		view.setUint16(24, 119, true); // VP8X: a canvas of 120 x 80
		view.setUint16(27, 79, true);
		file[frame + 8] = 4; // ANMF: 8 pixels from the left
		file[frame + 11] = 3; // and 6 from the top
		const { rgba, plan, decodePeakBytes } = await render(file);
		expect(plan.facts).toMatchObject({
			width: 120,
			height: 80,
			hasAlpha: true,
			frames: 2,
			firstFrame: { left: 8, top: 6, width: 101, height: 67 },
		});
		expect(plan.predictedBytes.decode).toBeGreaterThanOrEqual(decodePeakBytes);
		const whole = (await decodeWithSharp(await animate(4, { lossless: true }))).pixels;
		for (let y = 0; y < 80; y++) {
			const row = rgba.subarray(y * 480, (y + 1) * 480);
			const expected = new Uint8Array(480);
			if (y >= 6 && y < 73) expected.set(whole.subarray((y - 6) * 404, (y - 5) * 404), 32);
			expect(largestDifference(row, expected)).toBeLessThan(2);
		}
		file[frame + 8] = 40; // beyond the right edge
		await expectAppError("malformed_image", () => render(file));
	});

	it("refuses broken data and animations without a picture", async () => {
		const file = await toBytes(paint(3).webp());
		file.fill(0xaa, 40, 400);
		await expectAppError("undecodable_image", async () => {
			await render(file.slice(0, 420));
		});
		const animation = await animate(3, {});
		const frame = Buffer.from(animation).indexOf("ANMF");
		animation.set(Buffer.from("JUNK"), frame);
		const second = Buffer.from(animation).indexOf("ANMF");
		if (second > 0) animation.set(Buffer.from("JUNK"), second);
		await expectAppError("undecodable_image", () => render(animation));
	});
});
