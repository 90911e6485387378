/** How long decoding takes, by what the header says: measured on one core of a small server, and rounded up. */

import type { ImageFormat } from "./inspect/formats.ts";
import type { ImageFacts } from "./inspect/image-facts.ts";

/**
 * What decoding one picture may take. An isolate may compute for 300 s (`limits.cpu_ms`); the slowest settings take a third
 * of that to encode 8.3 megapixels with alpha, and a busy machine is three times as slow as the one this was measured on.
 */
export const DECODE_CPU_BUDGET_MS = 10_000;

interface Cost {
	nsPerPixel: number;
	/** Of the samples as the file holds them, before they are packed. */
	nsPerSampleByte: number;
}

/** 18 MP of baseline JPEG 180 ms, 12 MP of progressive 290; 20 MP of RGB PNG 840 ms; 8.3 MP of WebP 370 ms. */
const costs = {
	jpeg: ({ isProgressive }) => ({ nsPerPixel: isProgressive ? 25 : 11, nsPerSampleByte: 0 }),
	png: () => ({ nsPerPixel: 25, nsPerSampleByte: 7 }),
	webp: () => ({ nsPerPixel: 50, nsPerSampleByte: 0 }),
	gif: () => ({ nsPerPixel: 20, nsPerSampleByte: 0 }),
	avif: () => ({ nsPerPixel: 100, nsPerSampleByte: 0 }),
} satisfies Record<ImageFormat, (facts: ImageFacts) => Cost>;

/** Milliseconds of one core. */
export function predictDecodeCpuMs(facts: ImageFacts): number {
	const { width, height, components, bitDepth, format } = facts;
	const { nsPerPixel, nsPerSampleByte } = costs[format](facts);
	return (width * height * (nsPerPixel + (nsPerSampleByte * components * bitDepth) / 8)) / 1e6;
}
