/** Tells, while a file streams past, whether it is whole: memory stays constant, however large the file. */

import { createAvifScanner } from "./avif-scanner.ts";
import type { ImageFormat } from "./formats.ts";
import { createGifScanner } from "./gif-scanner.ts";
import { createJpegScanner } from "./jpeg-scanner.ts";
import { createPngScanner } from "./png-scanner.ts";
import { createWebpScanner } from "./webp-scanner.ts";

export interface StructureScanner {
	/** Takes the next bytes, cut anywhere. @throws AppError malformed_image as soon as the structure is broken, unsupported_image_type for a film */
	push(chunk: Uint8Array): void;
	/** To be called after the last chunk. @throws AppError truncated_image when the structure has not ended. */
	end(): void;
}

const scanners = {
	jpeg: createJpegScanner,
	png: createPngScanner,
	webp: createWebpScanner,
	gif: createGifScanner,
	avif: createAvifScanner,
} satisfies Record<ImageFormat, () => StructureScanner>;

/**
 * Follows the structure of one file of the given format, from its first byte.
 * Bytes after the structure's end are allowed: phones append previews and videos there.
 */
export function createStructureScanner(format: ImageFormat): StructureScanner {
	return scanners[format]();
}
