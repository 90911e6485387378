/** Runs the pipeline up to the encoder, so that pixels can be compared before any loss. */

import { planRendition } from "../../../src/media/budget.ts";
import { decodeImage } from "../../../src/media/decode/decode-image.ts";
import { inspectImage } from "../../../src/media/inspect/inspect-image.ts";
import { createMemoryLedger } from "../../../src/media/memory-ledger.ts";
import { defaultRenditionSettings, type RenditionSettings } from "../../../src/media/pipeline.ts";
import { renderUpright } from "../../../src/media/resample/render-upright.ts";
import { codecModules } from "./codec-modules.ts";

/** The upright pixels of the output as RGBA, the plan they were made by, and the memory measured in each step. */
export async function render(file: Uint8Array, settings: Partial<RenditionSettings> = {}) {
	const plan = planRendition(inspectImage(file), file.length, { ...defaultRenditionSettings, ...settings });
	const ledger = createMemoryLedger();
	ledger.hold(file.length);
	const picture = await decodeImage(file, plan, codecModules, ledger);
	const decodePeakBytes = ledger.peakBytes;
	const { rgba, workBytes } = renderUpright(picture, plan);
	const resamplePeakBytes = ledger.heldBytes + workBytes + rgba.length;
	return { rgba, plan, decodePeakBytes, resamplePeakBytes };
}
