import startAvifEncoder from "@jsquash/avif/codec/enc/avif_enc.js";
import { describe, expect, it } from "vitest";
import { avifDecoderBytes, avifEncoderBytes } from "../../src/media/memory-model.ts";
import { defaultRenditionSettings, makeRendition, type RenditionSettings } from "../../src/media/pipeline.ts";
import { type ChromaSubsampling, chromaSubsamplings } from "../../src/media/settings.ts";
import { type EmscriptenFactory, startEmscripten } from "../../src/media/wasm/emscripten-instance.ts";
import { codecModules } from "../support/node/codec-modules.ts";
import { photographs, readFixture } from "../support/node/fixtures.ts";
import { paintPicture, toBytes, toSharp } from "../support/node/pictures.ts";
import { render } from "../support/node/render.ts";

type Picture = ReturnType<typeof toSharp>;
const paint = (width: number, height: number, channels: 1 | 2 | 3 | 4 = 3) =>
	toSharp(paintPicture(width, height, channels));
/**
 * All of it with FOOTY_THOROUGH=1, which takes three times as long: then each variant of a format is tried, else every third of
 * a list, which has each decoder in it.
 */
const isThorough = Boolean(process.env.FOOTY_THOROUGH);
const sample = <Case>(cases: readonly Case[]): readonly Case[] =>
	isThorough ? cases : cases.filter((_, at) => at % 3 === 0);

/** A large source for a small output: the decoder is what needs the memory. */
const small: Partial<RenditionSettings> = { maxWidth: 500, maxHeight: 500, budgetBytes: 1e9 };

const sources: [name: string, make: () => Picture, settings: Partial<RenditionSettings>][] = [
	["baseline JPEG, 2.1 MP, full size", () => paint(1920, 1080).jpeg(), {}],
	["baseline JPEG, 8 MP, decoded at 4/8", () => paint(3264, 2448).jpeg(), { maxWidth: 1500 }],
	["progressive JPEG 4:2:0, 6 MP", () => paint(3000, 2000).jpeg({ progressive: true }), small],
	[
		"progressive JPEG 4:4:4, 4 MP",
		() => paint(2000, 2000).jpeg({ progressive: true, chromaSubsampling: "4:4:4" }),
		small,
	],
	["grey JPEG, 4 MP", () => paint(2000, 2000, 1).jpeg(), { maxWidth: 1990 }],
	["RGB PNG, 3 MP", () => paint(2000, 1500).png({ compressionLevel: 1 }), small],
	["RGBA PNG, 3 MP", () => paint(2000, 1500, 4).png({ compressionLevel: 1 }), small],
	["grey PNG, 3 MP", () => paint(2000, 1500, 1).png({ compressionLevel: 1 }), small],
	["grey PNG with alpha, 3 MP", () => paint(2000, 1500, 2).png({ compressionLevel: 1 }), small],
	["palette PNG, 3 MP", () => paint(2000, 1500).png({ palette: true, effort: 1 }), small],
	["palette PNG with alpha, 2 MP", () => paint(1600, 1250, 4).png({ palette: true, effort: 1 }), small],
	["16-bit PNG, 2 MP", () => paint(1600, 1250).toColourspace("rgb16").png({ compressionLevel: 1 }), small],
	["interlaced PNG, 2 MP", () => paint(1600, 1250).png({ progressive: true, compressionLevel: 1 }), small],
	["tall PNG, 5 MP", () => paint(900, 5600).png({ compressionLevel: 1 }), small],
	["lossy WebP, 6 MP", () => paint(3000, 2000).webp({ effort: 0 }), small],
	["lossy WebP with alpha, 4 MP", () => paint(2000, 2000, 4).webp({ effort: 0 }), small],
	["WebP with alpha, full size", () => paint(1200, 1000, 4).webp({ lossless: true, effort: 0 }), {}],
	["GIF, 4 MP", () => paint(2000, 2000).gif({ effort: 1 }), small],
	["transparent GIF, 2 MP", () => paint(1600, 1250, 4).gif({ effort: 1 }), small],
	["wide lossy WebP, 5 MP", () => paint(10_000, 500).webp({ effort: 0 }), small],
	["wide lossless WebP, 4 MP", () => paint(16_000, 250).webp({ lossless: true, effort: 0 }), small],
	["lossless WebP, 3 MP", () => paint(2000, 1500).webp({ lossless: true, effort: 0 }), small],
];

/** Of photographs: noise and lossless files need more, which is reserved beside it as far as there is room. */
const avifSources: typeof sources = [
	["AVIF 4:2:0, 3 MP", () => paint(2000, 1500).avif({ chromaSubsampling: "4:2:0", effort: 0 }), small],
	["AVIF 4:4:4 of 10 bits, 2 MP", () => paint(1600, 1250).avif({ bitdepth: 10, effort: 0 }), small],
	["AVIF with alpha, 2 MP", () => paint(1600, 1250, 4).avif({ effort: 0 }), small],
	["AVIF of quality 98, 2 MP", () => paint(1600, 1250).avif({ quality: 98, effort: 0 }), small],
	["tall AVIF, 2 MP", () => paint(500, 4000).avif({ chromaSubsampling: "4:2:0", effort: 0 }), small],
];

describe("the prediction of memory", () => {
	it("is within 15 % of what an AVIF like a photograph needs, before what is kept for others", async () => {
		for (const [name, make, settings] of sample(avifSources)) {
			const file = await toBytes(make());
			const { plan, decodePeakBytes } = await render(file, { budgetBytes: 1e9, ...settings });
			const { width, height } = plan.facts;
			const ratio = (avifDecoderBytes(plan.facts, file.length) + width * height * 4 + file.length) / decodePeakBytes;
			expect(ratio, `${name}, ${decodePeakBytes}`).toBeGreaterThan(0.96);
			expect(ratio, `${name}, ${decodePeakBytes}`).toBeLessThan(1.15);
			expect(plan.predictedBytes.decode, name).toBeGreaterThanOrEqual(decodePeakBytes);
		}
	});

	it("is within 15 % of what decoding measures, whatever the format, and never much below it", async () => {
		for (const [name, make, settings] of sample(sources)) {
			const { plan, decodePeakBytes } = await render(await toBytes(make()), {
				budgetBytes: 1e9,
				...settings,
			});
			const ratio = plan.predictedBytes.decode / decodePeakBytes;
			expect(ratio, `${name}: ${plan.predictedBytes.decode} for ${decodePeakBytes}`).toBeGreaterThan(0.96);
			// how a WebP packs its alpha is not told by its header: the dearest way is reserved
			const most = name.startsWith("lossy WebP with alpha") ? 1.4 : 1.15;
			expect(ratio, `${name}: ${plan.predictedBytes.decode} for ${decodePeakBytes}`).toBeLessThan(most);
		}
	});

	it.each(chromaSubsamplings)("gives the encoder enough for %s, and not 15 % more than it needs", async (chroma) => {
		const settings = { ...defaultRenditionSettings, chromaSubsampling: chroma };
		for (const [width, height, noise] of sample([
			[1200, 900, 250],
			[1200, 900, 0],
			[1920, 1080, 24],
			[3000, 500, 24],
			[500, 2160, 24],
		] as const)) {
			const { pixels } = paintPicture(width, height, 4, noise);
			for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255;
			const predicted = avifEncoderBytes(width, height, settings);
			const encode = (bytes: number) => encodeWithin(bytes, pixels, width, height, chroma);
			expect(await encode(predicted), `${width}x${height}, noise ${noise}`).toBe("enough");
			expect(await encode(predicted / 1.15), `${width}x${height}, noise ${noise}`).toBe("too little");
		}
	});

	it("has room at speeds 6 and 7 for what flat pictures make the encoder look for", async () => {
		for (const [width, height] of [
			[600, 500],
			[448, 700],
		] as const) {
			const { pixels } = paintPicture(width, height, 4, 0);
			for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255;
			for (const speed of [6, 7]) {
				const predicted = avifEncoderBytes(width, height, { ...defaultRenditionSettings, speed });
				expect(await encodeWithin(predicted, pixels, width, height, "4:2:0", speed), `${width}x${height}`).toBe(
					"enough",
				);
			}
		}
	});

	it("holds for the whole pipeline, on every photograph and on 2.1 megapixels", async () => {
		const files = photographs.map(readFixture);
		files.push(await toBytes(paint(1920, 1080).jpeg()), await toBytes(paint(1600, 1200).webp()));
		files.push(await toBytes(paint(1500, 1000, 4).png({ compressionLevel: 1 })));
		for (const [at, file] of files.entries()) {
			// Each picture in one of the two, unless there is time for both.
			const inTurn = chromaSubsamplings.filter((_, which) => isThorough || which === at % chromaSubsamplings.length);
			for (const chromaSubsampling of inTurn) {
				const settings = { ...defaultRenditionSettings, chromaSubsampling };
				const { predictedPeakBytes, peakMemoryBytes } = await makeRendition(file, settings, codecModules);
				expect(predictedPeakBytes / peakMemoryBytes, chromaSubsampling).toBeGreaterThan(0.97);
				expect(predictedPeakBytes / peakMemoryBytes, chromaSubsampling).toBeLessThan(1.15);
			}
		}
	});
});

describe("a picture too large for one tile", () => {
	it("stays within the budget, and within 15 % of the prediction, with one encoder for all its tiles", async () => {
		const large = () => paint(3840, 2160).jpeg();
		const progressive = () => paint(3000, 2000).jpeg({ progressive: true });
		const alpha = () => toSharp(paintPicture(2000, 1400, 4, 8)).png({ compressionLevel: 1 });
		for (const [name, make, ownsOriginal, chromaSubsampling] of sample([
			["baseline JPEG, 8.3 MP", large, true, "4:2:0"],
			["progressive JPEG, 6 MP", progressive, false, "4:2:0"],
			["RGBA PNG, 2.8 MP", alpha, true, "4:2:0"],
			["RGBA PNG, 2.8 MP, to 4:4:4", alpha, true, "4:4:4"],
			["baseline JPEG, 8.3 MP, to 4:4:4", large, true, "4:4:4"],
		] as const)) {
			const file = await toBytes(make());
			const original = new Uint8Array(file); // a copy: it is emptied when it is owned
			const settings = { ...defaultRenditionSettings, chromaSubsampling };
			const rendition = await makeRendition(original, settings, codecModules, { ownsOriginal });
			const { predictedPeakBytes, peakMemoryBytes, tiles } = rendition;
			expect(tiles.columns * tiles.rows, name).toBeGreaterThan(3);
			expect(peakMemoryBytes, name).toBeLessThan(defaultRenditionSettings.budgetBytes);
			expect(predictedPeakBytes / peakMemoryBytes, name).toBeGreaterThan(0.97);
			expect(predictedPeakBytes / peakMemoryBytes, name).toBeLessThan(1.15);
			expect(original.byteLength).toBe(ownsOriginal ? 0 : file.length);
		}
	});
});

async function encodeWithin(
	bytes: number,
	rgba: Uint8Array,
	width: number,
	height: number,
	chroma: ChromaSubsampling,
	speed = 9,
) {
	interface Encoder {
		encode(rgba: Uint8Array, width: number, height: number, options: Record<string, unknown>): Uint8Array | null;
	}
	const factory = startAvifEncoder as unknown as EmscriptenFactory<Encoder>;
	const { api, memory } = await startEmscripten(factory, codecModules.avifEncoder, bytes);
	const before = memory.buffer.byteLength;
	const options = { quality: 90, qualityAlpha: -1, denoiseLevel: 0, tileColsLog2: 0, tileRowsLog2: 0, speed };
	const more = {
		subsample: chroma === "4:4:4" ? 3 : 1,
		chromaDeltaQ: false,
		sharpness: 0,
		tune: 0,
		enableSharpYUV: false,
		bitDepth: 8,
		lossless: false,
	};
	api.encode(rgba, width, height, { ...options, ...more });
	return memory.buffer.byteLength === before ? "enough" : "too little";
}
