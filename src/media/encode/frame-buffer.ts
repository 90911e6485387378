/** The RGBA pixels of the frame in hand: one buffer for all tiles of a picture, as large as the largest frame. */

import type { PixelTarget } from "../resample/resample-region.ts";
import type { GuardedFrame } from "./guarded-frame.ts";
import type { Guard } from "./guards.ts";
import { paintGuard } from "./paint-guard.ts";

const RGBA_BYTES = 4;
const OPAQUE = 0xff000000;

export interface FrameBuffer {
	readonly byteLength: number;
	/** Where the tile's pixels belong. */
	targetOf(frame: GuardedFrame): PixelTarget;
	paintGuard(frame: GuardedFrame, pattern: Guard["pattern"]): void;
	/** Leaves the tile's colours without their alpha, or its alpha as grey: the encoder gets opaque pixels only. */
	keepPlane(frame: GuardedFrame, plane: "color" | "alpha"): void;
	/** The whole frame. */
	pixelsOf(frame: GuardedFrame): Uint8Array;
}

export function createFrameBuffer(maxPixels: number): FrameBuffer {
	const buffer = new ArrayBuffer(maxPixels * RGBA_BYTES);
	const words = new Uint32Array(buffer); // every engine this runs on is little-endian: alpha is the highest byte
	return {
		byteLength: buffer.byteLength,
		targetOf: ({ width, tileLeft, tileTop }) => ({
			pixels: new Uint8Array(buffer),
			origin: (tileTop * width + tileLeft) * RGBA_BYTES,
			rowBytes: width * RGBA_BYTES,
		}),
		paintGuard: (frame, pattern) => paintGuard(words, frame, pattern),
		keepPlane(frame, plane) {
			for (let y = 0; y < frame.tileHeight; y++) {
				const start = (frame.tileTop + y) * frame.width + frame.tileLeft;
				for (let at = start; at < start + frame.tileWidth; at++) {
					const word = words[at] as number;
					words[at] = OPAQUE | (plane === "color" ? word : (word >>> 24) * 0x010101);
				}
			}
		},
		pixelsOf: ({ width, height }) => new Uint8Array(buffer, 0, width * height * RGBA_BYTES),
	};
}
