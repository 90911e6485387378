/**
 * Joins tiles that were encoded alone into one AV1 frame.
 * AV1 tiles do not depend on each other: the symbol decoder and its contexts begin anew in each (section 5.11.1),
 * prediction does not cross their borders, and only the filters do, afterwards. So a tile's coded bytes mean the same
 * in any frame whose headers are the same.
 */

import { Av1Error } from "./av1-error.ts";
import { writeBits } from "./bit-writer.ts";
import { type CodedTile, sharedHeaderBits } from "./coded-tile.ts";
import { chooseLevel } from "./level.ts";
import { OBU_FRAME, OBU_SEQUENCE_HEADER, writeObuHeader } from "./obu.ts";
import { type SequenceHeader, writeSequenceHeader } from "./sequence-header.ts";
import { tileSizeBytesOf, writeTileGroup } from "./tile-group.ts";
import { type TileLayout, writeTileInfo } from "./tile-info.ts";

export interface SplicedFrame {
	/** The OBUs in order; the tiles' bytes among them are not copied. */
	parts: Uint8Array[];
	tiles: CodedTile[];
	/** Of the tiles, with their size; the frame's own is the layout's. */
	sequence: SequenceHeader;
	seqLevelIdx: number;
}

/**
 * @param tiles in raster order
 * @throws Av1Error tiles_disagree, before anything is written, or tiles_misplaced
 */
export function spliceTiles(tiles: CodedTile[], layout: TileLayout): SplicedFrame {
	const [first] = tiles;
	const { width, height, columnWidths, rowHeights } = layout;
	if (first === undefined || tiles.length !== columnWidths.length * rowHeights.length) {
		throw new Av1Error("tiles_misplaced", `${tiles.length} tiles in ${columnWidths.length} x ${rowHeights.length}`);
	}
	assertAgreement(tiles);
	tiles.forEach(({ sequence }, i) => {
		assertFits(sequence, layout, i);
	});

	const { sequence, frame } = first;
	const payloads = tiles.map(({ payload }) => payload);
	const tileSizeBytes = tileSizeBytesOf(payloads);
	const seqLevelIdx = chooseLevel(width, height, columnWidths.length, rowHeights.length);
	const header = writeBits();
	header.copy(frame.bytes, 0, frame.tileInfoStart);
	writeTileInfo(header, sequence, layout, tileSizeBytes);
	header.copy(frame.bytes, frame.tileInfoEnd, frame.end);

	const sequenceParts = [writeSequenceHeader(sequence, { width, height, seqLevelIdx })];
	const frameParts = [header.toBytes(), ...writeTileGroup(payloads, tileSizeBytes)];
	return {
		parts: [...toObu(OBU_SEQUENCE_HEADER, sequenceParts), ...toObu(OBU_FRAME, frameParts)],
		tiles,
		sequence,
		seqLevelIdx,
	};
}

function assertAgreement(tiles: CodedTile[]): void {
	const kinds = new Set(tiles.map(sharedHeaderBits));
	if (kinds.size > 1)
		throw new Av1Error(
			"tiles_disagree",
			`${kinds.size} different headers in ${tiles.length} tiles: ${tiles.map(describe).join(" / ")}`,
		);
}

/** A tile that was encoded with a guard beside it is larger than its place, never smaller. */
function assertFits({ maxFrameWidth, maxFrameHeight }: SequenceHeader, layout: TileLayout, index: number): void {
	const columns = layout.columnWidths.length;
	const width = layout.columnWidths[index % columns] ?? 0;
	const height = layout.rowHeights[Math.floor(index / columns)] ?? 0;
	if (maxFrameWidth < width || maxFrameHeight < height) {
		throw new Av1Error(
			"tiles_misplaced",
			`a tile of ${maxFrameWidth}x${maxFrameHeight} for a place of ${width}x${height}`,
		);
	}
}

function toObu(type: number, parts: Uint8Array[]): Uint8Array[] {
	return [
		writeObuHeader(
			type,
			parts.reduce((sum, part) => sum + part.length, 0),
		),
		...parts,
	];
}

/** What an encoder may have decided otherwise, for the log. */
function describe({ sequence, frame }: CodedTile): string {
	const { allowScreenContentTools: sc, allowIntrabc: ibc, txModeSelect: tx, baseQIdx: q } = frame;
	const superblock = sequence.use128x128Superblock ? 128 : 64;
	return `sb${superblock} q${q} lf${frame.loopFilterLevels} sc${Number(sc)} ibc${Number(ibc)} tx${Number(tx)}`;
}
