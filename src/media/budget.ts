/** Plans a rendition from the header alone and refuses what would not fit into the isolate. */

import { AppError } from "../errors.ts";
import { DECODE_CPU_BUDGET_MS, predictDecodeCpuMs } from "./cpu-model.ts";
import { planTiles } from "./encode/plan-tiles.ts";
import { type ImageFacts, keepsCoefficients, swapsAxes } from "./inspect/image-facts.ts";
import {
	avifDecoderBytes,
	avifSpareBytes,
	jpegDecoderBytes,
	pngDecoderBytes,
	webpDecoderBytes,
} from "./memory-model.ts";
import type { RenditionPlan } from "./plan.ts";
import type { RenditionSettings } from "./settings.ts";

export type { RenditionPlan } from "./plan.ts";
export { DEFAULT_MEMORY_BUDGET_BYTES } from "./settings.ts";

const RGBA_BYTES = 4;

/** What is in memory besides the codecs. */
export interface HeldBytes {
	/** The size of the file. */
	originalBytes: number;
	/** True when the file's memory is given back once its decoder has it. */
	dropsOriginal?: boolean;
	/** True when the file lies in its decoder already, and nowhere else. */
	isInDecoder?: boolean;
	/** Of the ICC profile that is carried over. */
	profileBytes?: number;
}

/**
 * @throws AppError image_exceeds_memory_budget or image_exceeds_cpu_budget; its extensions hold the arithmetic. No pixel
 *   has been decoded then.
 */
export function planRendition(facts: ImageFacts, held: HeldBytes, settings: RenditionSettings): RenditionPlan {
	const { budgetBytes } = settings;
	const fits = (plan: RenditionPlan) => plan.predictedPeakBytes <= budgetBytes;
	let plan = predictRendition(facts, held, settings, keepsCoefficients(facts));
	// Moving the pixels out of a decoder leaves larger tiles, but for a moment they are there twice.
	if (!fits(plan) && plan.movesPixels) plan = predictRendition(facts, held, settings, false);
	if (!fits(plan)) throw exceedsMemory(plan, held.originalBytes, budgetBytes);
	if (plan.predictedDecodeCpuMs > DECODE_CPU_BUDGET_MS) throw exceedsCpu(plan);
	return plan;
}

function predictRendition(
	facts: ImageFacts,
	held: HeldBytes,
	settings: RenditionSettings,
	movesPixels: boolean,
): RenditionPlan {
	const { originalBytes, dropsOriginal = false, isInDecoder = false, profileBytes = 0 } = held;
	const isTurned = swapsAxes(facts.orientation);
	const [uprightWidth, uprightHeight] = isTurned ? [facts.height, facts.width] : [facts.width, facts.height];
	const shrink = Math.min(1, settings.maxWidth / uprightWidth, settings.maxHeight / uprightHeight);
	const outputWidth = Math.max(1, Math.round(uprightWidth * shrink));
	const outputHeight = Math.max(1, Math.round(uprightHeight * shrink));

	const [storedWidth, storedHeight] = isTurned ? [outputHeight, outputWidth] : [outputWidth, outputHeight];
	const decodeScale = facts.format === "jpeg" ? chooseEighths(facts, storedWidth, storedHeight) : 8;
	const [decodedWidth, decodedHeight] = isResampledInDecoder(facts)
		? [storedWidth, storedHeight]
		: [scaleByEighths(facts.width, decodeScale), scaleByEighths(facts.height, decodeScale)];

	const roomBytes = settings.budgetBytes - originalBytes - profileBytes;
	const decoder = predictDecoder(facts, originalBytes, decodedWidth, decodedHeight, movesPixels, roomBytes);
	const keptBytes = (dropsOriginal ? 0 : originalBytes) + profileBytes;
	// The decoder of a JPEG copies the file before it takes anything else; the others read it while they work.
	const copiesFile = facts.format === "jpeg";
	const fileBytes = copiesFile && dropsOriginal ? 0 : originalBytes;
	const decodeBytes =
		Math.max(copiesFile && !isInDecoder ? originalBytes * 2 : 0, fileBytes + decoder.peakBytes) + profileBytes;
	const tiles = planTiles(
		{
			width: outputWidth,
			height: outputHeight,
			sourceWidth: isTurned ? decodedHeight : decodedWidth,
			sourceHeight: isTurned ? decodedWidth : decodedHeight,
			hasAlpha: facts.hasAlpha,
			heldBytes: keptBytes + decoder.heldBytes,
		},
		settings,
	);
	const predictedBytes = { decode: decodeBytes, encode: tiles.peakBytes };
	return {
		facts,
		uprightWidth,
		uprightHeight,
		outputWidth,
		outputHeight,
		decodeScale,
		decodedWidth,
		decodedHeight,
		movesPixels,
		...(decoder.limitBytes === undefined ? {} : { decoderLimitBytes: decoder.limitBytes }),
		tiles: tiles.plan,
		predictedBytes,
		predictedPeakBytes: Math.ceil(Math.max(...Object.values(predictedBytes))),
		predictedDecodeCpuMs: predictDecodeCpuMs(facts),
	};
}

/** The rows of a PNG come one by one and are brought to the output's size at once, unless they are interlaced. */
function isResampledInDecoder({ format, isProgressive }: ImageFacts): boolean {
	return format === "png" && !isProgressive;
}

/**
 * The decoder shrinks whole blocks, and what fills up the last one of a row or column is no part of the picture: it shows
 * in the last scaled pixel. A side must be left with so many that nobody sees it.
 */
const LEAST_SCALED_PIXELS = 16;

/** The smallest eighths at which libjpeg's picture is still no smaller than the output. */
function chooseEighths({ width, height }: ImageFacts, storedWidth: number, storedHeight: number): number {
	for (let eighths = 1; eighths < 8; eighths++) {
		const [scaledWidth, scaledHeight] = [scaleByEighths(width, eighths), scaleByEighths(height, eighths)];
		if (Math.min(scaledWidth, scaledHeight) < LEAST_SCALED_PIXELS) continue;
		if (scaledWidth >= storedWidth && scaledHeight >= storedHeight) return eighths;
	}
	return 8;
}

function scaleByEighths(length: number, eighths: number): number {
	return Math.ceil((length * eighths) / 8);
}

/** What decoding needs at its peak, and what stays held with the decoded pixels. */
function predictDecoder(
	facts: ImageFacts,
	originalBytes: number,
	decodedWidth: number,
	decodedHeight: number,
	movesPixels: boolean,
	roomBytes: number,
): { peakBytes: number; heldBytes: number; limitBytes?: number } {
	const rgbaBytes = facts.width * facts.height * RGBA_BYTES;
	switch (facts.format) {
		case "jpeg": {
			const bytes = jpegDecoderBytes(facts, originalBytes, decodedWidth, decodedHeight);
			if (!movesPixels) return { peakBytes: bytes, heldBytes: bytes };
			const pixelBytes = decodedWidth * decodedHeight * Math.min(3, facts.components);
			return { peakBytes: bytes + pixelBytes, heldBytes: pixelBytes };
		}
		case "png": {
			const { pixelBytes, workBytes } = pngDecoderBytes(facts, { width: decodedWidth, height: decodedHeight });
			return { peakBytes: pixelBytes + workBytes, heldBytes: pixelBytes };
		}
		case "webp": {
			const frameBytes = facts.isAnimated ? originalBytes : 0; // its first frame is wrapped anew
			const { firstFrame = facts } = facts;
			const placedBytes = facts.firstFrame ? rgbaBytes : 0; // it is copied onto the whole
			const copyBytes = firstFrame.width * firstFrame.height * RGBA_BYTES;
			const peakBytes = webpDecoderBytes(facts, originalBytes) + copyBytes + placedBytes + frameBytes;
			return { peakBytes, heldBytes: rgbaBytes };
		}
		case "avif": {
			const likelyBytes = avifDecoderBytes(facts, originalBytes);
			// what it may need above that is reserved as far as there is room
			const mostBytes = Math.min(likelyBytes + avifSpareBytes(facts), roomBytes - rgbaBytes);
			const limitBytes = Math.max(likelyBytes, mostBytes);
			return { peakBytes: limitBytes + rgbaBytes, heldBytes: rgbaBytes, limitBytes };
		}
		case "gif": {
			const bytes = facts.width * facts.height * facts.components; // nothing but the pixels: it is read row by row
			return { peakBytes: bytes, heldBytes: bytes };
		}
	}
}

function exceedsMemory(plan: RenditionPlan, originalBytes: number, budgetBytes: number): AppError {
	const { facts, predictedBytes, predictedPeakBytes, outputWidth, outputHeight } = plan;
	const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
	const step = (Object.keys(predictedBytes) as (keyof typeof predictedBytes)[]).reduce((worst, name) =>
		predictedBytes[name] > predictedBytes[worst] ? name : worst,
	);
	return new AppError(
		"image_exceeds_memory_budget",
		`The picture has ${describeSize(facts)} and would need about ${megabytes(predictedPeakBytes)} MB of memory; ${Math.floor(budgetBytes / 1e6)} MB are allowed. ${originalBytes > predictedPeakBytes / 2 ? `Its file alone has ${megabytes(originalBytes)} MB: send a smaller one.` : "Make it smaller and send it again."}`,
		{
			extensions: {
				width: facts.width,
				height: facts.height,
				outputWidth,
				outputHeight,
				originalBytes,
				predictedBytes,
				predictedPeakBytes,
				budgetBytes,
				step,
			},
		},
	);
}

function exceedsCpu({ facts, predictedDecodeCpuMs }: RenditionPlan): AppError {
	const seconds = (milliseconds: number) => Math.ceil(milliseconds / 1000);
	return new AppError(
		"image_exceeds_cpu_budget",
		`The picture has ${describeSize(facts)} and would take about ${seconds(predictedDecodeCpuMs)} s to be read; ${seconds(DECODE_CPU_BUDGET_MS)} s are allowed. Make it smaller and send it again.`,
		{
			extensions: {
				width: facts.width,
				height: facts.height,
				predictedDecodeCpuMs: Math.ceil(predictedDecodeCpuMs),
				decodeCpuBudgetMs: DECODE_CPU_BUDGET_MS,
			},
		},
	);
}

function describeSize({ width, height }: ImageFacts): string {
	return `${((width * height) / 1e6).toFixed(1)} megapixels (${width} x ${height})`;
}
