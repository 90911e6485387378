/** Reads a GIF's logical screen and its first frame, and counts its frames (GIF89a specification, sections 18 to 23). */

import { type GifFrame, gifFrames } from "./gif-blocks.ts";
import type { ImageFacts } from "./image-facts.ts";
import { malformedImage, truncatedImage } from "./picture-faults.ts";

export function inspectGif(bytes: Uint8Array): ImageFacts {
	let first: GifFrame | undefined;
	let frames = 0;
	for (const frame of gifFrames(bytes)) {
		first ??= frame;
		frames++;
	}
	if (first === undefined) throw truncatedImage("gif");
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)];
	checkPlace(first, width, height);
	if (first.palette.length === 0) throw malformedImage("gif", "its picture has no colours");

	const isWhole = first.left === 0 && first.top === 0 && first.width === width && first.height === height;
	const hasAlpha = !isWhole || first.transparentIndex !== undefined;
	return {
		format: "gif",
		width,
		height,
		orientation: 1,
		hasAlpha,
		bitDepth: 31 - Math.clz32(first.palette.length / 3),
		isProgressive: first.isInterlaced,
		components: hasAlpha ? 4 : 3,
		hasIccProfile: false,
		isAnimated: frames > 1,
		frames,
		...(isWhole ? {} : { firstFrame: { left: first.left, top: first.top, width: first.width, height: first.height } }),
	};
}

/**
 * A frame may stick out (that part is not seen), but not be larger than the screen: the work of reading it would not be
 * bounded by what the memory is planned for.
 */
function checkPlace({ left, top, width, height }: GifFrame, screenWidth: number, screenHeight: number): void {
	if (width === 0 || height === 0) throw malformedImage("gif", "its first picture has no pixels");
	if (width > screenWidth || height > screenHeight) {
		throw malformedImage("gif", "its first picture is larger than the whole");
	}
	if (left >= screenWidth || top >= screenHeight) throw malformedImage("gif", "its first picture lies outside of it");
}
