/** Encodes tiles until their headers agree, so that one frame can hold them all. */

import { type CodedTile, sharedHeaderBits } from "../av1/coded-tile.ts";
import { type Attempt, attemptsForScreenContent, attemptsForSelect, firstAttempt } from "./guards.ts";

interface TileSize {
	width: number;
	height: number;
}

/** Encodes the tile of that index in that way. */
export type EncodeTile = (index: number, attempt: Attempt) => Promise<CodedTile>;

/** A header that every tile can be brought to, and how. */
interface Goal {
	isReached(tile: CodedTile): boolean;
	attempts(size: TileSize, speed: number): Attempt[];
}

const isSelect = ({ frame }: CodedTile) => frame.txModeSelect || frame.codedLossless; // lossless has no TxMode to choose

const goals: Goal[] = [
	{
		isReached: (tile) => isSelect(tile) && !tile.frame.allowScreenContentTools,
		attempts: attemptsForSelect,
	},
	{
		isReached: (tile) => isSelect(tile) && tile.frame.allowScreenContentTools && !tile.frame.allowIntrabc,
		attempts: (_size, speed) => attemptsForScreenContent(speed),
	},
];

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
	let reencoded = 0;
	for (const goal of goals) {
		if (new Set(tiles.map(sharedHeaderBits)).size === 1) break;
		for (const [index, size] of sizes.entries()) {
			for (const attempt of goal.attempts(size, speed)) {
				if (goal.isReached(tiles[index] as CodedTile)) break;
				tiles[index] = await encode(index, attempt);
				reencoded++;
			}
		}
	}
	return { tiles, reencoded };
}
