/** Encodes an upright picture tile by tile and joins the tiles: at no time does the whole of it exist in RGBA. */

import { type CodedTile, readCodedTile } from "../av1/coded-tile.ts";
import { spliceTiles } from "../av1/splice-tiles.ts";
import type { AvifPicture } from "../avif/write-avif.ts";
import type { MemoryLedger } from "../memory-ledger.ts";
import type { TilePlan } from "../plan.ts";
import type { PixelTarget, Region } from "../resample/resample-region.ts";
import type { RenditionSettings } from "../settings.ts";
import { type AvifEncoder, startAvifEncoder } from "./avif-encoder.ts";
import { encodeAlike } from "./encode-alike.ts";
import { createFrameBuffer, type FrameBuffer } from "./frame-buffer.ts";
import { frameTile } from "./guarded-frame.ts";
import type { Attempt } from "./guards.ts";
import { listTiles } from "./tile-grid.ts";

export interface PictureSource {
	/** Writes the region of the upright output as RGBA. */
	render(region: Region, target: PixelTarget): void;
	hasAlpha: boolean;
}

/** Runs a piece of a step: its time is added to the step's, and the isolate may do other things after it. */
export type RunStep = <T>(name: "resample" | "encode", work: () => T | Promise<T>) => Promise<T>;

export interface EncodedPicture extends Pick<AvifPicture, "color" | "alpha"> {
	/** Tiles that were encoded again because their headers did not agree, of colour and alpha. */
	reencoded: number;
}

/** @throws Av1Error when tiles cannot be joined; nothing is written then */
export async function encodePicture(
	source: PictureSource,
	plan: TilePlan,
	settings: RenditionSettings,
	module: WebAssembly.Module,
	ledger: MemoryLedger,
	runStep: RunStep,
	onTile: (done: number, total: number) => void = () => {},
): Promise<EncodedPicture> {
	const { layout, maxFramePixels, encoderBytes } = plan;
	const encoder = await runStep("encode", () => startAvifEncoder(module, encoderBytes, ledger));
	const buffer = createFrameBuffer(maxFramePixels);
	const releaseBuffer = ledger.hold(buffer.byteLength);
	const tiles = listTiles(layout);
	const total = tiles.length * (source.hasAlpha ? 2 : 1);
	let done = 0;
	const context: PlaneContext = {
		source,
		tiles,
		settings,
		encoder,
		buffer,
		ledger,
		runStep,
		onNewTile: () => onTile(++done, total),
	};
	const color = await encodePlane("color", context);
	const alpha = source.hasAlpha ? await encodePlane("alpha", context) : undefined;
	encoder.release();
	releaseBuffer();
	return {
		color: spliceTiles(color.tiles, layout),
		...(alpha === undefined ? {} : { alpha: spliceTiles(alpha.tiles, layout) }),
		reencoded: color.reencoded + (alpha?.reencoded ?? 0),
	};
}

interface PlaneContext {
	source: PictureSource;
	tiles: Region[];
	settings: RenditionSettings;
	encoder: AvifEncoder;
	buffer: FrameBuffer;
	ledger: MemoryLedger;
	runStep: RunStep;
	/** Called when a tile was encoded for the first time. */
	onNewTile: () => void;
}

function encodePlane(plane: "color" | "alpha", context: PlaneContext) {
	const { source, tiles, settings, encoder, buffer, ledger, runStep, onNewTile } = context;
	const releases = new Map<number, () => void>();

	async function encodeTile(index: number, { guard, speed }: Attempt): Promise<CodedTile> {
		const region = tiles[index] as Region;
		const frame = frameTile(region.width, region.height, guard);
		await runStep("resample", () => {
			source.render(region, buffer.targetOf(frame));
			if (source.hasAlpha) buffer.keepPlane(frame, plane);
		});
		return runStep("encode", () => {
			if (guard !== undefined) buffer.paintGuard(frame, guard.pattern);
			const { width, height, tileColsLog2, tileRowsLog2, tileIndex } = frame;
			const av1 = encoder.encode(buffer.pixelsOf(frame), width, height, {
				planes: plane === "alpha" ? "monochrome" : settings.chromaSubsampling,
				quality: settings.quality,
				speed,
				tileColsLog2,
				tileRowsLog2,
			});
			const tile = readCodedTile(av1, { tileColsLog2, tileRowsLog2, index: tileIndex });
			if (!releases.has(index)) onNewTile();
			releases.get(index)?.();
			releases.set(index, ledger.hold(tile.payload.length));
			return tile;
		});
	}

	return encodeAlike(tiles, settings.speed, encodeTile);
}
