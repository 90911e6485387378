/** The shape of a plan: what will be decoded, what will come out, and what that is predicted to need. */

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
	/** What the decoder will hand over, before the orientation is applied. */
	decodedWidth: number;
	decodedHeight: number;
	/** WASM memories and large buffers alive at the same time, the original included, in each step and at the worst. */
	predictedBytes: { decode: number; resample: number; encode: number };
	predictedPeakBytes: number;
}
