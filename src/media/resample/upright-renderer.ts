/** Turns a decoded picture into upright RGBA pixels of the output, any region at a time: the step between decoder and encoder. */

import type { DecodedPicture } from "../decode/decoded-picture.ts";
import type { RenditionPlan } from "../plan.ts";
import { copyRegion } from "./copy-region.ts";
import { computeLanczosAxis } from "./lanczos-axis.ts";
import { type PixelTarget, type Region, resampleRegion, windowBytes } from "./resample-region.ts";
import { viewUpright } from "./upright-view.ts";

export interface UprightRenderer {
	/** Regions of one renderer join without a seam. */
	render(region: Region, target: PixelTarget): void;
	/** What it holds besides the picture, for regions of that width: the weights of both axes, and a window of rows. */
	workBytes(regionWidth: number): number;
}

/** @param hasAlpha false writes opaque pixels, whatever the picture holds */
export function prepareUpright(picture: DecodedPicture, plan: RenditionPlan, hasAlpha: boolean): UprightRenderer {
	const view = viewUpright(picture, plan.facts.orientation);
	const { outputWidth, outputHeight, decodeScale } = plan;
	if (view.width === outputWidth && view.height === outputHeight) {
		return { render: (region, target) => copyRegion(view, region, hasAlpha, target), workBytes: () => 0 };
	}

	// What the view shows of the picture: a decoder that scales by eighths may end within a pixel.
	const extentX = (plan.uprightWidth * decodeScale) / 8;
	const extentY = (plan.uprightHeight * decodeScale) / 8;
	const across = computeLanczosAxis(view.width, outputWidth, extentX, view.isXReversed ? view.width - extentX : 0);
	const down = computeLanczosAxis(view.height, outputHeight, extentY, view.isYReversed ? view.height - extentY : 0);
	const planes = view.channels === 1 ? 1 : hasAlpha ? 4 : 3;
	return {
		render: (region, target) => resampleRegion(view, across, down, region, hasAlpha, target),
		workBytes: (regionWidth) =>
			across.weights.byteLength + down.weights.byteLength + windowBytes(down.taps, regionWidth, view.width, planes),
	};
}
