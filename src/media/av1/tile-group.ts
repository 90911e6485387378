/** tile_group_obu() (AV1 specification, section 5.11.1): the coded tiles behind a frame header. */

import { Av1Error } from "./av1-error.ts";
import type { FrameHeader } from "./frame-header.ts";

/** le(n), section 4.10.4. */
function readLittleEndian(bytes: Uint8Array, at: number, count: number): number {
	let value = 0;
	for (let i = 0; i < count; i++) value += (bytes[at + i] ?? 0) * 2 ** (8 * i);
	return value;
}

/** Each tile's coded bytes, in raster order: a view into the frame. @throws Av1Error malformed */
export function readTileGroup(header: FrameHeader): Uint8Array[] {
	const { bytes, tileInfo } = header;
	const numTiles = 2 ** (tileInfo.tileColsLog2 + tileInfo.tileRowsLog2);
	let at = Math.ceil(header.end / 8); // frame_obu(), section 5.10: byte_alignment
	if (numTiles > 1) at += 1; // tile_start_and_end_present_flag, byte_alignment
	const tiles: Uint8Array[] = [];
	for (let i = 0; i < numTiles; i++) {
		const isLast = i === numTiles - 1;
		const size = isLast ? bytes.length - at : readLittleEndian(bytes, at, tileInfo.tileSizeBytes) + 1;
		if (!isLast) at += tileInfo.tileSizeBytes; // tile_size_minus_1
		if (size < 1 || at + size > bytes.length) throw new Av1Error("malformed", "a tile is longer than its frame");
		tiles.push(bytes.subarray(at, at + size));
		at += size;
	}
	return tiles;
}

/** TileSizeBytes: enough for every tile but the last, which has no size. */
export function tileSizeBytesOf(tiles: Uint8Array[]): number {
	const largest = Math.max(1, ...tiles.slice(0, -1).map((tile) => tile.length));
	return Math.ceil((32 - Math.clz32(Math.max(1, largest - 1))) / 8);
}

/** The parts of a tile group, in order; the tiles' bytes are not copied. */
export function writeTileGroup(tiles: Uint8Array[], tileSizeBytes: number): Uint8Array[] {
	if (tiles.length === 1) return tiles;
	const parts: Uint8Array[] = [Uint8Array.of(0)]; // tile_start_and_end_present_flag 0: this group holds every tile
	tiles.forEach((tile, i) => {
		if (i < tiles.length - 1) {
			parts.push(
				Uint8Array.from({ length: tileSizeBytes }, (_, k) => Math.floor((tile.length - 1) / 2 ** (8 * k)) % 256),
			);
		}
		parts.push(tile);
	});
	return parts;
}
