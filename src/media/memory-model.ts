/** How much memory each codec needs, by what the header says: formulas fitted to measurements (test/media/memory-prediction.test.ts). */

import type { ImageFacts } from "./inspect/image-facts.ts";
import { resamplerBytes } from "./resample/resample-kernel.ts";
import type { ChromaSubsampling, RenditionSettings } from "./settings.ts";

const WASM_PAGE_BYTES = 65_536;
/** Emscripten's codecs of @jsquash begin with 256 pages. */
const EMSCRIPTEN_INITIAL_BYTES = 256 * WASM_PAGE_BYTES;

/**
 * libavif with libaom 3.7, speed 9, quality 90, one tile, least memory with which no growth happens, in MB.
 *
 * 4:2:0: 1000x872 34.7, 1200x800 37.4, 3840x400 57.2, 1920x1080 70.1, 2048x1536 102.2, 2560x1440 119.1. Least squares
 * over pixels and borders: 6.56 + 28.65 a megapixel + 1.57 a thousand of width + height, within 1.2 %.
 *
 * 4:4:4, under slight noise: 600x500 22.4, 1000x872 48.7, 500x2160 57.9, 1200x900 58.7, 3000x500 78.5, 3840x400 83.4,
 * 1920x1080 101.6, 2048x1536 150.6, of which 1.37 a megapixel are output: 7.18 + 41.5 + 2.14, within 2.3 %. The base is
 * raised to 7.9, so that none needs more.
 *
 * Speeds below 7 search with more of it: 1.5 MP of 4:2:0 take 73.4 MB instead of 53.5, 1.1 MP of 4:4:4 75.0 instead of
 * 58.7.
 */
const ENCODER_BYTES: Record<ChromaSubsampling, EncoderBytes> = {
	"4:2:0": { base: 6_560_000, perPixel: 28.65, perSidePixel: 1_570, perPixelWhenSlow: 13.5 },
	"4:4:4": { base: 7_900_000, perPixel: 41.5, perSidePixel: 2_140, perPixelWhenSlow: 15.1 },
};
const SLOW_SPEED = 6;
/**
 * At speeds 6 and 7 libaom looks for repeated blocks in what it takes for screen content (a flat gradient will do), in
 * tables that no header foretells: 1920x1080 grew from 73 to 262 MB, 1400x1000 from 53 to 231, 448x2160 from 42 to 125.
 * It is reserved for all, so tiles are small at these speeds.
 */
const SCREEN_CONTENT_SPEED = 7;
const SCREEN_CONTENT_BYTES_PER_PIXEL = 92;

interface EncoderBytes {
	base: number;
	perPixel: number;
	/** For each pixel of width + height. */
	perSidePixel: number;
	perPixelWhenSlow: number;
}

/** Bytes a pixel, by quality: as at 90 below it, in between above. */
type BytesByQuality = Record<ChromaSubsampling, { atQuality90: number; atQuality100: number }>;

/**
 * Busy pictures make large output in buffers that double: up to 3.4 B a pixel more at quality 90 and 4.2 at 100, for
 * pure noise; 1.4 for a photograph full of grain. It is reserved for all, because missing it costs a fifth of everything.
 * In 4:4:4 it is 7.0 for all that comes to more than a byte a pixel; pure noise above quality 95 doubles once more, to 14.3.
 */
const ENCODER_OUTPUT_BYTES_PER_PIXEL: BytesByQuality = {
	"4:2:0": { atQuality90: 3.5, atQuality100: 4.4 },
	"4:4:4": { atQuality90: 7.1, atQuality100: 14.4 },
};

/** The settings that memory depends on. */
type EncoderSettings = Pick<RenditionSettings, "quality" | "speed" | "chromaSubsampling">;

function bytesPerPixel(table: BytesByQuality, { quality, chromaSubsampling }: EncoderSettings): number {
	const { atQuality90, atQuality100 } = table[chromaSubsampling];
	return atQuality90 + ((atQuality100 - atQuality90) * Math.max(0, quality - 90)) / 10;
}

/**
 * @param width of the whole frame, its guard included
 * @param busyPixels what of it may be busy: a guard is flat
 */
export function avifEncoderBytes(
	width: number,
	height: number,
	settings: EncoderSettings,
	busyPixels = width * height,
): number {
	const { base, perPixel, perSidePixel, perPixelWhenSlow } = ENCODER_BYTES[settings.chromaSubsampling];
	const needed =
		base +
		width * height * (perPixel + (settings.speed <= SLOW_SPEED ? perPixelWhenSlow : 0)) +
		width * height * (settings.speed <= SCREEN_CONTENT_SPEED ? SCREEN_CONTENT_BYTES_PER_PIXEL : 0) +
		busyPixels * bytesPerPixel(ENCODER_OUTPUT_BYTES_PER_PIXEL, settings) +
		(width + height) * perSidePixel;
	return Math.max(EMSCRIPTEN_INITIAL_BYTES, needed);
}

/**
 * The most that pure noise came to: 1.06 B a pixel at quality 90, 1.82 at 100; photographs come to 0.2 to 0.5.
 * In 4:4:4 it came to 2.23, 2.68 at 95, and 4.24. There at quality 90 grain that reaches 0.88 is reserved for with room to
 * spare, and not pure noise: that would take 8 MB more from every large photograph, and the isolate has them where noise does come.
 */
const AVIF_FILE_BYTES_PER_PIXEL: BytesByQuality = {
	"4:2:0": { atQuality90: 1.1, atQuality100: 1.9 },
	"4:4:4": { atQuality90: 1.3, atQuality100: 4.3 },
};
/** Boxes and headers, which outweigh the pixels of a tiny picture. */
const AVIF_FILE_BASE_BYTES = 8_192;

/** What leaves the encoder's memory while it is still there. */
export function codedBytes(width: number, height: number, settings: EncoderSettings): number {
	return AVIF_FILE_BASE_BYTES + width * height * bytesPerPixel(AVIF_FILE_BYTES_PER_PIXEL, settings);
}

/** jpeg-turbo at rest, and its row buffers: 0.15 MB, and 42 B for each pixel of a decoded row. */
const JPEG_BASE_BYTES = 150_000;
const JPEG_ROW_BYTES_PER_PIXEL = 42;

/** The file, the pixels, and for progressive files every coefficient: 36.4 MB for 12 MP of 4:2:0, 72.2 MB of 4:4:4. */
export function jpegDecoderBytes(
	facts: ImageFacts,
	fileBytes: number,
	decodedWidth: number,
	decodedHeight: number,
): number {
	const pixelBytes = decodedWidth * decodedHeight * facts.components;
	const rowBytes = decodedWidth * JPEG_ROW_BYTES_PER_PIXEL;
	const needed = JPEG_BASE_BYTES + fileBytes + pixelBytes + rowBytes + (facts.jpeg?.coefficientBytes ?? 0);
	return Math.ceil(needed / WASM_PAGE_BYTES) * WASM_PAGE_BYTES; // of a tiny picture the last page is a third of it all
}

/** What the platform's inflate keeps: its window, and the pieces on their way. */
const INFLATE_BYTES = 200_000;
/** Palettes and grey are turned to colours with alpha where they need it; a colour key needs it too. */
const PNG_CHANNELS: Record<number, number> = { 1: 1, 2: 4, 3: 3, 4: 4 };

/** The pixels that a PNG is decoded to, and what works on them meanwhile. */
export function pngDecoderBytes(facts: ImageFacts, decoded: { width: number; height: number }) {
	const channels = PNG_CHANNELS[facts.components] ?? 4;
	const rowBytes = facts.width * channels * (facts.bitDepth === 16 ? 2 : 1);
	const isScaled = facts.width !== decoded.width || facts.height !== decoded.height;
	return {
		pixelBytes: decoded.width * decoded.height * channels,
		// two rows as they are filtered, one as samples
		workBytes: INFLATE_BYTES + 3 * rowBytes + (isScaled ? resamplerBytes(facts, decoded, decoded.width) : 0),
	};
}

/** The file twice (embind's string and its copy), RGBA, and what each coding keeps of its own beside it. */
const WEBP_BASE_BYTES = 400_000;
/** Rows that both coders keep of what lies above: 127 B a pixel of width were measured for lossy files. */
const WEBP_BYTES_PER_COLUMN = 130;
/** Alpha is packed as one of several lossless pictures: 2.6 to 10.07 were measured, and no header tells which. */
const WEBP_BYTES_PER_PIXEL = { lossy: 4.06, lossyWithAlpha: 10.1, lossless: 8.1 };

export function webpDecoderBytes(facts: ImageFacts, fileBytes: number): number {
	const { lossy, lossyWithAlpha, lossless } = WEBP_BYTES_PER_PIXEL;
	// how the frames of an animation are coded is only told inside of them: the dearest way is counted
	const bytesPerPixel = facts.isLossless || facts.isAnimated ? lossless : facts.hasAlpha ? lossyWithAlpha : lossy;
	const { width, height } = facts.firstFrame ?? facts;
	const neededBytes = WEBP_BASE_BYTES + 2 * fileBytes + width * WEBP_BYTES_PER_COLUMN + width * height * bytesPerPixel;
	return Math.max(EMSCRIPTEN_INITIAL_BYTES, neededBytes);
}

/**
 * libavif with libaom 3.7, least memory with which photographs decode, in MB: 4:2:0 of 1.0 MP 24.0, 3.0 MP 52.7, 6.0 MP 95.7;
 * 4:4:4 of 3.0 MP 62.6; 10 bits of 4:2:0 62.5; with alpha 96.8. Each plane is there twice, in whole superblocks, and the
 * coded data several times.
 */
const AVIF_BASE_BYTES = 8_800_000;
const AVIF_FILE_COPIES = 5.3;
const AVIF_BYTES_PER_PIXEL = 11.2;
const AVIF_BYTES_PER_SAMPLE_BYTE = 2.13;
/** A frame and a decoder of its own. */
const AVIF_ALPHA_BASE_BYTES = 2_700_000;
const AVIF_ALPHA_BYTES_PER_PIXEL = 10.4;
const SAMPLES_PER_PIXEL: Record<string, number> = { "4:4:4": 3, "4:2:2": 2, "4:2:0": 1.5 };
const MONOCHROME_SAMPLES = 1.5; // libaom keeps a chroma all the same
const AVIF_BLOCK_PIXELS = 64;

export function avifDecoderBytes(facts: ImageFacts, fileBytes: number): number {
	const [width, height] = [facts.width, facts.height].map(
		(side) => Math.ceil(side / AVIF_BLOCK_PIXELS) * AVIF_BLOCK_PIXELS,
	) as [number, number];
	const planeBytes = (samples: number) => samples * (facts.bitDepth > 8 ? 2 : 1) * AVIF_BYTES_PER_SAMPLE_BYTE;
	const samples = SAMPLES_PER_PIXEL[facts.chromaSubsampling ?? ""] ?? MONOCHROME_SAMPLES;
	const colourBytes = AVIF_BASE_BYTES + width * height * (AVIF_BYTES_PER_PIXEL + planeBytes(samples));
	const alphaBytes =
		AVIF_ALPHA_BASE_BYTES + width * height * (AVIF_ALPHA_BYTES_PER_PIXEL + planeBytes(MONOCHROME_SAMPLES));
	const needed = colourBytes + (facts.hasAlpha ? alphaBytes : 0) + AVIF_FILE_COPIES * fileBytes;
	return Math.max(EMSCRIPTEN_INITIAL_BYTES, needed);
}

/**
 * The decoder was compiled to keep 16 bytes for every symbol that it reads (libaom's CONFIG_ACCOUNTING), in a list that
 * doubles, so that the old and the new one may take three times what is in them. No header tells how many there are:
 * pure noise came to 59 B a pixel at quality 98, to 19 at 90, lossless gradients to 24.
 */
const AVIF_SYMBOL_BYTES_PER_PIXEL = 100;

export function avifSpareBytes(facts: ImageFacts): number {
	return facts.width * facts.height * AVIF_SYMBOL_BYTES_PER_PIXEL;
}
