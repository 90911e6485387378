/** The refusals that several readers of picture files share, in words a collector can act on. */

import { AppError } from "../../errors.ts";
import { type ImageFormat, imageFormats } from "./formats.ts";

/** The file stops before its structure does. */
export function truncatedImage(format: ImageFormat): AppError {
	return new AppError(
		"truncated_image",
		`The ${imageFormats[format].name} file stops before its end. It was probably cut off while it was copied or sent: send the complete file.`,
	);
}

/** The file breaks the rules of its format. @param what a clause for the reader: "a segment is shorter than allowed". */
export function malformedImage(format: ImageFormat, what: string): AppError {
	return new AppError(
		"malformed_image",
		`The ${imageFormats[format].name} file is damaged: ${what}. Open it in a picture program and save it again, or send another copy.`,
	);
}

/** The file is of a known format but of a kind that no ordinary camera or program writes. */
export function unsupportedKind(format: ImageFormat, what: string): AppError {
	return new AppError(
		"unsupported_image_type",
		`This ${imageFormats[format].name} file ${what}, which is not supported. Save it as an ordinary JPEG or PNG and send that.`,
	);
}

/** Refused by its signature: the one kind of file that phones send and that cannot be taken. @param label what it is called */
export function heicPicture(label = "The file"): AppError {
	return new AppError(
		"unsupported_image_type",
		`${label} is a HEIC picture, as iPhones take it, which is not accepted. Export it as JPEG and send that. For new pictures choose Most Compatible in the iPhone's Settings under Camera, Formats.`,
	);
}

/** The header is in order, but the pixels cannot be had. */
export function undecodableImage(format: ImageFormat, what: string, cause?: unknown): AppError {
	return new AppError(
		"undecodable_image",
		`The ${imageFormats[format].name} picture could not be decoded: ${what}. Send another copy of the file, or save it again with a picture program.`,
		cause === undefined ? {} : { cause },
	);
}

/** The header is in order, and hides that the decoder needs more memory than was planned by it. */
export function exceedsPlannedMemory(format: ImageFormat): AppError {
	return new AppError(
		"image_exceeds_memory_budget",
		`The ${imageFormats[format].name} picture needs more memory to be decoded than its header makes expect. Save it as a JPEG and send that, or make it smaller.`,
	);
}
