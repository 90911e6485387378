import { describe, expect, it } from "vitest";
import { ascii, box, concat, fullBox, u8, u16, u32 } from "../../../src/media/avif/boxes.ts";
import { inspectImage } from "../../../src/media/inspect/inspect-image.ts";
import { type CodecModules, defaultRenditionSettings, makeRendition } from "../../../src/media/pipeline.ts";
import { codecModules } from "../../support/node/codec-modules.ts";
import { measurePsnr } from "../../support/node/compare-pixels.ts";
import { expectAppError } from "../../support/node/expect-app-error.ts";
import { readFixture } from "../../support/node/fixtures.ts";
import { decodeWithSharp, paintPicture, toBytes, toSharp } from "../../support/node/pictures.ts";
import { render } from "../../support/node/render.ts";
import { addProperties, claimSize, heifHead } from "../../support/node/spoil-avif.ts";

const paint = (channels: 1 | 3 | 4 = 3, noise = 4) => toSharp(paintPicture(101, 67, channels, noise));
const sources = {
	"4:2:0": () => paint().avif({ chromaSubsampling: "4:2:0" }),
	"4:4:4": () => paint().avif(),
	lossless: () => paint().avif({ lossless: true }),
	alpha: () => paint(4).avif(),
	"10 bits": () => paint().avif({ bitdepth: 10 }),
	"12 bits": () => paint().avif({ bitdepth: 12, chromaSubsampling: "4:2:0" }),
	grey: () => paint(1).avif(),
};

describe("decoding AVIF", () => {
	it("gives sharp's pixels for every sampling and depth, with and without alpha", async () => {
		for (const [name, make] of Object.entries(sources)) {
			const file = await toBytes(make());
			const { rgba, plan } = await render(file);
			expect(plan.facts, name).toMatchObject({ format: "avif", width: 101, height: 67, frames: 1 });
			expect(measurePsnr(rgba, (await decodeWithSharp(file)).pixels).rgb, name).toBeGreaterThan(38);
		}
	});

	it("reads what the pipeline itself has written", async () => {
		const { bytes } = await makeRendition(await toBytes(paint(4).png()), defaultRenditionSettings, codecModules);
		const { rgba, plan } = await render(bytes);
		expect(plan.facts).toMatchObject({ hasAlpha: true, chromaSubsampling: "4:2:0", bitDepth: 8, orientation: 1 });
		expect(measurePsnr(rgba, (await decodeWithSharp(bytes)).pixels).rgb).toBeGreaterThan(38);
	});

	it("takes the first picture of a sequence, and says so", async () => {
		const file = readFixture("sequence.avif"); // avifenc --min 20 --max 30 -y 420, of the three that are painted here
		const { rgba, plan } = await render(file);
		expect(plan.facts).toMatchObject({ width: 48, height: 40, isAnimated: true, frames: 3 });
		const [first, second] = await Promise.all(
			[0, 60].map(async (noise) => decodeWithSharp(await toBytes(toSharp(paintPicture(48, 40, 3, noise)).png()))),
		);
		expect(measurePsnr(rgba, first?.pixels as Uint8Array).rgb).toBeGreaterThan(35);
		expect(measurePsnr(rgba, second?.pixels as Uint8Array).rgb).toBeLessThan(30);
		expect((await makeRendition(file, defaultRenditionSettings, codecModules)).isFirstFrameOnly).toBe(true);
	});

	it("turns and mirrors as irot and imir say, which sharp's decoder applies by itself", async () => {
		const { bytes } = await makeRendition(await toBytes(paint().png()), defaultRenditionSettings, codecModules);
		const seen = new Set<number>();
		for (const irot of [undefined, 0, 1, 2, 3]) {
			for (const imir of [undefined, 0, 1]) {
				const file = addProperties(bytes, { irot, imir });
				const { rgba, plan } = await render(file);
				const reference = await decodeWithSharp(file);
				const name = `irot ${irot}, imir ${imir}`;
				expect([plan.outputWidth, plan.outputHeight], name).toEqual([reference.width, reference.height]);
				// it turns before it brings chroma to full size, which moves that by half a pixel; any other turn is below 15 dB
				expect(measurePsnr(rgba, reference.pixels).rgb, name).toBeGreaterThan(30);
				seen.add(plan.facts.orientation);
			}
		}
		expect(seen.size).toBe(8);
	});

	it("does not apply EXIF's orientation: HEIF has its own", async () => {
		const file = await toBytes(paint().withMetadata({ orientation: 6 }).avif());
		const { plan } = await render(file);
		const reference = await decodeWithSharp(file);
		expect([plan.outputWidth, plan.outputHeight]).toEqual([reference.width, reference.height]);
	});
});

describe("an AVIF that cannot be taken", () => {
	it("is refused before its decoder starts: too large, HDR, wide gamut without profile, cropped, of another coding", async () => {
		const noCodecs = {} as CodecModules;
		const { bytes } = await makeRendition(await toBytes(paint().png()), defaultRenditionSettings, codecModules);
		const refuse = (file: Uint8Array, code: "unsupported_image_type" | "image_exceeds_memory_budget") =>
			expectAppError(code, () => makeRendition(file, defaultRenditionSettings, noCodecs));
		const huge = bytes.slice();
		const ispe = Buffer.from(huge).indexOf("ispe");
		new DataView(huge.buffer).setUint32(ispe + 8, 65_535);
		new DataView(huge.buffer).setUint32(ispe + 12, 65_535);
		await refuse(huge, "image_exceeds_memory_budget");
		const nclx = Buffer.from(bytes).indexOf("nclx");
		const withColours = (primaries: number, transfer: number) => {
			const file = bytes.slice();
			file[nclx + 5] = primaries;
			file[nclx + 7] = transfer;
			return file;
		};
		expect((await refuse(withColours(9, 16), "unsupported_image_type")).detail).toContain("HDR");
		expect((await refuse(withColours(12, 13), "unsupported_image_type")).detail).toContain("gamut");
		expect((await refuse(addProperties(bytes, { clap: true }), "unsupported_image_type")).detail).toContain("cropped");
		const other = bytes.slice();
		other.set(Buffer.from("hvc1"), Buffer.from(other).indexOf("av01"));
		await refuse(other, "unsupported_image_type");
	});

	it("takes no more memory than was planned, when its coded picture is larger than it says", async () => {
		const large = await toBytes(toSharp(paintPicture(2400, 1600, 3, 4)).avif({ effort: 0 }));
		await expectAppError("image_exceeds_memory_budget", () => render(claimSize(large, 100)));
	});

	it("gets what is left of the budget for noise, which needs far more than photographs", async () => {
		const noise = await toBytes(toSharp(paintPicture(800, 600, 3, 250)).avif({ quality: 90, effort: 0 }));
		const { plan, decodePeakBytes } = await render(noise);
		expect(decodePeakBytes).toBeLessThanOrEqual(plan.predictedBytes.decode);
		expect(plan.predictedBytes.decode).toBeLessThanOrEqual(defaultRenditionSettings.budgetBytes);
	});

	it("of a million empty properties or references is read in no time", () => {
		const repeat = (part: Uint8Array) => new Uint8Array(Buffer.concat(Array<Uint8Array>(1_000_000).fill(part)));
		const infe = fullBox("infe", 2, 0, u16(1, 0), ascii("av01"), ascii("\0"));
		const properties = [fullBox("ispe", 0, 0, u32(100, 100)), box("av1C", u8(0x81, 0, 0, 0))];
		const ipco = box("ipco", ...properties, repeat(box("free")));
		const meta = fullBox(
			"meta",
			0,
			0,
			fullBox("pitm", 0, 0, u16(1)),
			fullBox("iinf", 0, 0, u16(1), infe),
			fullBox("iref", 0, 0, repeat(box("auxl", u16(2, 1, 1)))),
			box("iprp", ipco, fullBox("ipma", 0, 0, u32(2), u16(1), u8(2, 1, 2), u16(2), u8(1, 0x7f))),
		);
		const file = concat([box("ftyp", ascii("avif"), u32(0)), meta]);
		const startedAt = performance.now();
		expect(inspectImage(file)).toMatchObject({ width: 100, height: 100, hasAlpha: false });
		expect(performance.now() - startedAt).toBeLessThan(500);
	});

	it("is undecodable when its data is broken", async () => {
		const file = await toBytes(paint(3, 200).avif());
		file.fill(0xaa, file.length - 2000);
		await expectAppError("undecodable_image", () => render(file));
	});

	it("tells what to do when it is HEIC after all", async () => {
		for (const head of [heifHead("heic", "mif1"), heifHead("mif1", "heic"), heifHead("msf1", "hevc")]) {
			const error = await expectAppError("unsupported_image_type", () => inspectImage(head));
			expect(error.detail).toContain("Most Compatible");
		}
	});
});
