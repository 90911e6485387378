/**
 * Guards: picture that is encoded beside a tile, in an AV1 tile of its own, and thrown away. It steers what libaom 3.7
 * decides for a whole frame from its pixels, and leaves the tile's own bytes independent.
 *
 * Decided from pixels are TxMode, allow_screen_content_tools and allow_intrabc; all else follows from quality, speed
 * and size. At speeds 9 and 10 only TxMode varies: it is TX_MODE_SELECT as soon as one block that is not skipped is
 * rectangular. A frame that ends 1 to 8 pixels into a superblock forces such blocks wherever there is texture.
 * At speeds 6 to 8 a chirp makes the encoder split transforms, which has the same effect at any size; flat grey dilutes
 * the share of blocks that look like screen content until it is below libaom's 10 %, and blocks of two neighbouring
 * greys lift it above.
 */

import { NARROW_SUPERBLOCKS, SUPERBLOCK } from "./tile-grid.ts";

export type GuardPattern = "texturedEdge" | "chirpOverFlat" | "chirpOverTwoGreys";

export interface Guard {
	side: "right" | "bottom" | "left" | "top";
	pattern: GuardPattern;
	/** How many times the tile's own size, before it: AV1 tiles spaced uniformly are equally long. */
	repeat: 1 | 3;
}

/** One way to encode a tile. */
export interface Attempt {
	guard?: Guard;
	/** No header tells the speed, so a tile may have its own. */
	speed: number;
}

interface TileSize {
	width: number;
	height: number;
}

/** At these speeds TxMode is all that varies. */
export const isFast = (speed: number): boolean => speed >= 9;

const edge = (side: Guard["side"]): Guard => ({ side, pattern: "texturedEdge", repeat: 1 });
const chirp = (pattern: GuardPattern, repeat: 1 | 3): Guard => ({ side: "top", pattern, repeat });

/** How a tile of several is encoded first. */
export function firstAttempt({ width, height }: TileSize, speed: number): Attempt {
	if (!isFast(speed)) return { speed }; // most pictures agree by themselves
	// A guard behind the tile needs the tile to end with a superblock. Only the corner tile does neither way.
	if (width % SUPERBLOCK === 0) return { guard: edge("right"), speed };
	if (height % SUPERBLOCK === 0) return { guard: edge("bottom"), speed };
	return { speed };
}

/** What to try in turn for a tile whose TxMode is still TX_MODE_LARGEST, or that looks like screen content. */
export function attemptsForSelect({ width, height }: TileSize, speed: number): Attempt[] {
	const isNarrow = width <= NARROW_SUPERBLOCKS * SUPERBLOCK;
	const chirps: Attempt[] = ([1, 3] as const).map((repeat) => ({
		guard: chirp("chirpOverFlat", repeat),
		speed: Math.min(speed, 8),
	}));
	if (!isFast(speed)) return chirps;
	// A guard before the tile ends where the tile does: whether that edge decides depends on the tile's size.
	const isCorner = width % SUPERBLOCK !== 0 && height % SUPERBLOCK !== 0;
	const edges: Attempt[] = isCorner ? [edge("top"), edge("left")].map((guard) => ({ guard, speed })) : [];
	return isNarrow && isCorner ? [...edges, ...chirps] : edges;
}

/** The other way to agree at speeds 6 to 8: every tile taken for screen content. */
export function attemptsForScreenContent(speed: number): Attempt[] {
	return isFast(speed) ? [] : [{ guard: chirp("chirpOverTwoGreys", 1), speed }];
}

/** Every attempt that a tile may come to, for the memory it may need. */
export function possibleAttempts(tile: TileSize, speed: number): Attempt[] {
	return [firstAttempt(tile, speed), ...attemptsForSelect(tile, speed), ...attemptsForScreenContent(speed)];
}
