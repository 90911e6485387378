/** The level of a still picture (AV1 specification, annex A.3): what a decoder must be able to take. */

/** Table in A.3 with what a single picture is held against; rates of pictures and bits mean nothing for a still. */
const levels = [
	{ seqLevelIdx: 0, maxPicSize: 147_456, maxHSize: 2048, maxVSize: 1152, maxTiles: 8, maxTileCols: 4 }, // 2.0
	{ seqLevelIdx: 1, maxPicSize: 278_784, maxHSize: 2816, maxVSize: 1584, maxTiles: 8, maxTileCols: 4 }, // 2.1
	{ seqLevelIdx: 4, maxPicSize: 665_856, maxHSize: 4352, maxVSize: 2448, maxTiles: 16, maxTileCols: 6 }, // 3.0
	{ seqLevelIdx: 5, maxPicSize: 1_065_024, maxHSize: 5504, maxVSize: 3096, maxTiles: 16, maxTileCols: 6 }, // 3.1
	{ seqLevelIdx: 8, maxPicSize: 2_359_296, maxHSize: 6144, maxVSize: 3456, maxTiles: 32, maxTileCols: 8 }, // 4.0
	{ seqLevelIdx: 12, maxPicSize: 8_912_896, maxHSize: 8192, maxVSize: 4352, maxTiles: 64, maxTileCols: 8 }, // 5.0
	{ seqLevelIdx: 16, maxPicSize: 35_651_584, maxHSize: 16_384, maxVSize: 8704, maxTiles: 128, maxTileCols: 16 }, // 6.0
] as const;

/** Section A.3: "Maximum parameters", bound by no level. */
export const SEQ_LEVEL_MAXIMUM_PARAMETERS = 31;

/** Level 5.1, the highest that the AVIF baseline profile allows. */
export const SEQ_LEVEL_5_1 = 13;

/** Level 6.0, the highest that the advanced one allows. */
export const SEQ_LEVEL_6_0 = 16;

/** @returns seq_level_idx, the lowest that the picture and its tiles keep to */
export function chooseLevel(width: number, height: number, tileCols: number, tileRows: number): number {
	const level = levels.find(
		(candidate) =>
			width * height <= candidate.maxPicSize &&
			width <= candidate.maxHSize &&
			height <= candidate.maxVSize &&
			tileCols <= candidate.maxTileCols &&
			tileCols * tileRows <= candidate.maxTiles,
	);
	return level?.seqLevelIdx ?? SEQ_LEVEL_MAXIMUM_PARAMETERS;
}
