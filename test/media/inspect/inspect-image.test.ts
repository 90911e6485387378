import sharp, { type AvifOptions, type JpegOptions } from "sharp";
import { describe, expect, it } from "vitest";
import { box, concat, fullBox, u32 } from "../../../src/media/avif/boxes.ts";
import { readExifOrientation } from "../../../src/media/inspect/exif-orientation.ts";
import { inspectImage } from "../../../src/media/inspect/inspect-image.ts";
import { expectAppError } from "../../support/node/expect-app-error.ts";
import { photographs, readFixture } from "../../support/node/fixtures.ts";
import { pngChunk } from "../../support/node/paint-png.ts";
import { paintPicture, toBytes, toSharp } from "../../support/node/pictures.ts";
import { seededRandom } from "../../support/node/seeded-random.ts";

const paint = (channels: 1 | 2 | 3 | 4 = 3) => toSharp(paintPicture(90, 70, channels));

describe("inspecting a picture", () => {
	it("tells the same as sharp of every photograph, from its first 64 KiB", async () => {
		for (const name of photographs) {
			const file = readFixture(name);
			const facts = inspectImage(file.subarray(0, 65_536));
			const { width, height, hasAlpha, isProgressive, channels, hasProfile } = await sharp(file).metadata();
			expect(facts).toMatchObject({ width, height, hasAlpha, isProgressive, components: channels, orientation: 1 });
			if (facts.format === "jpeg") expect(facts.hasIccProfile).toBe(hasProfile);
		}
	});

	it("tells a JPEG's coding, sampling and the weight of its coefficients", async () => {
		const facts = async (options: JpegOptions) => inspectImage(await toBytes(paint().jpeg(options)));
		expect(await facts({ chromaSubsampling: "4:2:0" })).toMatchObject({
			chromaSubsampling: "4:2:0",
			isProgressive: false,
			jpeg: { coefficientBytes: 0 },
		});
		// 90x70 in MCUs of 16x16 is 6 x 5, each of 6 blocks of 128 bytes
		expect(await facts({ chromaSubsampling: "4:2:0", progressive: true })).toMatchObject({
			isProgressive: true,
			jpeg: { coefficientBytes: 6 * 5 * 6 * 128 },
		});
		expect(await facts({ chromaSubsampling: "4:4:4" })).toMatchObject({ chromaSubsampling: "4:4:4" });
		expect(inspectImage(await toBytes(paint(1).jpeg()))).toMatchObject({ components: 1, hasAlpha: false });
	});

	it("tells a PNG's depth, alpha and interlacing, and a palette's transparency", async () => {
		expect(inspectImage(await toBytes(paint(4).png()))).toMatchObject({ components: 4, hasAlpha: true, bitDepth: 8 });
		expect(inspectImage(await toBytes(paint(2).png()))).toMatchObject({ components: 2, hasAlpha: true });
		expect(inspectImage(await toBytes(paint().png({ progressive: true })))).toMatchObject({ isProgressive: true });
		expect(inspectImage(await toBytes(paint().toColourspace("rgb16").png()))).toMatchObject({ bitDepth: 16 });
		expect(inspectImage(await toBytes(paint().png({ palette: true })))).toMatchObject({
			components: 3,
			hasAlpha: false,
		});
		expect(inspectImage(await toBytes(paint(4).png({ palette: true })))).toMatchObject({
			components: 4,
			hasAlpha: true,
		});
	});

	it("tells a WebP's coding, alpha and animation", async () => {
		expect(inspectImage(await toBytes(paint().webp()))).toMatchObject({ width: 90, height: 70, isLossless: false });
		expect(inspectImage(await toBytes(paint(4).webp()))).toMatchObject({ width: 90, height: 70, hasAlpha: true });
		const lossless = inspectImage(await toBytes(paint(4).webp({ lossless: true })));
		expect(lossless).toMatchObject({ width: 90, height: 70, hasAlpha: true, isLossless: true });
		const frames = [
			await paint().png().toBuffer(),
			await toSharp(paintPicture(90, 70, 3, 90))
				.png()
				.toBuffer(),
		];
		const animated = await sharp(frames, { join: { animated: true } })
			.webp()
			.toBuffer();
		expect(inspectImage(new Uint8Array(animated))).toMatchObject({ width: 90, height: 70, isAnimated: true });
	});

	it("counts the pictures of an animation, and refuses a film of any format", async () => {
		const png = await toBytes(paint().png());
		const animate = (frames: number) => {
			const control = new Uint8Array(8);
			new DataView(control.buffer).setUint32(0, frames);
			return new Uint8Array(Buffer.concat([png.subarray(0, 33), pngChunk("acTL", control), png.subarray(33)]));
		};
		expect(inspectImage(png)).toMatchObject({ isAnimated: false, frames: 1 });
		expect(inspectImage(animate(7))).toMatchObject({ isAnimated: true, frames: 7 });
		await expectAppError("unsupported_image_type", () => inspectImage(animate(10_000)));
		const frames = [await paint().png().toBuffer(), await paint(4).png().toBuffer()];
		const webp = await toBytes(sharp(frames, { join: { animated: true } }).webp());
		expect(inspectImage(webp).frames).toBe(2);
		const second = Buffer.from(webp).lastIndexOf("ANMF");
		const film = Buffer.concat([webp, ...Array<Uint8Array>(1000).fill(webp.subarray(second))]);
		film.writeUInt32LE(film.length - 8, 4);
		await expectAppError("unsupported_image_type", () => inspectImage(new Uint8Array(film)));
	});

	it("counts the samples of an AVIF sequence", async () => {
		const avif = await toBytes(paint().avif());
		const sequence = (samples: number) => {
			const stsz = fullBox("stsz", 0, 0, u32(0, samples));
			const track = box("trak", box("tkhd", u32(0)), box("mdia", box("minf", box("stbl", stsz))));
			return concat([avif, box("moov", box("mvhd", u32(0)), track)]);
		};
		expect(inspectImage(avif)).toMatchObject({ isAnimated: false, frames: 1 });
		expect(inspectImage(sequence(7))).toMatchObject({ isAnimated: true, frames: 7 });
		await expectAppError("unsupported_image_type", () => inspectImage(sequence(10_000)));
	});

	it("tells an AVIF's sampling, depth and alpha", async () => {
		const facts = async (options: AvifOptions, channels: 1 | 3 | 4 = 3) =>
			inspectImage(await toBytes(paint(channels).avif({ effort: 0, ...options })));
		expect(await facts({ chromaSubsampling: "4:2:0" })).toMatchObject({ chromaSubsampling: "4:2:0", components: 3 });
		expect(await facts({ bitdepth: 10 })).toMatchObject({ chromaSubsampling: "4:4:4", bitDepth: 10, hasAlpha: false });
		expect(await facts({ bitdepth: 12 }, 4)).toMatchObject({ bitDepth: 12, hasAlpha: true, components: 4 });
	});

	it("finds the orientation in all three formats", async () => {
		for (let orientation = 1; orientation <= 8; orientation++) {
			expect(inspectImage(readFixture(`orientation-${orientation}.jpg`)).orientation).toBe(orientation);
			for (const format of ["png", "webp"] as const) {
				const file = await toBytes(paint().withMetadata({ orientation }).toFormat(format));
				expect(inspectImage(file).orientation).toBe(orientation);
			}
		}
	});

	it("refuses files that are no picture, whatever they are called", async () => {
		await expectAppError("unsupported_image_type", () => inspectImage(readFixture("not-a-picture.jpg")));
		await expectAppError("unsupported_image_type", () => inspectImage(new Uint8Array()));
	});

	it("refuses a picture without pixels", async () => {
		const png = readFixture("chelsea.png").slice(0, 4096);
		png.fill(0, 16, 20);
		await expectAppError("malformed_image", () => inspectImage(png));
		const jpeg = await toBytes(paint().jpeg());
		const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
		jpeg.fill(0, frame + 5, frame + 7);
		await expectAppError("malformed_image", () => inspectImage(jpeg));
	});

	it("refuses a file that states two sizes: the plan would be made for the smaller", async () => {
		const webp = await toBytes(paint(4).webp());
		expect(Buffer.from(webp.subarray(12, 16)).toString()).toBe("VP8X");
		webp[24] = 3; // the canvas becomes 4 pixels wide, the picture inside stays
		await expectAppError("malformed_image", () => inspectImage(webp));
		const png = await toBytes(paint().png());
		const header = png.subarray(8, 33);
		const twice = new Uint8Array(Buffer.concat([png.subarray(0, 33), header, png.subarray(33)]));
		await expectAppError("malformed_image", () => inspectImage(twice));
	});

	it("calls a header that is cut off truncated", async () => {
		await expectAppError("truncated_image", () => inspectImage(readFixture("rocket.jpg").subarray(0, 300)));
		await expectAppError("truncated_image", () => inspectImage(readFixture("chelsea.png").subarray(0, 20)));
		const webp = await toBytes(paint().webp());
		await expectAppError("truncated_image", () => inspectImage(webp.subarray(0, 22)));
	});

	it("ends every mutated header in facts or a typed error", async () => {
		const random = seededRandom(99);
		const files = [readFixture("gps.jpg"), await toBytes(paint(4).png()), await toBytes(paint(4).webp())];
		files.push(await toBytes(paint(4).gif()), await toBytes(paint(4).avif()));
		for (const file of files) {
			for (let i = 0; i < 400; i++) {
				const mutated = file.slice(0, 1 + random.below(file.length));
				for (let k = 0; k < 3; k++) mutated[12 + random.below(Math.min(600, file.length))] = random.byte();
				try {
					expect(inspectImage(mutated).width).toBeGreaterThan(0);
				} catch (error) {
					expect(error).toMatchObject({ name: "AppError" });
				}
			}
		}
	});
});

describe("hostile EXIF", () => {
	const block = (...bytes: number[]) => Uint8Array.of(...bytes);
	const ORIENTATION_6 = [0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0];

	it("is read in both byte orders, with and without JPEG's prefix", () => {
		const little = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, ...ORIENTATION_6];
		expect(readExifOrientation(block(...little))).toBe(6);
		expect(readExifOrientation(block(0x45, 0x78, 0x69, 0x66, 0, 0, ...little))).toBe(6);
		const big = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 8, 0, 0];
		expect(readExifOrientation(block(...big))).toBe(8);
		// written as a LONG, as some programs do
		const long = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 4, 0, 0, 0, 1, 0, 0, 0, 3];
		expect(readExifOrientation(block(...long))).toBe(3);
	});

	it("counts as upright when its offsets, counts, types or values are impossible", () => {
		const head = [0x49, 0x49, 42, 0];
		expect(readExifOrientation(block(...head, 0xff, 0xff, 0xff, 0xff))).toBe(1);
		expect(readExifOrientation(block(...head, 0, 0, 0, 0))).toBe(1); // the directory is the header itself
		expect(readExifOrientation(block(...head, 8, 0, 0, 0, 0xff, 0xff))).toBe(1); // 65,535 entries, none there
		expect(readExifOrientation(block(...head, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 9, 0, 0, 0))).toBe(1);
		expect(readExifOrientation(block(...head, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 7, 0, 1, 0, 0, 0, 6, 0, 0, 0))).toBe(1);
		expect(readExifOrientation(new Uint8Array())).toBe(1);
	});
});
