/** Encodes tiles until their headers agree, so that one frame can hold them all. */

import { type CodedTile, sharedHeaderBits } from "../av1/coded-tile.ts";
import { type Attempt, firstAttempt, furtherAttempts, type TileSize } from "./guards.ts";

/** Encodes the tile of that index in that way. */
export type EncodeTile = (index: number, attempt: Attempt) => Promise<CodedTile>;

/**
 * @param sizes of the tiles, in raster order
 * @returns the tiles as they stand after the last attempt, and how many encodes were done again. Whether they agree
 *   is asked once more where they are spliced.
 */
export async function encodeAlike(
	sizes: TileSize[],
	speed: number,
	encode: EncodeTile,
): Promise<{ tiles: CodedTile[]; reencoded: number }> {
	const tiles: CodedTile[] = [];
	for (const [index, size] of sizes.entries()) {
		tiles.push(await encode(index, sizes.length === 1 ? { speed } : firstAttempt(size, speed)));
	}
	if (new Set(tiles.map(sharedHeaderBits)).size === 1) return { tiles, reencoded: 0 };

	let reencoded = 0;
	for (const [index, size] of sizes.entries()) {
		for (const attempt of furtherAttempts(size, speed)) {
			if (isAsWanted(tiles[index] as CodedTile)) break;
			tiles[index] = await encode(index, attempt);
			reencoded++;
		}
	}
	return { tiles, reencoded };
}

/** What every tile can be brought to. A lossless frame has no TxMode to choose (section 5.9.21). */
function isAsWanted({ frame }: CodedTile): boolean {
	return (frame.txModeSelect || frame.codedLossless) && !frame.allowScreenContentTools;
}
