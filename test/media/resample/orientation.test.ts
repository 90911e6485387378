import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { defaultRenditionSettings, makeRendition } from "../../../src/media/pipeline.ts";
import { codecModules } from "../../support/node/codec-modules.ts";
import { measurePsnr } from "../../support/node/compare-pixels.ts";
import { decodeAvif } from "../../support/node/decode-avif.ts";
import { readFixture } from "../../support/node/fixtures.ts";
import { decodeWithSharp, paintPicture, toBytes, toSharp } from "../../support/node/pictures.ts";
import { render } from "../../support/node/render.ts";

const fixture = (orientation: number) => readFixture(`orientation-${orientation}.jpg`);
const orientations = [1, 2, 3, 4, 5, 6, 7, 8];

describe("a picture of each EXIF orientation", () => {
	it("is stored upright, as the original that was never turned", async () => {
		const upright = await decodeWithSharp(fixture(1));
		for (const orientation of orientations) {
			const { bytes, width, height } = await makeRendition(
				fixture(orientation),
				defaultRenditionSettings,
				codecModules,
			);
			const decoded = await decodeAvif(bytes);
			expect([width, height, decoded.width, decoded.height]).toEqual([96, 64, 96, 64]);
			// a hard-edged yellow F under 4:2:0: another orientation would be at 10 dB
			expect(measurePsnr(decoded.pixels, upright.pixels).rgb, `orientation ${orientation}`).toBeGreaterThan(30);
		}
	});

	it("has exactly the pixels of sharp's autoOrient() where nothing is scaled", async () => {
		for (const orientation of orientations) {
			const turned = await toBytes(sharp(fixture(orientation)).autoOrient().png());
			const { rgba } = await render(fixture(orientation));
			expect(measurePsnr(rgba, (await decodeWithSharp(turned)).pixels).rgb).toBe(Number.POSITIVE_INFINITY);
		}
	});

	it("is scaled after it was turned, also where a JPEG is decoded smaller by eighths", async () => {
		for (const orientation of orientations) {
			const stored = toSharp(paintPicture(401, 203, 3, 0)).withMetadata({ orientation });
			for (const file of [await toBytes(stored.clone().png()), await toBytes(stored.clone().jpeg({ quality: 100 }))]) {
				const turned = sharp(await sharp(file).autoOrient().png().toBuffer());
				const { rgba, plan } = await render(file, { maxWidth: 120, maxHeight: 120 });
				const reference = await turned
					.resize(plan.outputWidth, plan.outputHeight, { fit: "fill", kernel: "lanczos3" })
					.ensureAlpha()
					.raw()
					.toBuffer();
				expect([plan.outputWidth, plan.outputHeight]).toEqual(orientation < 5 ? [120, 61] : [61, 120]);
				expect(measurePsnr(rgba, new Uint8Array(reference)).rgb).toBeGreaterThan(46);
			}
		}
	});

	it("is honoured in PNG and WebP as well", async () => {
		for (const format of ["png", "webp"] as const) {
			const file = await toBytes(toSharp(paintPicture(60, 30)).withMetadata({ orientation: 6 }).toFormat(format));
			const { plan } = await render(file);
			expect([plan.outputWidth, plan.outputHeight]).toEqual([30, 60]);
		}
	});
});
