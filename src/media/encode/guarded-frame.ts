/** Where a tile lies in the frame that it is encoded in with its guard. */

import type { Guard } from "./guards.ts";
import { SUPERBLOCK } from "./superblock.ts";

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
	if (isAcross) {
		const cut = { tileColsLog2: countLog2, tileRowsLog2: 0, tileIndex };
		return { ...tile, ...cut, tileLeft: tileAt, width: tileWidth + guardPixels, height: tileHeight };
	}
	const cut = { tileColsLog2: 0, tileRowsLog2: countLog2, tileIndex };
	return { ...tile, ...cut, tileTop: tileAt, width: tileWidth, height: tileHeight + guardPixels };
}
