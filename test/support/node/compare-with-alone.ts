/** Holds a spliced frame against each of its tiles, decoded as a file of its own. */

import type { CodedTile } from "../../../src/media/av1/coded-tile.ts";
import { spliceTiles } from "../../../src/media/av1/splice-tiles.ts";
import type { TileLayout } from "../../../src/media/av1/tile-info.ts";
import { writeAvif } from "../../../src/media/avif/write-avif.ts";
import { listTiles } from "../../../src/media/encode/tile-grid.ts";
import { decodeAvif } from "./decode-avif.ts";
import { cropPlane, type DecoderProgram, decodePlanes, type Plane } from "./decode-planes.ts";
import { isolateTile } from "./encode-layout.ts";

/** Chroma of 4:2:0 is smoothed across a tile's border when it is turned into RGB. */
const BORDER_PIXELS = 2;

/**
 * In RGB by @jsquash/avif, and in Y, U and V by each program. The tiles must have been encoded at a quality without
 * loop filter (90 and more), so that nothing crosses a tile's border after decoding.
 * @returns what differs, in words: nothing when all is equal bit for bit
 */
export async function compareWithAlone(
	tiles: CodedTile[],
	layout: TileLayout,
	programs: DecoderProgram[],
): Promise<string[]> {
	const whole = writeAvif({ width: layout.width, height: layout.height, color: spliceTiles(tiles, layout) });
	const rgb = await decodeAvif(whole);
	const planes = programs.map((program) => ({ program, planes: decodePlanes(whole, program) }));
	const differences: string[] = [];
	if (rgb.width !== layout.width || rgb.height !== layout.height) differences.push(`${rgb.width}x${rgb.height} pixels`);
	for (const [index, place] of listTiles(layout).entries()) {
		if (tiles[index]?.frame.loopFilterLevels.some((level) => level > 0)) differences.push(`tile ${index} is filtered`);
		const alone = isolateTile(tiles, index, layout);
		const alonePixels = (await decodeAvif(alone)).pixels;
		let pixels = 0;
		for (let y = BORDER_PIXELS; y < place.height - BORDER_PIXELS; y++) {
			for (let x = BORDER_PIXELS * 4; x < (place.width - BORDER_PIXELS) * 4; x++) {
				const inWhole = rgb.pixels[((place.top + y) * layout.width + place.left) * 4 + x];
				if (inWhole !== alonePixels[y * place.width * 4 + x]) pixels++;
			}
		}
		if (pixels > 0) differences.push(`tile ${index}: ${pixels} samples of RGB`);
		for (const { program, planes: inWhole } of planes) {
			const alonePlanes = decodePlanes(alone, program);
			for (const [i, plane] of inWhole.entries()) {
				const part = cropPlane(plane, inWhole[0] as Plane, place);
				const isEqual = alonePlanes[i] !== undefined && Buffer.compare(part, alonePlanes[i].samples) === 0;
				if (!isEqual) differences.push(`tile ${index}: plane ${i} by ${program.name}`);
			}
		}
	}
	return differences;
}
