/** Cuts an output picture into the tiles that it is encoded in. */

import { chooseLevel } from "../av1/level.ts";
import { MAX_TILE_COLS, MAX_TILE_ROWS, MAX_TILE_WIDTH, type TileLayout } from "../av1/tile-info.ts";
import type { Region } from "../resample/resample-region.ts";
import { isStubborn } from "./guards.ts";
import { SUPERBLOCK } from "./superblock.ts";

/**
 * The widest tile whose superblocks libaom 3.7 makes 64x64 at every speed: at speeds 6 to 8 it takes 128x128 when the
 * shorter side is more than 480, and superblocks must be alike in all tiles. What stands above or below does not matter.
 */
const NARROW_SUPERBLOCKS = 7;

/**
 * A guard's edge is as long as the tile is wide: below 64 pixels it is too short to split a transform in every picture
 * (below 32 it failed in a third of them). What is so narrow needs 22 MB whole, so nothing is lost.
 */
const NARROWEST_CUT = SUPERBLOCK;

/** A tile is what the rest of the isolate waits for: 1024x1024 are 0.2 s at speed 9. */
const MAX_TILE_SUPERBLOCKS = 16;
/** Below 192x192 every tile costs more in bytes than it spares in memory. */
const MIN_TILE_SUPERBLOCKS = 3;

/** The layouts worth trying: the largest tiles first, but those with more tiles than the picture's level allows last. */
export function* candidateGrids(width: number, height: number, speed: number): Generator<TileLayout> {
	// 4096x2304 is the largest tile that AV1 allows (section 5.9.15)
	if (width <= MAX_TILE_WIDTH && width * height <= MAX_TILE_WIDTH * 2304) {
		yield { width, height, columnWidths: [width], rowHeights: [height] };
		if (Math.min(width, height) < NARROWEST_CUT) return;
	}
	const seen = new Set<string>();
	const level = chooseLevel(width, height, 1, 1);
	const isStubbornCorner = isStubborn({ width, height }); // a tile in the corner ends where the picture does
	const beyondLevel: TileLayout[] = [];
	for (const [across, down] of tileShapes) {
		const mostAcross = speed < 9 ? Math.min(across, NARROW_SUPERBLOCKS) : across;
		const columnWidths = divide(width, mostAcross, isStubbornCorner ? MIN_TILE_SUPERBLOCKS : mostAcross);
		const rowHeights = divide(height, down, isStubbornCorner ? MIN_TILE_SUPERBLOCKS : down);
		const key = `${columnWidths}/${rowHeights}`;
		if (seen.has(key) || columnWidths.length > MAX_TILE_COLS || rowHeights.length > MAX_TILE_ROWS) continue;
		seen.add(key);
		const layout = { width, height, columnWidths, rowHeights };
		if (chooseLevel(width, height, columnWidths.length, rowHeights.length) === level) yield layout;
		else beyondLevel.push(layout);
	}
	yield* beyondLevel;
}

/** Superblocks across and down, at most twice as long as wide, the largest area first. */
const tileShapes = listTileShapes();

function listTileShapes(): [across: number, down: number][] {
	const shapes: [number, number][] = [];
	for (let across = MIN_TILE_SUPERBLOCKS; across <= MAX_TILE_SUPERBLOCKS; across++) {
		for (let down = MIN_TILE_SUPERBLOCKS; down <= MAX_TILE_SUPERBLOCKS; down++) {
			if (Math.max(across, down) <= 2 * Math.min(across, down)) shapes.push([across, down]);
		}
	}
	return shapes.sort((a, b) => b[0] * b[1] - a[0] * a[1]);
}

/**
 * Near-equal spans of whole superblocks, the last of which may have to be shorter. None is only a remainder: levels want
 * tiles of 8 pixels or more (annex A.3).
 */
function divide(length: number, mostSuperblocks: number, mostOfLast: number): number[] {
	const total = Math.ceil(length / SUPERBLOCK);
	const most = Math.min(mostOfLast, mostSuperblocks);
	if (total <= most) return [length];
	const before = Math.ceil((total - most) / mostSuperblocks);
	const last = Math.min(most, Math.floor(total / (before + 1)));
	const spans: number[] = [];
	for (let i = 0, left = total - last; i < before; i++) {
		const superblocks = Math.ceil(left / (before - i));
		spans.push(superblocks * SUPERBLOCK);
		left -= superblocks;
	}
	return [...spans, length - (total - last) * SUPERBLOCK];
}

/** In raster order, as AV1 counts tiles. */
export function listTiles({ columnWidths, rowHeights }: TileLayout): Region[] {
	const tiles: Region[] = [];
	let top = 0;
	for (const height of rowHeights) {
		let left = 0;
		for (const width of columnWidths) {
			tiles.push({ left, top, width, height });
			left += width;
		}
		top += height;
	}
	return tiles;
}
