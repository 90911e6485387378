/** Encodes RGBA pixels in a layout of the test's choice, and shows the tiles that it is made of. */

import type { CodedTile } from "../../../src/media/av1/coded-tile.ts";
import { spliceTiles } from "../../../src/media/av1/splice-tiles.ts";
import type { TileLayout } from "../../../src/media/av1/tile-info.ts";
import { writeAvif } from "../../../src/media/avif/write-avif.ts";
import { encodePicture } from "../../../src/media/encode/encode-picture.ts";
import { frameTile } from "../../../src/media/encode/guarded-frame.ts";
import { possibleAttempts } from "../../../src/media/encode/guards.ts";
import { listTiles } from "../../../src/media/encode/tile-grid.ts";
import { createMemoryLedger } from "../../../src/media/memory-ledger.ts";
import { defaultRenditionSettings, type RenditionSettings } from "../../../src/media/pipeline.ts";
import { copyRegion } from "../../../src/media/resample/copy-region.ts";
import { viewUpright } from "../../../src/media/resample/upright-view.ts";
import { codecModules } from "./codec-modules.ts";

export interface EncodedLayout {
	avif: Uint8Array;
	reencoded: number;
	/** In raster order. */
	color: CodedTile[];
	alpha: CodedTile[];
}

/** @param pixels RGBA */
export async function encodeLayout(
	pixels: Uint8Array,
	layout: TileLayout,
	settings: Partial<RenditionSettings> = {},
	hasAlpha = false,
): Promise<EncodedLayout> {
	const { width, height } = layout;
	const full = { ...defaultRenditionSettings, ...settings };
	const view = viewUpright({ pixels, width, height, channels: 4 }, 1);
	const frames = listTiles(layout).flatMap((tile) =>
		possibleAttempts(tile, full.speed).map(({ guard }) => frameTile(tile.width, tile.height, guard)),
	);
	const maxFramePixels = Math.max(...frames.map((frame) => frame.width * frame.height));
	const { color, alpha, reencoded } = await encodePicture(
		{ hasAlpha, render: (region, target) => copyRegion(view, region, hasAlpha, target) },
		{ layout, maxFramePixels, encoderBytes: 0 },
		full,
		codecModules.avifEncoder,
		createMemoryLedger(),
		async (_name, work) => work(),
	);
	const avif = writeAvif({ width, height, color, ...(alpha && { alpha }) });
	return { avif, reencoded, color: color.tiles, alpha: alpha?.tiles ?? [] };
}

/** One tile as an AVIF of its own: its place cut out, its headers and payload as they are in the whole. */
export function isolateTile(tiles: CodedTile[], index: number, layout: TileLayout): Uint8Array {
	const { width, height } = listTiles(layout)[index] as { width: number; height: number };
	const color = spliceTiles([tiles[index] as CodedTile], {
		width,
		height,
		columnWidths: [width],
		rowHeights: [height],
	});
	return writeAvif({ width, height, color });
}
