/** How many pictures an animation may have: only its first is used, and past some number it is no photograph. */

import { AppError } from "../../errors.ts";
import { type ImageFormat, imageFormats } from "./formats.ts";

/**
 * A minute and a half at ten pictures a second. Who sends more sends a film, and one still of it would be a surprise;
 * files of a hundred thousand empty frames are made to cost time and nothing else.
 */
export const MAX_FRAMES = 1_000;

/** @throws AppError unsupported_image_type */
export function checkFrames(format: ImageFormat, frames: number): void {
	if (frames <= MAX_FRAMES) return;
	throw new AppError(
		"unsupported_image_type",
		`This ${imageFormats[format].name} file is an animation of more than ${MAX_FRAMES} pictures, of which only the first would be used. Save the picture that you want as a JPEG or PNG and send that.`,
		{ extensions: { max_frames: MAX_FRAMES } },
	);
}
