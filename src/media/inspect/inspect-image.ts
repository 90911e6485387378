/** Reads what a picture's header says: everything the plan needs, before a pixel is decoded. */

import { AppError } from "../../errors.ts";
import { type ImageFormat, identifyFormat, imageFormats, isHeic } from "./formats.ts";
import { checkFrames } from "./frame-limit.ts";
import type { ImageFacts } from "./image-facts.ts";
import { inspectAvif } from "./inspect-avif.ts";
import { inspectGif } from "./inspect-gif.ts";
import { inspectJpeg } from "./inspect-jpeg.ts";
import { inspectPng } from "./inspect-png.ts";
import { inspectWebp } from "./inspect-webp.ts";
import { heicPicture, malformedImage } from "./picture-faults.ts";

export type { ImageFacts, Orientation } from "./image-facts.ts";

const inspectors = {
	jpeg: inspectJpeg,
	png: inspectPng,
	webp: inspectWebp,
	gif: inspectGif,
	avif: inspectAvif,
} satisfies Record<ImageFormat, (bytes: Uint8Array) => ImageFacts>;

/**
 * Reads the header only. The first 64 KiB are enough for nearly every file; a JPEG whose profile and
 * preview are larger needs more, and the EXIF of a WebP or of some PNGs lies at the end: it counts when it is in `bytes`,
 * as do an animation's pictures.
 * @throws AppError unsupported_image_type (also for an animation of too many pictures), malformed_image, or truncated_image when the header does not fit in `bytes`
 */
export function inspectImage(bytes: Uint8Array): ImageFacts {
	const format = identifyFormat(bytes);
	if (format === undefined) {
		if (isHeic(bytes)) throw heicPicture();
		const names = Object.values(imageFormats).map((row) => row.name);
		throw new AppError(
			"unsupported_image_type",
			`The file is not a picture of a kind that is accepted, whatever its name says. Send a ${names.slice(0, -1).join(", ")} or ${names.at(-1)} file.`,
		);
	}
	const facts = inspectors[format](bytes);
	if (facts.width === 0 || facts.height === 0) throw malformedImage(format, "it says that it has no pixels");
	checkFrames(format, facts.frames);
	return facts;
}
