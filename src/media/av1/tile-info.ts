/** tile_info() (AV1 specification, section 5.9.15): how a frame is cut into tiles. */

import { Av1Error } from "./av1-error.ts";
import type { BitReader } from "./bit-reader.ts";
import type { BitWriter } from "./bit-writer.ts";
import type { SequenceHeader } from "./sequence-header.ts";

/** Section 3, symbols and constants. */
export const MAX_TILE_WIDTH = 4096;
const MAX_TILE_AREA = 4096 * 2304;
export const MAX_TILE_COLS = 64;
export const MAX_TILE_ROWS = 64;

export interface UniformTileInfo {
	tileColsLog2: number;
	tileRowsLog2: number;
	/** TileSizeBytes: 0 where there is one tile, which needs no size. */
	tileSizeBytes: number;
}

/** In pixels; every span but the last is a whole number of superblocks. */
export interface TileLayout {
	width: number;
	height: number;
	columnWidths: number[];
	rowHeights: number[];
}

/** tile_log2(), section 5.9.16: the smallest k with blockSize << k at least target. */
export function tileLog2(blockSize: number, target: number): number {
	let k = 0;
	while (blockSize * 2 ** k < target) k++;
	return k;
}

/** What tile_info() computes before it reads a bit. */
function tileLimits(sequence: SequenceHeader, width: number, height: number) {
	const sbSize = sequence.use128x128Superblock ? 128 : 64;
	const [sbCols, sbRows] = [Math.ceil(width / sbSize), Math.ceil(height / sbSize)];
	const maxTileWidthSb = MAX_TILE_WIDTH / sbSize;
	const minLog2TileCols = tileLog2(maxTileWidthSb, sbCols);
	const minLog2Tiles = Math.max(minLog2TileCols, tileLog2(MAX_TILE_AREA / sbSize ** 2, sbRows * sbCols));
	return { sbSize, sbCols, sbRows, maxTileWidthSb, minLog2TileCols, minLog2Tiles };
}

/** @throws Av1Error unsupported, when the spacing is not uniform */
export function parseTileInfo(reader: BitReader, sequence: SequenceHeader): UniformTileInfo {
	const limits = tileLimits(sequence, sequence.maxFrameWidth, sequence.maxFrameHeight);
	const maxLog2TileCols = tileLog2(1, Math.min(limits.sbCols, MAX_TILE_COLS));
	const maxLog2TileRows = tileLog2(1, Math.min(limits.sbRows, MAX_TILE_ROWS));
	if (reader.f(1) === 0) throw new Av1Error("unsupported", "tiles that are not spaced uniformly");
	let tileColsLog2 = limits.minLog2TileCols;
	while (tileColsLog2 < maxLog2TileCols && reader.f(1) === 1) tileColsLog2++; // increment_tile_cols_log2
	let tileRowsLog2 = Math.max(limits.minLog2Tiles - tileColsLog2, 0);
	while (tileRowsLog2 < maxLog2TileRows && reader.f(1) === 1) tileRowsLog2++;
	if (tileColsLog2 === 0 && tileRowsLog2 === 0) return { tileColsLog2, tileRowsLog2, tileSizeBytes: 0 };
	reader.f(tileColsLog2 + tileRowsLog2); // context_update_tile_id
	return { tileColsLog2, tileRowsLog2, tileSizeBytes: reader.f(2) + 1 };
}

/** Writes the layout with uniform_tile_spacing_flag 0, which names every width and height. @throws Av1Error tiles_misplaced */
export function writeTileInfo(
	writer: BitWriter,
	sequence: SequenceHeader,
	layout: TileLayout,
	tileSizeBytes: number,
): void {
	const { sbSize, sbCols, sbRows, maxTileWidthSb, minLog2Tiles } = tileLimits(sequence, layout.width, layout.height);
	writer.f(1, 0); // uniform_tile_spacing_flag
	const widestTileSb = writeSpans(writer, layout.columnWidths, layout.width, sbSize, maxTileWidthSb, MAX_TILE_COLS);
	const areaSb = sbRows * sbCols;
	const maxTileAreaSb = minLog2Tiles > 0 ? areaSb >> (minLog2Tiles + 1) : areaSb;
	const maxTileHeightSb = Math.max(Math.floor(maxTileAreaSb / widestTileSb), 1);
	writeSpans(writer, layout.rowHeights, layout.height, sbSize, maxTileHeightSb, MAX_TILE_ROWS);
	const log2Tiles = tileLog2(1, layout.columnWidths.length) + tileLog2(1, layout.rowHeights.length);
	if (log2Tiles === 0) return;
	writer.f(log2Tiles, 0); // context_update_tile_id: no other frame follows that could use its contexts
	writer.f(2, tileSizeBytes - 1);
}

/** width_in_sbs_minus_1 of every column, or height_in_sbs_minus_1 of every row. @returns the longest, in superblocks */
function writeSpans(
	writer: BitWriter,
	spans: number[],
	length: number,
	sbSize: number,
	maxSb: number,
	maxCount: number,
): number {
	const misplaced = (what: string) =>
		new Av1Error("tiles_misplaced", `${what}: ${spans.join(" + ")} of ${length} pixels`);
	if (spans.length === 0 || spans.length > maxCount) throw misplaced("too many tiles");
	let leftSb = Math.ceil(length / sbSize);
	let leftPixels = length;
	let longestSb = 0;
	for (const span of spans) {
		const spanSb = Math.ceil(span / sbSize);
		const most = Math.min(leftSb, maxSb);
		if (span < 1 || spanSb > most) throw misplaced("a tile is too long");
		leftPixels -= span;
		if (leftPixels > 0 && span % sbSize !== 0) throw misplaced("a tile ends within a superblock");
		writer.ns(most, spanSb - 1);
		longestSb = Math.max(longestSb, spanSb);
		leftSb -= spanSb;
	}
	if (leftPixels !== 0) throw misplaced("the tiles do not cover the frame");
	return longestSb;
}
