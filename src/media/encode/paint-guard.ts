/** Paints guards: grey pictures that no one sees, made to be decided about in a known way. */

import type { GuardedFrame } from "./guarded-frame.ts";
import type { Guard } from "./guards.ts";

const MIDDLE_GREY = 128;
/** How far from the frame's edge the texture begins; the blocks that the edge cuts are all within. */
const TEXTURE_PIXELS = 16;
/** How far soft edges reach into their guard; the rest is flat, which costs the encoder next to nothing. */
const SOFT_EDGES_PIXELS = 192;

interface Pattern {
	/** From which x on a row is not flat: most of a guard is, and filling is cheaper than painting. */
	startsAt(y: number, width: number, height: number): number;
	paint(x: number, y: number, width: number, height: number): number;
}

const patterns: Record<Guard["pattern"], Pattern> = {
	texturedEdge: {
		startsAt: (y, width, height) => (y >= height - TEXTURE_PIXELS ? 0 : width - TEXTURE_PIXELS),
		paint: (x, y, width, height) =>
			x >= width - TEXTURE_PIXELS ? paintTexture(width - x, y) : paintTexture(height - y, x),
	},
	softEdges: {
		startsAt: (y, width) => (y < SOFT_EDGES_PIXELS ? 0 : width),
		paint: paintSoftEdge,
	},
};

const asGrey = (level: number): number => 0xff000000 + level * 0x010101;

/** Fills all of the frame but the tile. @param pixels RGBA rows of the frame, one number a pixel, alpha the highest byte */
export function paintGuard(pixels: Uint32Array, frame: GuardedFrame, pattern: Guard["pattern"]): void {
	const { width, height, tileLeft, tileTop } = frame;
	const [tileRight, tileBottom] = [tileLeft + frame.tileWidth, tileTop + frame.tileHeight];
	const { startsAt, paint } = patterns[pattern];
	for (let y = 0; y < height; y++) {
		const isBesideTile = y >= tileTop && y < tileBottom;
		const left = isBesideTile && tileLeft === 0 ? tileRight : 0;
		const right = isBesideTile && tileLeft > 0 ? tileLeft : width;
		const start = Math.max(left, Math.min(right, startsAt(y, width, height)));
		pixels.fill(asGrey(MIDDLE_GREY), y * width + left, y * width + start);
		for (let x = start; x < right; x++) pixels[y * width + x] = asGrey(paint(x, y, width, height));
	}
}

/** Waves whose height and frequency change every 32 pixels along the edge: some of them split blocks at any quality. */
function paintTexture(across: number, along: number): number {
	const k = (along >> 5) % 16;
	const wave = Math.sin((across + 3) * (0.05 + 0.02 * k)) * Math.cos(along * (0.04 + 0.01 * k));
	return Math.round(MIDDLE_GREY + (8 + 6 * k) * wave);
}

/**
 * In each 32x32 pixels an edge of another place, direction, height and softness: at any quality and in any few of them
 * there is one whose transform is better split. (Waves and chirps did that for most sizes, not for all.)
 */
function paintSoftEdge(x: number, y: number): number {
	const [column, row] = [x >> 5, y >> 5];
	const angle = 2 * Math.PI * scatter(column, row, 1);
	const [offset, height, softness] = [
		32 * (scatter(column, row, 2) - 0.5),
		10 + 110 * scatter(column, row, 3),
		0.5 + 4 * scatter(column, row, 4),
	];
	const distance = ((x & 31) - 16) * Math.cos(angle) + ((y & 31) - 16) * Math.sin(angle) - offset;
	return Math.round(MIDDLE_GREY + height * Math.tanh(distance / softness));
}

/** A number from 0 to 1 that looks random and is always the same: large odd factors, and two rounds of mixing. */
function scatter(column: number, row: number, index: number): number {
	let hash = column * 374_761_393 + row * 668_265_263 + index * 1_274_126_177;
	hash = Math.imul(hash ^ (hash >>> 13), 1_274_126_177);
	return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
