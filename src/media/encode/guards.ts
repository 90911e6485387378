/**
 * Guards: picture that is encoded beside a tile, in an AV1 tile of its own, and thrown away. It steers what libaom 3.7
 * decides for a whole frame from its pixels, and leaves the tile's own bytes independent.
 *
 * Decided from pixels are TxMode, allow_screen_content_tools and allow_intrabc; all else follows from quality, speed
 * and size. TxMode is TX_MODE_SELECT as soon as one block splits its transform. Every tile is brought to
 * TX_MODE_SELECT without screen content, because that can always be reached.
 *
 * Speeds 9 and 10 find no screen content, and only rectangular blocks that are not skipped split transforms. An edge of
 * the frame forces them where a block of 16x16 reaches beyond it by a half: in frames of an odd number of blocks of 8x8,
 * wherever there is texture. So textured edges decide, unless both sides of the last tile are even.
 * At speeds 6 to 8 soft edges of many kinds split transforms in a frame of any size. Screen content is counted in blocks
 * of few colours, as a share of the frame: flat grey dilutes it below libaom's 10 %.
 */

import { BLOCK, SUPERBLOCK } from "./superblock.ts";

export interface Guard {
	side: "right" | "bottom" | "left" | "top";
	pattern: "texturedEdge" | "softEdges";
	/** How many times the tile's own size, before it: AV1 tiles spaced uniformly are equally long, and 2^k in number. */
	repeat: 1 | 3 | 15;
}

/** One way to encode a tile. */
export interface Attempt {
	guard?: Guard;
	/** No header tells the speed, so a tile may have its own. */
	speed: number;
}

export interface TileSize {
	width: number;
	height: number;
}

const FAST = 9;
const isFast = (speed: number): boolean => speed >= FAST;

const edge = (side: Guard["side"]): Guard => ({ side, pattern: "texturedEdge", repeat: 1 });
const softEdges = (repeat: Guard["repeat"]): Guard => ({ side: "top", pattern: "softEdges", repeat });
const isOdd = (length: number) => Math.ceil(length / BLOCK) % 2 === 1;

/** How one tile of several is encoded first. */
export function firstAttempt(size: TileSize, speed: number): Attempt {
	return isFast(speed) ? decidingAttempt(size, speed) : { speed }; // at lower speeds most tiles need no guard
}

/** What to try in turn for a tile that did not come out as it should. */
export function furtherAttempts(size: TileSize, speed: number): Attempt[] {
	const isStubbornSize = isStubborn(size);
	const slow = Math.min(speed, FAST - 1);
	const diluting: Attempt[] = [];
	if (!isFast(speed)) diluting.push({ guard: softEdges(1), speed: slow });
	if (!isFast(speed) || isStubbornSize) diluting.push({ guard: softEdges(3), speed: slow });
	// A sixteenth of the frame is no screen content, whatever it shows; other sizes can do without.
	if (isStubbornSize) return [...diluting, { guard: softEdges(15), speed: slow }];
	return isFast(speed) ? [] : [...diluting, decidingAttempt(size, FAST)];
}

/** Every attempt that a tile may come to, for the memory it may need. */
export function possibleAttempts(size: TileSize, speed: number): Attempt[] {
	return [firstAttempt(size, speed), ...furtherAttempts(size, speed)];
}

/** True when no textured edge can decide for a tile of that size: it has to be small. */
export function isStubborn({ width, height }: TileSize): boolean {
	const isCutBothWays = width % SUPERBLOCK !== 0 && height % SUPERBLOCK !== 0;
	return isCutBothWays && !isOdd(width) && !isOdd(height);
}

function decidingAttempt(size: TileSize, speed: number): Attempt {
	const { width, height } = size;
	// A guard behind the tile has an edge of its own, and needs the tile to end with a superblock.
	if (width % SUPERBLOCK === 0) return { guard: edge("right"), speed };
	if (height % SUPERBLOCK === 0) return { guard: edge("bottom"), speed };
	// One before the tile ends where the tile does.
	if (isOdd(width)) return { guard: edge("top"), speed };
	if (isOdd(height)) return { guard: edge("left"), speed };
	return { guard: softEdges(1), speed: FAST - 1 };
}
