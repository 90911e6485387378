/** Copies a region of an upright view as it is: what the resampler does when no pixel needs weighing. */

import type { PixelTarget, Region } from "./resample-region.ts";
import type { UprightView } from "./upright-view.ts";

/** Writes the region into `target`; without alpha every pixel becomes opaque. */
export function copyRegion(view: UprightView, region: Region, hasAlpha: boolean, target: PixelTarget): void {
	const { pixels, channels, strideX, strideY } = view;
	const out = target.pixels;
	const [green, blue] = channels === 1 ? [0, 0] : [1, 2];
	const keepsAlpha = hasAlpha && channels === 4;
	for (let y = 0; y < region.height; y++) {
		let at = view.origin + (region.top + y) * strideY + region.left * strideX;
		let to = target.origin + y * target.rowBytes;
		for (let x = 0; x < region.width; x++, at += strideX, to += 4) {
			out[to] = pixels[at] as number;
			out[to + 1] = pixels[at + green] as number;
			out[to + 2] = pixels[at + blue] as number;
			out[to + 3] = keepsAlpha ? (pixels[at + 3] as number) : 255;
		}
	}
}
