/** What may be chosen about a rendition, and what is chosen when nobody asks. */

/**
 * What one picture may need at its peak: WASM memories and large buffers together.
 * An isolate has 128 MB for everything. 16 MB are left for what is not counted here: the Worker's own heap and code
 * (about 10 MB) and the requests it answers meanwhile. Counted in millions, the smaller reading of "MB".
 */
export const DEFAULT_MEMORY_BUDGET_BYTES = (128 - 16) * 1e6;

/** Tiles are made no larger than this leaves room for: what lies above it is kept for pictures that need it. */
export const COMFORTABLE_MEMORY_BYTES = 96e6;

/**
 * How much of the colours' detail is kept: 4:2:0 halves their rows and columns, 4:4:4 keeps every pixel's. The second
 * takes half as much memory again, and more bytes.
 */
export const chromaSubsamplings = ["4:2:0", "4:4:4"] as const;
export type ChromaSubsampling = (typeof chromaSubsamplings)[number];

export interface RenditionSettings {
	/** 0 to 100, as libavif counts it. */
	quality: number;
	/** 6 to 10, as libaom counts it: faster is higher. Below 6 nothing was measured. */
	speed: number;
	/** The upright picture is made to fit this box, never enlarged. */
	maxWidth: number;
	maxHeight: number;
	chromaSubsampling: ChromaSubsampling;
	/** A picture predicted to need more is refused before it is decoded. */
	budgetBytes: number;
}

export const defaultRenditionSettings: RenditionSettings = {
	quality: 90,
	speed: 9,
	maxWidth: 3840,
	maxHeight: 2160,
	chromaSubsampling: "4:2:0",
	budgetBytes: DEFAULT_MEMORY_BUDGET_BYTES,
};
