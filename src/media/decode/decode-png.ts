/**
 * Decodes PNG row by row with the platform's zlib. A plain picture is resampled while it comes, straight to the size of
 * the output: 20 megapixels need no more memory than 8. An interlaced one is only whole at its end, so it is kept whole.
 */

import { pngChunks } from "../inspect/inspect-png.ts";
import { pngDecoderBytes } from "../memory-model.ts";
import type { RenditionPlan } from "../plan.ts";
import { createRowStreamResampler } from "../resample/row-stream-resampler.ts";
import type { DecodedPicture, Decoder } from "./decoded-picture.ts";
import { ownPixels } from "./own-pixels.ts";
import { listPasses, placeRow } from "./png/adam7.ts";
import { createRowExpander } from "./png/expand-row.ts";
import { inflateRows } from "./png/inflate-rows.ts";
import { type PngColours, readPngColours } from "./png/png-colours.ts";

export const decodePng: Decoder = async (original, plan, codecs, ledger, releaseOriginal): Promise<DecodedPicture> => {
	const { facts, decodedWidth: width, decodedHeight: height } = plan;
	const colours = readPngColours(original);
	const { bitsPerPixel, channels } = colours;
	const passes = listPasses(facts.width, facts.height, facts.isProgressive);
	const shapes = passes.map((pass) => ({ rowBytes: Math.ceil((pass.width * bitsPerPixel) / 8), rows: pass.height }));
	const expand = createRowExpander(colours, facts.width);
	const pixels = new Uint8Array(width * height * channels);
	const picture = ownPixels(pixels, ledger);
	const releaseWork = ledger.hold(pngDecoderBytes(facts, { width, height }).workBytes);
	const place = facts.isProgressive ? undefined : placeRows(plan, colours, pixels, codecs.resampler);
	try {
		await inflateRows(listData(original), {
			passes: shapes,
			pixelBytes: Math.max(1, bitsPerPixel >> 3),
			onRow(row, y, index) {
				const pass = passes[index] as (typeof passes)[0];
				const samples = expand(row, pass.width);
				if (place) place(samples);
				else placeRow(samples, y, pass, channels, width, pixels);
			},
			onFed: releaseOriginal,
		});
	} catch (thrown) {
		picture.release();
		throw thrown;
	} finally {
		releaseWork();
	}
	return { ...picture, width, height, channels, leavesGarbage: true }; // what was inflated
};

function placeRows(plan: RenditionPlan, { channels }: PngColours, pixels: Uint8Array, resampler: WebAssembly.Module) {
	const { facts, decodedWidth: width, decodedHeight: height } = plan;
	if (facts.width !== width || facts.height !== height) {
		return createRowStreamResampler(resampler, facts, { width, height }, channels, pixels);
	}
	let at = 0;
	return (samples: Uint8Array) => {
		pixels.set(samples, at);
		at += samples.length;
	};
}

/** The contents of the IDAT chunks, which are one stream however they are cut. Chunks beside them are never unpacked. */
function* listData(original: Uint8Array): Generator<Uint8Array> {
	for (const { type, data } of pngChunks(original)) if (type === "IDAT") yield data;
}
