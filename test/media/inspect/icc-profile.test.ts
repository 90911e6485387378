import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { extractIccProfile } from "../../../src/media/inspect/icc-profile.ts";
import { inspectImage } from "../../../src/media/inspect/inspect-image.ts";
import { defaultRenditionSettings, makeRendition } from "../../../src/media/pipeline.ts";
import { codecModules } from "../../support/node/codec-modules.ts";
import { readFixture } from "../../support/node/fixtures.ts";
import { paintPicture, toBytes, toSharp } from "../../support/node/pictures.ts";

const extract = async (file: Uint8Array) => extractIccProfile(file, inspectImage(file));
const paint = () => toSharp(paintPicture(64, 48, 3, 0));
const PNG_HEADER_END = 8 + 25;

function withIccp(png: Uint8Array, content: Uint8Array): Uint8Array {
	const data = Buffer.concat([Buffer.from("p\0\0", "latin1"), content]);
	const length = Buffer.alloc(4);
	length.writeUInt32BE(data.length);
	const chunk = Buffer.concat([length, Buffer.from("iCCP"), data, Buffer.alloc(4)]);
	return new Uint8Array(Buffer.concat([png.subarray(0, PNG_HEADER_END), chunk, png.subarray(PNG_HEADER_END)]));
}

/** A profile as large as wanted, as far as its header goes. */
function makeProfile(bytes: number, colourSpace = "RGB "): Uint8Array {
	const profile = Buffer.alloc(bytes);
	profile.writeUInt32BE(bytes);
	profile.write(colourSpace, 16, "latin1");
	profile.write("acsp", 36, "latin1");
	for (let i = 132; i < bytes; i++) profile[i] = (i * 7919) >> 5;
	return new Uint8Array(profile);
}

describe("a picture's ICC profile", () => {
	it("is found whole in JPEG, PNG, WebP and AVIF", async () => {
		const reference = (await sharp(readFixture("rocket.jpg")).metadata()).icc;
		expect(Buffer.from((await extract(readFixture("rocket.jpg"))) ?? [])).toEqual(reference);
		for (const format of ["jpeg", "png", "webp", "avif"] as const) {
			const file = await toBytes(paint().withIccProfile("p3").toFormat(format));
			const { icc } = await sharp(file).metadata();
			expect(icc?.length).toBeGreaterThan(300);
			expect(Buffer.from((await extract(file)) ?? [])).toEqual(icc);
		}
	});

	it("is joined from the segments of a JPEG, and dropped when one is missing", async () => {
		const profile = makeProfile(150_000);
		const jpeg = await toBytes(paint().jpeg());
		const segments = [0, 60_000, 120_000].map((at, i) => {
			const data = Buffer.concat([
				Buffer.from(`ICC_PROFILE\0`),
				Uint8Array.of(i + 1, 3),
				profile.subarray(at, at + 60_000),
			]);
			return Buffer.concat([Uint8Array.of(0xff, 0xe2, (data.length + 2) >> 8, (data.length + 2) & 255), data]);
		});
		const join = (parts: Uint8Array[]) =>
			new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), ...parts, jpeg.subarray(2)]));
		expect(await extract(join(segments.toReversed()))).toEqual(profile);
		expect(await extract(join(segments.slice(0, 2)))).toBeUndefined();
	});

	it("is dropped when it is broken, too large, or not of RGB", async () => {
		const png = await toBytes(paint().png());
		expect(await extract(withIccp(png, deflateSync(makeProfile(4000))))).toEqual(makeProfile(4000));
		for (const content of [
			deflateSync(makeProfile(1024 * 1024 + 1)),
			deflateSync(Buffer.alloc(80e6)),
			deflateSync(makeProfile(4000, "CMYK")),
			deflateSync(makeProfile(4000).subarray(0, 3000)),
			deflateSync(makeProfile(4000)).subarray(0, 100),
			Buffer.from("not zlib"),
		]) {
			expect(await extract(withIccp(png, content))).toBeUndefined();
		}
	});

	it("keeps the colours of Adobe RGB and Display P3 as sharp sees them, and costs sRGB nothing", async () => {
		const toSrgb = async (file: Uint8Array) => toBytes(sharp(file).toColourspace("srgb").removeAlpha().raw());
		const files = [readFixture("rocket.jpg"), await toBytes(paint().withIccProfile("p3").jpeg({ quality: 100 }))];
		for (const file of files) {
			const { bytes } = await makeRendition(file, { ...defaultRenditionSettings, quality: 100 }, codecModules);
			const [ours, theirs] = [await toSrgb(bytes), await toSrgb(file)];
			const mean = (pixels: Uint8Array, channel: number) =>
				pixels.reduce((sum, value, i) => sum + (i % 3 === channel ? value : 0), 0) / (pixels.length / 3);
			for (const channel of [0, 1, 2]) expect(Math.abs(mean(ours, channel) - mean(theirs, channel))).toBeLessThan(1);
			expect((await sharp(bytes).metadata()).icc).toBeDefined();
		}
		expect(await extract(readFixture("astronaut.png"))).toBeUndefined();
		expect(inspectImage(readFixture("astronaut.png")).hasIccProfile).toBe(true);
	});
});
