/** The path of a picture: inspect, plan, decode, resample, encode. Bytes in, AVIF out. */

import { planRendition } from "./budget.ts";
import { decodeImage } from "./decode/decode-image.ts";
import type { DecodedPicture } from "./decode/decoded-picture.ts";
import { encodeAvif } from "./encode/encode-avif.ts";
import type { ImageFacts } from "./inspect/image-facts.ts";
import { inspectImage } from "./inspect/inspect-image.ts";
import { createMemoryLedger } from "./memory-ledger.ts";
import { renderUpright } from "./resample/render-upright.ts";
import type { RenditionSettings } from "./settings.ts";
import type { CodecModules } from "./wasm/codec-modules.ts";

export { defaultRenditionSettings, type RenditionSettings } from "./settings.ts";
export type { CodecModules } from "./wasm/codec-modules.ts";

export type StepName = "inspect" | "plan" | "decode" | "resample" | "encode";

export interface Rendition {
	/** An AVIF file: pixels only, upright, without EXIF, GPS or profile. */
	bytes: Uint8Array;
	width: number;
	height: number;
	source: ImageFacts;
	steps: { name: StepName; ms: number }[];
	predictedPeakBytes: number;
	/** Measured: WASM memories and large buffers, the original included, at the moment when most were alive. */
	peakMemoryBytes: number;
}

export interface PipelineRuntime {
	/** Milliseconds; only differences are used. */
	now?: () => number;
	/** Awaited between steps: lets others in the isolate run, and in production lets the clock advance. */
	pause?: () => Promise<void>;
}

/**
 * Makes the AVIF of one original. Nothing of it stays alive afterwards but the answer.
 * @param original the whole file; it is read and not changed.
 * @throws AppError unsupported_image_type, malformed_image, truncated_image, image_exceeds_memory_budget (before any
 *   pixel is decoded) or undecodable_image
 */
export async function makeRendition(
	original: Uint8Array,
	settings: RenditionSettings,
	codecs: CodecModules,
	runtime: PipelineRuntime = {},
): Promise<Rendition> {
	const now = runtime.now ?? (() => performance.now());
	const ledger = createMemoryLedger();
	const steps: Rendition["steps"] = [];
	async function run<T>(name: StepName, work: () => T | Promise<T>): Promise<T> {
		const startedAt = now();
		const result = await work();
		await runtime.pause?.();
		steps.push({ name, ms: now() - startedAt });
		return result;
	}
	ledger.hold(original.byteLength);

	const facts = await run("inspect", () => inspectImage(original));
	const plan = await run("plan", () => planRendition(facts, original.byteLength, settings));
	let decoded: DecodedPicture | undefined = await run("decode", () => decodeImage(original, plan, codecs, ledger));
	const rgba = await run("resample", () => {
		const picture = decoded as DecodedPicture;
		const rendered = renderUpright(picture, plan);
		const releaseWork = ledger.hold(rendered.workBytes);
		ledger.hold(rendered.rgba.byteLength);
		releaseWork();
		picture.release();
		decoded = undefined; // the decoder's memory must not live on beside the encoder's
		return rendered.rgba;
	});
	const bytes = await run("encode", () =>
		encodeAvif(rgba, plan.outputWidth, plan.outputHeight, settings, codecs.avifEncoder, ledger),
	);
	return {
		bytes,
		width: plan.outputWidth,
		height: plan.outputHeight,
		source: facts,
		steps,
		predictedPeakBytes: plan.predictedPeakBytes,
		peakMemoryBytes: ledger.peakBytes,
	};
}
