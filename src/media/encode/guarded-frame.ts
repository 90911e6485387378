/** Where a tile lies in the frame that it is encoded in, and the guard painted beside it. */

import type { Guard, GuardPattern } from "./guards.ts";
import { SUPERBLOCK } from "./tile-grid.ts";

export interface GuardedFrame {
	width: number;
	height: number;
	/** The tile's place in it. */
	tileLeft: number;
	tileTop: number;
	tileWidth: number;
	tileHeight: number;
	/** How the encoder has to cut it, and which of its tiles is ours. */
	tileColsLog2: number;
	tileRowsLog2: number;
	tileIndex: number;
}

/** How far the guard reaches into its last superblock: 1 to 8 pixels force rectangular blocks. */
const EDGE_PIXELS = 8;

/**
 * Uniform spacing cuts a length of n superblocks into 2^k tiles of ceil(n / 2^k), section 5.9.15. So a guard behind a
 * tile of s superblocks needs s - 1 and no less, and a guard before it as many as the tile.
 */
export function frameTile(tileWidth: number, tileHeight: number, guard?: Guard): GuardedFrame {
	const tile = { tileLeft: 0, tileTop: 0, tileWidth, tileHeight };
	if (guard === undefined) {
		return { ...tile, width: tileWidth, height: tileHeight, tileColsLog2: 0, tileRowsLog2: 0, tileIndex: 0 };
	}
	const isAcross = guard.side === "right" || guard.side === "left";
	const superblocks = Math.ceil((isAcross ? tileWidth : tileHeight) / SUPERBLOCK);
	const isBefore = guard.side === "top" || guard.side === "left";
	const guardPixels = isBefore
		? superblocks * SUPERBLOCK * guard.repeat
		: (Math.max(1, superblocks - 1) - 1) * SUPERBLOCK + EDGE_PIXELS;
	const countLog2 = Math.log2(guard.repeat + 1);
	const tileIndex = isBefore ? guard.repeat : 0;
	const tileAt = isBefore ? guardPixels : 0;
	return isAcross
		? {
				...tile,
				width: tileWidth + guardPixels,
				height: tileHeight,
				tileLeft: tileAt,
				tileColsLog2: countLog2,
				tileRowsLog2: 0,
				tileIndex,
			}
		: {
				...tile,
				width: tileWidth,
				height: tileHeight + guardPixels,
				tileTop: tileAt,
				tileColsLog2: 0,
				tileRowsLog2: countLog2,
				tileIndex,
			};
}

/** Fills all of the frame but the tile. @param pixels RGBA rows of the frame, one number a pixel, alpha the highest byte */
export function paintGuard(pixels: Uint32Array, frame: GuardedFrame, pattern: GuardPattern): void {
	const { width, height, tileLeft, tileTop } = frame;
	const [tileRight, tileBottom] = [tileLeft + frame.tileWidth, tileTop + frame.tileHeight];
	const paint = patterns[pattern];
	for (let y = 0; y < height; y++) {
		const isBesideTile = y >= tileTop && y < tileBottom;
		for (let x = 0; x < width; x++) {
			if (isBesideTile && x === tileLeft) x = tileRight;
			if (x < width) pixels[y * width + x] = 0xff000000 + paint(x, y, width, height) * 0x010101;
		}
	}
}

const MIDDLE_GREY = 128;
/** How far from the frame's edge the texture begins; the blocks that the edge cuts are all within. */
const TEXTURE_PIXELS = 16;
/** Two superblocks of chirp: 120 of 120 encodes came out right with it; discs and soft waves failed in a third. */
const CHIRP_PIXELS = 128;

type Paint = (x: number, y: number, width: number, height: number) => number;

const patterns: Record<GuardPattern, Paint> = {
	texturedEdge: (x, y, width, height) => {
		if (x >= width - TEXTURE_PIXELS) return texture(width - x, y);
		return y >= height - TEXTURE_PIXELS ? texture(height - y, x) : MIDDLE_GREY;
	},
	chirpOverFlat: (x, y) => (y < CHIRP_PIXELS ? paintChirp(x, y) : MIDDLE_GREY),
	chirpOverTwoGreys: (x, y) => (y < CHIRP_PIXELS ? paintChirp(x, y) : 120 + (((x >> 2) ^ (y >> 2)) & 1)),
};

/** Waves whose height and frequency change every 32 pixels along the edge: some of them split blocks at any quality. */
function texture(across: number, along: number): number {
	const k = (along >> 5) % 16;
	const wave = Math.sin((across + 3) * (0.05 + 0.02 * k)) * Math.cos(along * (0.04 + 0.01 * k));
	return Math.round(MIDDLE_GREY + (8 + 6 * k) * wave);
}

/** Rings that grow finer with their distance. */
function paintChirp(x: number, y: number): number {
	return Math.round(MIDDLE_GREY + 100 * Math.sin((x * x + y * y) / 900));
}
