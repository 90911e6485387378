import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { defaultRenditionSettings, makeRendition } from "../../src/media/pipeline.ts";
import { codecModules } from "../support/node/codec-modules.ts";
import { largestDifference } from "../support/node/compare-pixels.ts";
import { decodeAvif } from "../support/node/decode-avif.ts";
import { concatBytes, pngChunk } from "../support/node/paint-png.ts";
import { listProbes, type Probe, paintPatches } from "../support/node/patches.ts";
import { decodeWithSharp, paintPicture, type RawPicture, toBytes, toSharp } from "../support/node/pictures.ts";
import { render } from "../support/node/render.ts";

const [WIDTH, HEIGHT] = [180, 150];
/** Rounding to YCbCr and back, and what quality 100 leaves. */
const MOST_LEVELS = 2;

const make = (file: Uint8Array) => makeRendition(file, { ...defaultRenditionSettings, quality: 100 }, codecModules);
const paint = (channels: 3 | 4 = 3) => toSharp(paintPatches(WIDTH, HEIGHT, channels));
const toSrgb = async (file: Uint8Array): Promise<RawPicture> => {
	const { data } = await sharp(file).toColourspace("srgb").ensureAlpha().raw().toBuffer({ resolveWithObject: true });
	return { pixels: new Uint8Array(data), width: WIDTH, height: HEIGHT, channels: 4 };
};

function expectColours(pixels: Uint8Array, probes: Probe[], what: string) {
	for (const { x, y, colour } of probes) {
		const seen = pixels.subarray((y * WIDTH + x) * 4, (y * WIDTH + x) * 4 + 4);
		// of what cannot be seen no colour is asked
		const wanted = colour[3] === 0 ? [...seen.subarray(0, 3), 0] : colour;
		expect(largestDifference(seen, Uint8Array.from(wanted)), `${what}, pixel ${x},${y}`).toBeLessThanOrEqual(
			MOST_LEVELS,
		);
	}
}

/** What stands at the probes of another picture. */
const lookAt = ({ pixels, width }: RawPicture, probes: Probe[]) =>
	probes.map(({ x, y }) => ({
		x,
		y,
		colour: Array.from(pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)) as Probe["colour"],
	}));

describe("the colours of a rendition", () => {
	const opaque = listProbes(WIDTH, HEIGHT, 3);
	const translucent = listProbes(WIDTH, HEIGHT, 4);

	it("are those that were painted, whatever stored them", async () => {
		const files = {
			JPEG: await toBytes(paint().jpeg({ quality: 100, chromaSubsampling: "4:4:4" })),
			"progressive JPEG": await toBytes(paint().jpeg({ quality: 100, chromaSubsampling: "4:4:4", progressive: true })),
			PNG: await toBytes(paint().png()),
			"PNG of 16 bits": await toBytes(paint().toColourspace("rgb16").png()),
			"interlaced PNG": await toBytes(paint().png({ progressive: true })),
			WebP: await toBytes(paint().webp({ lossless: true })),
		};
		for (const [name, file] of Object.entries(files)) {
			expectColours((await decodeAvif((await make(file)).bytes)).pixels, opaque, name);
		}
	});

	it("are those that were painted where something shines through, palettes included", async () => {
		const files = {
			PNG: await toBytes(paint(4).png()),
			"PNG of 16 bits": await toBytes(paint(4).toColourspace("rgb16").png()),
			"PNG with a palette": await toBytes(paint(4).png({ palette: true })),
			WebP: await toBytes(paint(4).webp({ lossless: true, exact: true })),
		};
		for (const [name, file] of Object.entries(files)) {
			const { bytes, source } = await make(file);
			expect(source).toMatchObject({ hasAlpha: true });
			expectColours((await decodeAvif(bytes)).pixels, translucent, name);
		}
	});

	it("are sharp's where a profile has to be followed: Display P3 in JPEG, PNG and WebP", async () => {
		for (const format of ["jpeg", "png", "webp"] as const) {
			const options = format === "png" ? {} : { quality: 100 };
			const file = await toBytes(paint().withIccProfile("p3").toFormat(format, options));
			const stored = await decodeWithSharp(file);
			const wanted = lookAt(await toSrgb(file), opaque);
			expectColours((await toSrgb((await make(file)).bytes)).pixels, wanted, format);
			// and they would be others without it
			const ignored = lookAt(stored, opaque);
			const distances = wanted.map(({ colour }, i) =>
				largestDifference(Uint8Array.from(colour), Uint8Array.from(ignored[i]?.colour ?? [])),
			);
			expect(Math.max(...distances)).toBeGreaterThan(10);
		}
	});

	it("are grey where the original is", async () => {
		const grey = toSharp(paintPicture(WIDTH, HEIGHT, 1, 0));
		for (const format of ["jpeg", "png"] as const) {
			const file = await toBytes(grey.clone().toFormat(format, format === "jpeg" ? { quality: 100 } : {}));
			const { pixels } = await decodeAvif((await make(file)).bytes);
			const wanted = (await decodeWithSharp(file)).pixels;
			expect(largestDifference(pixels, wanted), format).toBeLessThanOrEqual(MOST_LEVELS);
		}
	});

	it("are the product of ink and black in CMYK and YCCK, to the level", async () => {
		const file = await toBytes(paint().toColourspace("cmyk").jpeg({ quality: 100, chromaSubsampling: "4:4:4" }));
		const transform = Buffer.from(file).indexOf("Adobe") + 11; // 0 is CMYK, 2 is YCCK: Adobe TN 5116, section 18
		const light = new Set<number>();
		for (const value of [0, 2]) {
			file[transform] = value;
			const inks = await sharp(file, { ignoreIcc: true })
				.pipelineColourspace("cmyk")
				.toColourspace("cmyk")
				.raw()
				.toBuffer();
			const wanted = new Uint8Array(inks.length);
			for (let at = 0; at < inks.length; at += 4) {
				const paper = 255 - (inks[at + 3] as number);
				for (let c = 0; c < 3; c++) wanted[at + c] = Math.round(((255 - (inks[at + c] as number)) * paper) / 255);
				wanted[at + 3] = 255;
				light.add(wanted[at] as number);
			}
			expect(largestDifference((await render(file)).rgba, wanted)).toBe(0);
		}
		expect(light.size).toBeGreaterThan(8);
	});
});

describe("pictures at the edge of what a format allows", () => {
	it("fit into the box when they are one pixel wide and 16,000 long", async () => {
		for (const [width, height, outputWidth, outputHeight] of [
			[1, 16_000, 1, 2160],
			[16_000, 1, 3840, 1],
			[16_000, 16, 3840, 4],
		] as const) {
			const grey = toSharp(paintPicture(width, height, 1, 0));
			for (const format of ["png", "jpeg", "webp"] as const) {
				const { bytes } = await make(await toBytes(grey.clone().toFormat(format)));
				const decoded = await decodeAvif(bytes);
				expect([decoded.width, decoded.height], `${format} of ${width}x${height}`).toEqual([outputWidth, outputHeight]);
			}
		}
	});

	it("may have chunks without bytes", async () => {
		const file = await toBytes(paint().png());
		const firstData = Buffer.from(file).indexOf("IDAT") - 4;
		const empty = (type: string) => pngChunk(type, new Uint8Array());
		const end = file.length - 12; // IEND
		const padded = concatBytes(
			...[file.subarray(0, firstData), empty("tEXt"), empty("IDAT"), file.subarray(firstData, end)],
			...[empty("IDAT"), empty("tEXt"), file.subarray(end)],
		);
		expect(largestDifference((await render(padded)).rgba, (await render(file)).rgba)).toBe(0);
	});
});

/** 52/1, as EXIF stores it in either byte order. */
const DEGREES = /3400000001000000|0000003400000001/;

describe("what a file says beside its pixels", () => {
	it("is not in the rendition of a JPEG, a PNG or a WebP: no place, no camera, no remark", async () => {
		const gps = {
			GPSLatitudeRef: "N",
			GPSLatitude: "52/1 30/1 0/1",
			GPSLongitudeRef: "E",
			GPSLongitude: "13/1 24/1 0/1",
		};
		const exif = { IFD0: { Model: "SECRET-CAMERA", Copyright: "SECRET-NAME" }, IFD3: gps };
		for (const format of ["jpeg", "png", "webp"] as const) {
			const told = sharp(await toBytes(paint().png())).withExif(exif);
			const file = await toBytes(told.withXmp("<x>SECRET-REMARK</x>").toFormat(format));
			const [original, rendition] = [Buffer.from(file), Buffer.from((await make(file.slice())).bytes)];
			expect(original.toString("latin1"), format).toContain("SECRET-CAMERA");
			expect(original.toString("hex"), format).toMatch(DEGREES);
			expect(rendition.toString("latin1"), format).not.toMatch(/Exif|SECRET|GPS|xmp|mime/i);
			expect(rendition.toString("hex"), format).not.toMatch(DEGREES);
		}
	});
});
