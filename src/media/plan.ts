/** The shape of a plan: what will be decoded, what will come out, and what that is predicted to need. */

import type { TileLayout } from "./av1/tile-info.ts";
import type { ImageFacts } from "./inspect/image-facts.ts";

export interface RenditionPlan {
	facts: ImageFacts;
	/** The picture's own size after its orientation is applied. */
	uprightWidth: number;
	uprightHeight: number;
	outputWidth: number;
	outputHeight: number;
	/** Eighths at which a JPEG is decoded, 1 to 8; 8 for every other format. */
	decodeScale: number;
	/** What the decoder will hand over, before the orientation is applied: a plain PNG comes in the output's size. */
	decodedWidth: number;
	decodedHeight: number;
	/** True when the pixels leave the decoder's memory, so that its coefficients do not stay with them. */
	movesPixels: boolean;
	/** The most WASM memory that the decoder may take, where the header does not tell how much it will. */
	decoderLimitBytes?: number;
	tiles: TilePlan;
	/**
	 * WASM memories and large buffers alive at the same time, in each step and at the worst. The decoded pixels stay
	 * while tiles are resampled and encoded in turn: both are counted under `encode`.
	 */
	predictedBytes: { decode: number; encode: number };
	predictedPeakBytes: number;
	/** Milliseconds of one core, for the decoder alone. */
	predictedDecodeCpuMs: number;
}

/** How the output is cut, and what the encoder of the largest tile needs. */
export interface TilePlan {
	layout: TileLayout;
	/** Pixels of the largest frame that may be encoded: a tile with its guard. */
	maxFramePixels: number;
	/** WASM memory of the encoder. */
	encoderBytes: number;
}
