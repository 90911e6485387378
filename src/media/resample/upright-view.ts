/** A decoded picture seen upright: the orientation is a mapping of coordinates, so no turned copy exists. */

import type { Orientation } from "../inspect/image-facts.ts";
import { swapsAxes } from "../inspect/image-facts.ts";

/** Pixels as a decoder leaves them: rows from the top, samples of one byte side by side. */
export interface StoredPicture {
	pixels: Uint8Array;
	width: number;
	height: number;
	/** 1 grey, 3 RGB, 4 RGBA. */
	channels: 1 | 3 | 4;
}

/** The pixel (x, y) of the upright picture begins at `origin + x * strideX + y * strideY`. */
export interface PixelGrid {
	pixels: Uint8Array;
	channels: 1 | 3 | 4;
	origin: number;
	strideX: number;
	strideY: number;
}

export interface UprightView extends PixelGrid {
	width: number;
	height: number;
	/** True when x of the upright picture runs against the stored axis it comes from; the same for y. */
	isXReversed: boolean;
	isYReversed: boolean;
}

/** Which stored axis x and y run along, and which way, for EXIF orientations 1 to 8 (Exif 2.32, tag 274). */
const turns: Record<Orientation, { isXReversed: boolean; isYReversed: boolean }> = {
	1: { isXReversed: false, isYReversed: false },
	2: { isXReversed: true, isYReversed: false },
	3: { isXReversed: true, isYReversed: true },
	4: { isXReversed: false, isYReversed: true },
	// from here on x runs along the stored columns and y along the stored rows
	5: { isXReversed: false, isYReversed: false },
	6: { isXReversed: true, isYReversed: false },
	7: { isXReversed: true, isYReversed: true },
	8: { isXReversed: false, isYReversed: true },
};

export function viewUpright(picture: StoredPicture, orientation: Orientation): UprightView {
	const { pixels, channels } = picture;
	const rowBytes = picture.width * channels;
	const isSwapped = swapsAxes(orientation);
	const [width, height] = isSwapped ? [picture.height, picture.width] : [picture.width, picture.height];
	const [stepX, stepY] = isSwapped ? [rowBytes, channels] : [channels, rowBytes];
	const { isXReversed, isYReversed } = turns[orientation];
	return {
		pixels,
		channels,
		width,
		height,
		origin: (isXReversed ? (width - 1) * stepX : 0) + (isYReversed ? (height - 1) * stepY : 0),
		strideX: isXReversed ? -stepX : stepX,
		strideY: isYReversed ? -stepY : stepY,
		isXReversed,
		isYReversed,
	};
}
