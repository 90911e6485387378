/** Tells whether anything of a decoded picture shines through. */

import type { StoredPicture } from "../resample/upright-view.ts";

/** True when no alpha is below 255: then an alpha plane would be written for nothing. */
export function isOpaque({ pixels, channels }: StoredPicture): boolean {
	if (channels !== 4) return true;
	for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 255) return false;
	return true;
}
