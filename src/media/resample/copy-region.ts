/** Copies a region of an upright view as it is: what the resampler does when no pixel needs weighing. */

import type { Region } from "./resample-region.ts";
import type { UprightView } from "./upright-view.ts";

/** Fills `target` with the region as RGBA rows; without alpha every pixel becomes opaque. */
export function copyRegion(view: UprightView, region: Region, hasAlpha: boolean, target: Uint8ClampedArray): void {
	const { pixels, channels, strideX, strideY } = view;
	const [green, blue] = channels === 1 ? [0, 0] : [1, 2];
	const keepsAlpha = hasAlpha && channels === 4;
	let to = 0;
	for (let y = 0; y < region.height; y++) {
		let at = view.origin + (region.top + y) * strideY + region.left * strideX;
		for (let x = 0; x < region.width; x++, at += strideX, to += 4) {
			target[to] = pixels[at] as number;
			target[to + 1] = pixels[at + green] as number;
			target[to + 2] = pixels[at + blue] as number;
			target[to + 3] = keepsAlpha ? (pixels[at + 3] as number) : 255;
		}
	}
}
