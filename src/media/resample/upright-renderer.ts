/** Turns a decoded picture into upright RGBA pixels of the output, any region at a time: the step between decoder and encoder. */

import type { DecodedPicture } from "../decode/decoded-picture.ts";
import type { RenditionPlan } from "../plan.ts";
import { copyRegion } from "./copy-region.ts";
import { computeLanczosAxis } from "./lanczos-axis.ts";
import { resamplerBytes, type SampleLayout, startResampleKernel } from "./resample-kernel.ts";
import { type PixelTarget, type Region, resampleRegion } from "./resample-region.ts";
import { viewUpright } from "./upright-view.ts";

export interface UprightRenderer {
	/** Regions of one renderer join without a seam. */
	render(region: Region, target: PixelTarget): void;
	/** What it holds besides the picture. */
	readonly workBytes: number;
}

/**
 * @param hasAlpha weighs colours by their alpha, so that what cannot be seen does not bleed into what can; false writes
 *   opaque pixels, whatever the picture holds
 * @param mostWidth of the regions that will be asked for
 * @param module the compiled kernel; one whose picture needs no resampling starts none
 */
export function prepareUpright(
	picture: DecodedPicture,
	plan: RenditionPlan,
	hasAlpha: boolean,
	mostWidth: number,
	module: WebAssembly.Module,
): UprightRenderer {
	const view = viewUpright(picture, plan.facts.orientation);
	const { outputWidth, outputHeight, decodeScale } = plan;
	if (view.width === outputWidth && view.height === outputHeight) {
		return { render: (region, target) => copyRegion(view, region, hasAlpha, target), workBytes: 0 };
	}

	// What the view shows of the picture: a decoder that scales by eighths may end within a pixel.
	const extentX = (plan.uprightWidth * decodeScale) / 8;
	const extentY = (plan.uprightHeight * decodeScale) / 8;
	const across = computeLanczosAxis(view.width, outputWidth, extentX, view.isXReversed ? view.width - extentX : 0);
	const down = computeLanczosAxis(view.height, outputHeight, extentY, view.isYReversed ? view.height - extentY : 0);
	const samples = layoutOf(view.channels, hasAlpha);
	const written = samples === "rgba" ? "rgba" : "opaque rgba";
	const kernel = startResampleKernel(module, view, mostWidth, { across, down }, { samples, written });
	return {
		render: (region, target) => resampleRegion(view, down, kernel, region, target),
		workBytes: resamplerBytes(view, { width: outputWidth, height: outputHeight }, mostWidth),
	};
}

function layoutOf(channels: 1 | 3 | 4, hasAlpha: boolean): SampleLayout {
	if (channels === 1) return "grey";
	if (channels === 3) return "rgb";
	return hasAlpha ? "rgba" : "rgbx";
}
