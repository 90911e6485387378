/** Turns a decoded picture into the upright RGBA pixels of the output: the step between decoder and encoder. */

import type { DecodedPicture } from "../decode/decoded-picture.ts";
import type { RenditionPlan } from "../plan.ts";
import { copyRegion } from "./copy-region.ts";
import { computeLanczosAxis } from "./lanczos-axis.ts";
import { resampleRegion, windowBytes } from "./resample-region.ts";
import { viewUpright } from "./upright-view.ts";

/** @returns `outputWidth * outputHeight * 4` bytes, and what the work itself held besides them. */
export function renderUpright(picture: DecodedPicture, plan: RenditionPlan): { rgba: Uint8Array; workBytes: number } {
	const { orientation, hasAlpha } = plan.facts;
	const view = viewUpright(picture, orientation);
	const region = { left: 0, top: 0, width: plan.outputWidth, height: plan.outputHeight };
	const rgba = new Uint8ClampedArray(region.width * region.height * 4);
	const asBytes = new Uint8Array(rgba.buffer);
	if (view.width === region.width && view.height === region.height) {
		copyRegion(view, region, hasAlpha, rgba);
		return { rgba: asBytes, workBytes: 0 };
	}

	// What the view shows of the picture: a decoder that scales by eighths may end within a pixel.
	const extentX = (plan.uprightWidth * plan.decodeScale) / 8;
	const extentY = (plan.uprightHeight * plan.decodeScale) / 8;
	const across = computeLanczosAxis(view.width, region.width, extentX, view.isXReversed ? view.width - extentX : 0);
	const down = computeLanczosAxis(view.height, region.height, extentY, view.isYReversed ? view.height - extentY : 0);
	resampleRegion(view, across, down, region, hasAlpha, rgba);
	const weightBytes = across.weights.byteLength + down.weights.byteLength;
	return { rgba: asBytes, workBytes: weightBytes + windowBytes(down.taps, region.width, hasAlpha ? 4 : 3) };
}
