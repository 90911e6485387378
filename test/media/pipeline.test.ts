import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { defaultRenditionSettings, makeRendition } from "../../src/media/pipeline.ts";
import { chromaSubsamplings } from "../../src/media/settings.ts";
import { codecModules } from "../support/node/codec-modules.ts";
import { largestDifference, measurePsnr } from "../support/node/compare-pixels.ts";
import { decodeAvif } from "../support/node/decode-avif.ts";
import { encodeLayout } from "../support/node/encode-layout.ts";
import { expectAppError } from "../support/node/expect-app-error.ts";
import { photographs, readFixture } from "../support/node/fixtures.ts";
import { decodeWithSharp, paintPicture, toBytes, toSharp } from "../support/node/pictures.ts";

const make = (file: Uint8Array, settings = {}) =>
	makeRendition(file, { ...defaultRenditionSettings, ...settings }, codecModules);
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

/** Pixels, bytes and decibels at quality 90, as they were when this was written: bytes and decibels may only improve. */
const golden: Record<string, { size: [number, number]; maxBytes: number; minRgb: number }> = {
	"astronaut.png": { size: [512, 512], maxBytes: 77_000, minRgb: 38.8 },
	"chelsea.png": { size: [451, 300], maxBytes: 38_200, minRgb: 42.5 },
	"coffee.png": { size: [600, 400], maxBytes: 87_200, minRgb: 38.3 },
	// 4:2:0 of a source stored as 4:4:4: even quality 100 reaches only 37.4 and 35.1 dB in RGB
	"hubble_deep_field.jpg": { size: [1000, 872], maxBytes: 357_000, minRgb: 36.3 },
	// 560 bytes of it are its profile, Adobe RGB
	"rocket.jpg": { size: [640, 427], maxBytes: 52_200, minRgb: 34.7 },
};

describe("a rendition of each photograph", () => {
	it("lies above 38 dB at quality 90 (YCbCr 6:1:1), its luma above 46 dB", async () => {
		for (const name of photographs) {
			const file = readFixture(name);
			const { size, maxBytes, minRgb } = golden[name] as (typeof golden)[string];
			const rendition = await make(file);
			const decoded = await decodeAvif(rendition.bytes);
			expect([rendition.width, rendition.height, decoded.width, decoded.height]).toEqual([...size, ...size]);
			const psnr = measurePsnr(decoded.pixels, (await decodeWithSharp(file)).pixels);
			expect(psnr.ycbcr, name).toBeGreaterThan(42.5);
			expect(psnr.luma, name).toBeGreaterThan(46);
			expect(psnr.rgb, name).toBeGreaterThan(minRgb);
			expect(rendition.bytes.length, name).toBeLessThan(maxBytes);
		}
	});

	it("is read by libavif with the same pixels, as an opaque 8-bit picture", async () => {
		const { bytes } = await make(readFixture("coffee.png"));
		const { format, width, height, hasAlpha, compression } = await sharp(bytes).metadata();
		expect({ format, width, height, hasAlpha, compression }).toEqual({
			format: "heif",
			width: 600,
			height: 400,
			hasAlpha: false,
			compression: "av1",
		});
		const [ours, theirs] = [await decodeAvif(bytes), await decodeWithSharp(bytes)];
		expect(measurePsnr(ours.pixels, theirs.pixels).luma).toBeGreaterThan(50);
	});

	it("keeps fine colours in 4:4:4 that 4:2:0 smears, for the decoders of both libraries", async () => {
		// red and blue of the same lightness, pixel by pixel
		const [width, height] = [300, 200];
		const pixels = new Uint8Array(width * height * 3);
		for (let i = 0; i < width * height; i++) {
			const isRed = ((i % width) + Math.floor(i / width)) % 2 === 0;
			pixels.set(isRed ? [200, 90, 90] : [90, 120, 200], i * 3);
		}
		const file = await toBytes(toSharp({ pixels, width, height, channels: 3 }).png());
		const wanted = (await decodeWithSharp(file)).pixels;
		const decibels: number[] = [];
		for (const chromaSubsampling of chromaSubsamplings) {
			const { bytes } = await make(file, { chromaSubsampling });
			for (const decode of [decodeAvif, decodeWithSharp]) {
				decibels.push(measurePsnr((await decode(bytes)).pixels, wanted).rgb);
			}
		}
		const [smeared, smearedToo, kept, keptToo] = decibels as [number, number, number, number];
		expect(Math.max(smeared, smearedToo)).toBeLessThan(20);
		expect(Math.min(kept, keptToo)).toBeGreaterThan(40);
	});

	it("gives 4:4:4 of quality 100 back to the last bit, in one tile and in many", async () => {
		const picture = paintPicture(700, 300, 3, 90);
		const file = await toBytes(toSharp(picture).png());
		const wanted = (await decodeWithSharp(file)).pixels;
		const { bytes, tiles } = await make(file, { quality: 100, chromaSubsampling: "4:4:4" });
		expect(tiles.columns * tiles.rows).toBe(1);
		const layout = { width: 700, height: 300, columnWidths: [384, 316], rowHeights: [192, 108] };
		const { avif } = await encodeLayout(wanted, layout, { quality: 100, chromaSubsampling: "4:4:4" });
		for (const made of [bytes, avif]) {
			for (const decode of [decodeAvif, decodeWithSharp]) {
				expect(largestDifference((await decode(made)).pixels, wanted)).toBe(0);
			}
		}
	});

	it("is the same, byte for byte, each time", async () => {
		const file = readFixture("rocket.jpg");
		const settings = { maxWidth: 400 };
		expect((await make(file, settings)).bytes).toEqual((await make(file, settings)).bytes);
	});
});

describe("a rendition", () => {
	it("carries no EXIF, no place and no camera", async () => {
		const file = readFixture("gps.jpg");
		expect(latin1(file)).toContain("SECRET-CAMERA");
		const { bytes } = await make(file);
		expect(latin1(bytes)).not.toMatch(/Exif|SECRET|GPS|mime/);
		expect((await sharp(bytes).metadata()).exif).toBeUndefined();
	});

	it("keeps alpha where there is any, and spends nothing on it where every pixel is opaque", async () => {
		const picture = paintPicture(120, 80, 4, 0);
		const withAlpha = await make(await toBytes(toSharp(picture).png()));
		const decoded = await decodeAvif(withAlpha.bytes);
		for (let at = 3; at < decoded.pixels.length; at += 4) {
			expect(Math.abs((decoded.pixels[at] as number) - (picture.pixels[at] as number))).toBeLessThan(8);
		}
		for (let at = 3; at < picture.pixels.length; at += 4) picture.pixels[at] = 255;
		const opaque = await make(await toBytes(toSharp(picture).png()));
		expect(latin1(withAlpha.bytes)).toContain("auxC");
		expect(latin1(opaque.bytes)).not.toContain("auxC");
	});

	it("tells its source, its tiles, each step's time and its memory, and pauses between steps", async () => {
		let clock = 0;
		let pauses = 0;
		const tilesDone: number[][] = [];
		const rendition = await makeRendition(readFixture("rocket.jpg"), defaultRenditionSettings, codecModules, {
			now: () => clock,
			pause: async () => {
				pauses++;
				clock += 5; // as in production: time passes only over I/O
			},
			onTile: (...progress) => tilesDone.push(progress),
		});
		expect(rendition.steps.map(({ name }) => name)).toEqual(["inspect", "plan", "decode", "resample", "encode"]);
		expect(rendition.steps.reduce((sum, { ms }) => sum + ms, 0)).toBe(5 * pauses);
		expect(pauses).toBeGreaterThan(5);
		expect(rendition.tiles).toEqual({ columns: 1, rows: 1, reencoded: 0 });
		expect(tilesDone).toEqual([[1, 1]]);
		expect(rendition.source).toMatchObject({ format: "jpeg", width: 640, height: 427 });
		expect(rendition.peakMemoryBytes).toBeGreaterThan(16e6);
	});

	it("leaves its input as it was", async () => {
		const file = readFixture("chelsea.png");
		await make(file, { maxWidth: 100 });
		expect(file).toEqual(readFixture("chelsea.png"));
	});

	it("is made of a picture of one pixel and of pictures with one long side", async () => {
		for (const [width, height] of [
			[1, 1],
			[1, 300],
			[9000, 1],
			[3, 7000],
		] as const) {
			for (const format of ["png", "jpeg", "webp"] as const) {
				const rendition = await make(await toBytes(toSharp(paintPicture(width, height, 3, 0)).toFormat(format)));
				const decoded = await decodeAvif(rendition.bytes);
				expect([decoded.width, decoded.height]).toEqual([rendition.width, rendition.height]);
			}
		}
	});

	it("is refused with its own code for what is no picture, cut off, or broken inside", async () => {
		await expectAppError("unsupported_image_type", () => make(readFixture("not-a-picture.jpg")));
		await expectAppError("unsupported_image_type", () => make(new Uint8Array()));
		await expectAppError("truncated_image", () => make(readFixture("rocket.jpg").subarray(0, 200)));
		await expectAppError("undecodable_image", () => make(readFixture("truncated.jpg")));
		await expectAppError("undecodable_image", () => make(readFixture("truncated.png")));
		await expectAppError("undecodable_image", () => make(readFixture("corrupt-data.jpg")));
	});
});
