/** Bytes of our tiles against the whole picture in one encode of @jsquash/avif, at equal PSNR. */

import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { AppError } from "../../src/errors.ts";
import { planRendition } from "../../src/media/budget.ts";
import { inspectImage } from "../../src/media/inspect/inspect-image.ts";
import { defaultRenditionSettings, type RenditionSettings } from "../../src/media/settings.ts";
import { measurePsnr } from "../../test/support/node/compare-pixels.ts";
import { decodeAvif } from "../../test/support/node/decode-avif.ts";
import { encodeLayout } from "../../test/support/node/encode-layout.ts";

export interface ByteComparison {
	tiles: string;
	oursBytes: number;
	/** Luma and chroma of BT.601 at 6:1:1. */
	oursDecibel: number;
	/** What the whole picture would need for the same PSNR. */
	wholeBytes: number;
	ratio: number;
}

/** Qualities of the whole picture around ours, between which its bytes are interpolated. */
const STEPS = [-6, -3, 0, 3, 6];

/** @returns `whole` for a picture that is encoded whole anyway, `refused` for one that is not accepted */
export async function compareBytes(path: string, quality: number): Promise<ByteComparison | "whole" | "refused"> {
	const file = await readFile(path);
	const settings = { ...defaultRenditionSettings, quality };
	const plan = planOrRefuse(file, settings);
	if (plan === undefined) return "refused";
	const { tiles, outputWidth: width, outputHeight: height } = plan;
	const { columnWidths, rowHeights } = tiles.layout;
	if (columnWidths.length * rowHeights.length === 1) return "whole";
	const pixels = new Uint8Array(
		await sharp(file)
			.removeAlpha()
			.toColourspace("srgb")
			.resize(width, height, { fit: "fill" })
			.ensureAlpha()
			.raw()
			.toBuffer(),
	);
	const measure = async (layout: typeof tiles.layout, at: number) => {
		const { avif } = await encodeLayout(pixels, layout, { quality: at });
		return { bytes: avif.length, decibel: measurePsnr(pixels, (await decodeAvif(avif)).pixels).ycbcr };
	};
	const ours = await measure(tiles.layout, quality);
	const wholeLayout = { width, height, columnWidths: [width], rowHeights: [height] };
	const whole: { bytes: number; decibel: number }[] = [];
	for (const step of STEPS) whole.push(await measure(wholeLayout, Math.min(100, quality + step)));
	const wholeBytes = interpolate(whole, ours.decibel);
	return {
		tiles: `${columnWidths.length} x ${rowHeights.length}`,
		oursBytes: ours.bytes,
		oursDecibel: ours.decibel,
		wholeBytes,
		ratio: ours.bytes / wholeBytes,
	};
}

/** Straight lines between measured points, of the logarithm of bytes over decibels. */
function interpolate(points: { bytes: number; decibel: number }[], decibel: number): number {
	const sorted = [...points].sort((a, b) => a.decibel - b.decibel);
	const above = sorted.findIndex((point) => point.decibel >= decibel);
	if (above <= 0) throw new Error(`${decibel.toFixed(2)} dB lie outside of what the whole picture was measured at`);
	const [low, high] = [sorted[above - 1], sorted[above]] as [(typeof points)[0], (typeof points)[0]];
	const share = (decibel - low.decibel) / (high.decibel - low.decibel);
	return Math.exp(Math.log(low.bytes) * (1 - share) + Math.log(high.bytes) * share);
}

function planOrRefuse(file: Uint8Array, settings: RenditionSettings) {
	try {
		return planRendition(inspectImage(file), { originalBytes: file.length, dropsOriginal: true }, settings);
	} catch (thrown) {
		if (thrown instanceof AppError) return undefined;
		throw thrown;
	}
}
