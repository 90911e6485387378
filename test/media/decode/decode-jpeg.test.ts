import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { inspectImage } from "../../../src/media/inspect/inspect-image.ts";
import { createStructureScanner } from "../../../src/media/inspect/structure-scanner.ts";
import { largestDifference, measurePsnr } from "../../support/node/compare-pixels.ts";
import { expectAppError } from "../../support/node/expect-app-error.ts";
import { readFixture } from "../../support/node/fixtures.ts";
import { decodeWithSharp, paintPicture, toBytes, toSharp } from "../../support/node/pictures.ts";
import { render } from "../../support/node/render.ts";

const paint = (channels: 1 | 3 = 3) => toSharp(paintPicture(203, 151, channels, 8));

describe("decoding JPEG", () => {
	it("gives sharp's pixels for baseline, progressive, grey and every sampling", async () => {
		for (const options of [{ chromaSubsampling: "4:4:4" }, { chromaSubsampling: "4:2:0" }, { progressive: true }]) {
			const file = await toBytes(paint().jpeg(options));
			expect(measurePsnr((await render(file)).rgba, (await decodeWithSharp(file)).pixels).rgb).toBeGreaterThan(50);
		}
		const grey = await toBytes(paint(1).jpeg());
		expect(largestDifference((await render(grey)).rgba, (await decodeWithSharp(grey)).pixels)).toBeLessThanOrEqual(1);
	});

	it("decodes at the eighths that the output needs, and never below it", async () => {
		const file = await toBytes(paint().jpeg());
		for (let width = 1; width <= 203; width += 13) {
			const { plan, rgba } = await render(file, { maxWidth: width, maxHeight: 151 });
			expect(plan.decodedWidth).toBeGreaterThanOrEqual(plan.outputWidth);
			expect(plan.decodedHeight).toBeGreaterThanOrEqual(plan.outputHeight);
			expect(rgba.length).toBe(plan.outputWidth * plan.outputHeight * 4);
			if (width < 25) expect(plan.decodeScale).toBe(1);
		}
	});

	it("keeps the colours of a strip, which its last block shares with what fills it up", async () => {
		// the lower rows of the block are white, and libjpeg averages whole blocks
		const strip = toSharp(paintPicture(3000, 3, 3, 0)).removeAlpha();
		const file = await toBytes(
			sharp(await strip.extend({ bottom: 5, background: "white" }).raw().toBuffer(), {
				raw: { width: 3000, height: 8, channels: 3 },
			}).jpeg({ quality: 100, chromaSubsampling: "4:4:4" }),
		);
		const frame = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xc0);
		new DataView(file.buffer).setUint16(frame + 5, 3); // only three rows of the block are the picture
		const { rgba, plan } = await render(file, { maxWidth: 400 });
		expect([plan.outputWidth, plan.outputHeight]).toEqual([400, 1]);
		const mean = (pixels: Uint8Array, channels: number) =>
			pixels.reduce((sum, value, i) => sum + (i % channels === 0 ? value : 0), 0) / (pixels.length / channels);
		expect(mean(rgba, 4)).toBeCloseTo(mean(paintPicture(3000, 3, 3, 0).pixels, 3), -0.5);
	});

	it("turns the CMYK of printers into its colours", async () => {
		const paper = paintPicture(64, 64, 3, 0);
		const file = await toBytes(toSharp(paper).toColourspace("cmyk").jpeg({ quality: 100 }));
		expect(inspectImage(file)).toMatchObject({ components: 4, hasAlpha: false });
		const reference = new Uint8Array(await toSharp(paper).ensureAlpha().raw().toBuffer());
		// converted without the ink profile: near, not equal
		expect(measurePsnr((await render(file)).rgba, reference).rgb).toBeGreaterThan(12);
	});

	it("refuses a file whose data is broken instead of giving a part of the picture", async () => {
		const file = readFixture("corrupt-data.jpg");
		const scanner = createStructureScanner("jpeg");
		scanner.push(file);
		scanner.end(); // nothing is wrong with its structure
		await expectAppError("undecodable_image", () => render(file));
		await expectAppError("undecodable_image", () => render(readFixture("truncated.jpg")));
	});

	it("accepts the zeros that some cameras put before the end", async () => {
		const file = await toBytes(paint().jpeg());
		const padded = new Uint8Array(Buffer.concat([file.subarray(0, -2), new Uint8Array(6), file.subarray(-2)]));
		expect(largestDifference((await render(padded)).rgba, (await render(file)).rgba)).toBe(0);
		const rubbish = new Uint8Array(
			Buffer.concat([file.subarray(0, -2), new Uint8Array(40).fill(7), file.subarray(-2)]),
		);
		await expectAppError("undecodable_image", () => render(rubbish));
	});
});
