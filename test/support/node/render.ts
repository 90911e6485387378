/** Runs the pipeline up to the encoder, so that pixels can be compared before any loss. */

import { planRendition } from "../../../src/media/budget.ts";
import { decodeImage } from "../../../src/media/decode/decode-image.ts";
import { inspectImage } from "../../../src/media/inspect/inspect-image.ts";
import { createMemoryLedger } from "../../../src/media/memory-ledger.ts";
import { defaultRenditionSettings, type RenditionSettings } from "../../../src/media/pipeline.ts";
import { receiveBytes } from "../../../src/media/receive-original.ts";
import { prepareUpright } from "../../../src/media/resample/upright-renderer.ts";
import { codecModules } from "./codec-modules.ts";

/** The upright pixels of the output as RGBA, the plan they were made by, and the memory measured while decoding. */
export async function render(file: Uint8Array, settings: Partial<RenditionSettings> = {}) {
	const held = { originalBytes: file.length };
	const plan = planRendition(inspectImage(file), held, { ...defaultRenditionSettings, ...settings });
	const ledger = createMemoryLedger();
	const picture = await decodeImage(receiveBytes(file, false, ledger), plan, codecModules, ledger);
	const decodePeakBytes = ledger.peakBytes;
	const { outputWidth: width, outputHeight: height } = plan;
	const pixels = new Uint8Array(width * height * 4);
	const renderer = prepareUpright(picture, plan, plan.facts.hasAlpha, width, codecModules.resampler);
	renderer.render({ left: 0, top: 0, width, height }, { pixels, origin: 0, rowBytes: width * 4 });
	return { rgba: pixels, plan, decodePeakBytes };
}
