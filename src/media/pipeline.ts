/** The path of a picture: inspect, plan, decode, then resample and encode tile by tile. Bytes in, AVIF out. */

import { writeAvif } from "./avif/write-avif.ts";
import { planRendition } from "./budget.ts";
import { decodeImage } from "./decode/decode-image.ts";
import { isOpaque } from "./decode/opaque.ts";
import { encodePicture } from "./encode/encode-picture.ts";
import { extractIccProfile } from "./inspect/icc-profile.ts";
import type { ImageFacts } from "./inspect/image-facts.ts";
import { inspectImage } from "./inspect/inspect-image.ts";
import { createMemoryLedger, type MemoryLedger } from "./memory-ledger.ts";
import { type OriginalStream, type ReceivedOriginal, receiveBytes, receiveStream } from "./receive-original.ts";
import { prepareUpright } from "./resample/upright-renderer.ts";
import type { RenditionSettings } from "./settings.ts";
import type { CodecModules } from "./wasm/codec-modules.ts";
import { collectDropped, makeRoom, noteDropped } from "./wasm/collect-dropped.ts";

export type { OriginalStream } from "./receive-original.ts";
export { defaultRenditionSettings, type RenditionSettings } from "./settings.ts";
export type { CodecModules } from "./wasm/codec-modules.ts";

const stepNames = ["inspect", "plan", "decode", "resample", "encode"] as const;
export type StepName = (typeof stepNames)[number];

export interface Rendition {
	/** An AVIF file: upright pixels and the profile of their colours, without EXIF or GPS. */
	bytes: Uint8Array;
	width: number;
	height: number;
	source: ImageFacts;
	/** True when the original is an animation: of its `source.frames` pictures the first was used. */
	isFirstFrameOnly: boolean;
	/** In the order in which they began; of resample and encode, which take turns, the sum. */
	steps: { name: StepName; ms: number }[];
	/** Pixels that the decoder handed over, before the orientation was applied. */
	decoded: { width: number; height: number };
	/** How it was cut for the encoder; 1 by 1 is a picture encoded whole. */
	tiles: { columns: number; rows: number; reencoded: number };
	predictedPeakBytes: number;
	/** Measured: WASM memories and large buffers, the original included, at the moment when most were alive. */
	peakMemoryBytes: number;
}

export interface PipelineRuntime {
	/** Milliseconds; only differences are used. */
	now?: () => number;
	/** Awaited between steps, and between tiles: lets others in the isolate run, and in production lets the clock advance. */
	pause?: (after: StepName) => Promise<void>;
	/** Told after each tile how many of how many are encoded. */
	onTile?: (done: number, total: number) => void;
	/**
	 * True when nobody needs `original` after the call: its memory is given back, and it is empty, as soon as the decoder
	 * has a copy. Larger tiles fit then.
	 */
	ownsOriginal?: boolean;
}

/** What a decoder leaves of a smaller picture does not crowd the encoder. */
const WORTH_COLLECTING_BYTES = 30e6;

/**
 * Makes the AVIF of one original. Nothing of it stays in memory afterwards but the answer.
 * @param original the whole file, which is read and not changed, unless the runtime owns it; or a stream of it.
 * @throws AppError unsupported_image_type, malformed_image, truncated_image, image_exceeds_memory_budget or
 *   image_exceeds_cpu_budget (before any pixel is decoded), or undecodable_image
 */
export async function makeRendition(
	original: Uint8Array | OriginalStream,
	settings: RenditionSettings,
	codecs: CodecModules,
	runtime: PipelineRuntime = {},
): Promise<Rendition> {
	const ledger = createMemoryLedger();
	try {
		const received =
			original instanceof Uint8Array
				? receiveBytes(original, runtime.ownsOriginal === true, ledger)
				: await receiveStream(original, codecs, ledger);
		return await runSteps(received, settings, codecs, runtime, ledger);
	} finally {
		// here, where nothing refers to the codecs any more; a picture refused by its header has started none
		if (ledger.peakBytes > original.byteLength) noteDropped(ledger.peakBytes);
	}
}

async function runSteps(
	original: ReceivedOriginal,
	settings: RenditionSettings,
	codecs: CodecModules,
	runtime: PipelineRuntime,
	ledger: MemoryLedger,
): Promise<Rendition> {
	const { run, listTimes } = createSteps(runtime);
	// Its bytes are never kept in a variable here: what refers to a decoder's memory keeps it from being collected.
	const { byteLength: originalBytes, isOurs: dropsOriginal } = original;
	const isInDecoder = original.loadedJpeg !== undefined;

	const { facts, iccProfile } = await run("inspect", async () => {
		const facts = inspectImage(original.bytes);
		return { facts, iccProfile: await extractIccProfile(original.bytes, facts) };
	});
	const profileBytes = iccProfile?.byteLength ?? 0;
	ledger.hold(profileBytes);
	const held = { originalBytes, dropsOriginal, isInDecoder, profileBytes };
	const plan = await run("plan", () => planRendition(facts, held, settings));
	makeRoom(plan.predictedPeakBytes, settings.budgetBytes);
	const source = await run("decode", async () => {
		const picture = await decodeImage(original, plan, codecs, ledger);
		if (picture.leavesGarbage && ledger.peakBytes > WORTH_COLLECTING_BYTES) {
			await runtime.pause?.("decode");
			collectDropped(); // before the encoder takes its memory
		}
		const hasAlpha = facts.hasAlpha && !isOpaque(picture);
		const mostWidth = Math.max(...plan.tiles.layout.columnWidths);
		const { render, workBytes } = prepareUpright(picture, plan, hasAlpha, mostWidth, codecs.resampler);
		const releaseWork = ledger.hold(workBytes);
		return {
			render,
			hasAlpha,
			release() {
				picture.release();
				releaseWork();
			},
		};
	});
	const encoded = await encodePicture(source, plan.tiles, settings, codecs.avifEncoder, ledger, run, runtime.onTile);
	source.release();
	const { outputWidth: width, outputHeight: height } = plan;
	const { color, alpha, reencoded } = encoded;
	const bytes = await run("encode", () =>
		writeAvif({ width, height, color, ...(alpha && { alpha }), ...(iccProfile && { iccProfile }) }),
	);
	ledger.hold(bytes.byteLength);
	const { columnWidths, rowHeights } = plan.tiles.layout;
	return {
		bytes,
		width,
		height,
		source: facts,
		isFirstFrameOnly: facts.frames > 1,
		steps: listTimes(),
		decoded: { width: plan.decodedWidth, height: plan.decodedHeight },
		tiles: { columns: columnWidths.length, rows: rowHeights.length, reencoded },
		predictedPeakBytes: plan.predictedPeakBytes,
		peakMemoryBytes: ledger.peakBytes,
	};
}

/** Runs pieces of steps, adds up their times by name, and lets others run after each. */
function createSteps({ now = () => performance.now(), pause }: PipelineRuntime) {
	// Named beforehand, so that they are listed in the order of the path, although resample and encode take turns.
	const times = new Map<StepName, number>(stepNames.map((name) => [name, 0]));
	return {
		async run<T>(name: StepName, work: () => T | Promise<T>): Promise<T> {
			const startedAt = now();
			const result = await work();
			await pause?.(name);
			times.set(name, (times.get(name) ?? 0) + now() - startedAt);
			return result;
		},
		listTimes: (): Rendition["steps"] => Array.from(times, ([name, ms]) => ({ name, ms })),
	};
}
