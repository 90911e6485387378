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

/** What a deployment chooses for all its pictures. */
export type RenditionChoices = Omit<RenditionSettings, "budgetBytes">;

/** What a request chooses for its own; what it leaves out is the deployment's. */
export type RenditionWishes = Partial<RenditionChoices>;

/**
 * What may be chosen at all, both ends included. Below quality 30 shirts' fabric turns to mush; 3840x2160 is what was
 * measured to fit into an isolate.
 */
export const renditionLimits = {
	quality: { minimum: 30, maximum: 100 },
	speed: { minimum: 6, maximum: 10 },
	maxWidth: { minimum: 16, maximum: 3840 },
	maxHeight: { minimum: 16, maximum: 2160 },
} as const;

/**
 * The settings a picture is made with. A wish for more pixels than the deployment makes by now is granted up to its limit:
 * the limit may have been lowered since the wish was accepted.
 */
export function grantWishes(wishes: RenditionWishes, deployment: RenditionChoices): RenditionChoices {
	const granted = { ...deployment, ...wishes };
	return {
		...granted,
		maxWidth: Math.min(granted.maxWidth, deployment.maxWidth),
		maxHeight: Math.min(granted.maxHeight, deployment.maxHeight),
	};
}
