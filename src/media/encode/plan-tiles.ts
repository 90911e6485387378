/** Chooses the largest tiles that the memory beside the decoded picture allows. */

import type { TileLayout } from "../av1/tile-info.ts";
import { avifEncoderBytes, codedBytes } from "../memory-model.ts";
import type { TilePlan } from "../plan.ts";
import { resamplerBytes } from "../resample/resample-kernel.ts";
import { COMFORTABLE_MEMORY_BYTES, type RenditionSettings } from "../settings.ts";
import { frameTile } from "./guarded-frame.ts";
import { type Attempt, possibleAttempts } from "./guards.ts";
import { candidateGrids, listTiles } from "./tile-grid.ts";

const RGBA_BYTES = 4;
/** Alpha is simpler than colour: a quarter of what colour may come to is reserved for it, and above quality 90 a half. */
const ALPHA_SHARE = { toQuality90: 0.25, above: 0.5 };

export interface TilingNeeds {
	width: number;
	height: number;
	/** The decoded picture, upright. */
	sourceWidth: number;
	sourceHeight: number;
	hasAlpha: boolean;
	/** What stays in memory while tiles are encoded: the decoder, the original. */
	heldBytes: number;
}

interface TilingChoice {
	plan: TilePlan;
	/** The most that is alive at once, `heldBytes` included. */
	peakBytes: number;
}

/** Tiles smaller than 384x384 are made only for pictures that fit no other way: they cost bytes. */
const COMFORTABLE_TILE_PIXELS = 384 * 384;

/**
 * The largest tiles that are comfortable, or else the largest that fit the budget. Where none fit, those that need the
 * least memory: the caller refuses them.
 */
export function planTiles(needs: TilingNeeds, settings: RenditionSettings): TilingChoice {
	const choices: TilingChoice[] = [];
	for (const layout of candidateGrids(needs.width, needs.height, settings.speed)) {
		const choice = predictTiling(layout, needs, settings);
		const largestTile = Math.max(...layout.columnWidths) * Math.max(...layout.rowHeights);
		const isComfortable = choice.peakBytes <= Math.min(COMFORTABLE_MEMORY_BYTES, settings.budgetBytes);
		if (isComfortable && (largestTile >= COMFORTABLE_TILE_PIXELS || choices.length === 0)) return choice;
		choices.push(choice);
	}
	const fitting = choices.find(({ peakBytes }) => peakBytes <= settings.budgetBytes);
	return fitting ?? choices.reduce((least, choice) => (choice.peakBytes < least.peakBytes ? choice : least));
}

function predictTiling(layout: TileLayout, needs: TilingNeeds, settings: RenditionSettings): TilingChoice {
	const isAlone = layout.columnWidths.length * layout.rowHeights.length === 1;
	const sizes = listTiles(layout).map(({ width, height }) => [`${width}x${height}`, { width, height }] as const);
	const alone: Attempt = { speed: settings.speed };
	let maxFramePixels = 0;
	let encoderBytes = 0;
	for (const { width, height } of new Map(sizes).values()) {
		for (const { guard, speed } of isAlone ? [alone] : possibleAttempts({ width, height }, settings.speed)) {
			const frame = frameTile(width, height, guard);
			maxFramePixels = Math.max(maxFramePixels, frame.width * frame.height);
			encoderBytes = Math.max(
				encoderBytes,
				avifEncoderBytes(frame.width, frame.height, { ...settings, speed }, width * height),
			);
		}
	}
	const alphaShare = settings.quality > 90 ? ALPHA_SHARE.above : ALPHA_SHARE.toQuality90;
	const planes = needs.hasAlpha ? 1 + alphaShare : 1;
	const peakBytes =
		needs.heldBytes +
		predictResampler(layout, needs) +
		maxFramePixels * RGBA_BYTES +
		encoderBytes +
		codedBytes(needs.width, needs.height, settings) * planes;
	return { plan: { layout, maxFramePixels, encoderBytes }, peakBytes };
}

/** Nothing where no pixel needs weighing. */
function predictResampler({ columnWidths }: TileLayout, needs: TilingNeeds): number {
	const { width, height, sourceWidth, sourceHeight } = needs;
	if (width === sourceWidth && height === sourceHeight) return 0;
	const source = { width: sourceWidth, height: sourceHeight };
	return resamplerBytes(source, { width, height }, Math.max(...columnWidths));
}
