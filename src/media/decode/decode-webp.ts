/** Decodes WebP through @jsquash/webp, in an instance that is dropped with the call. */

import startWebpDecoder from "@jsquash/webp/codec/dec/webp_dec.js";
import type { FramePlace } from "../inspect/image-facts.ts";
import { exceedsPlannedMemory, undecodableImage } from "../inspect/picture-faults.ts";
import { webpDecoderBytes } from "../memory-model.ts";
import { type EmscriptenFactory, startEmscripten } from "../wasm/emscripten-instance.ts";
import { limitGrowth } from "../wasm/limit-growth.ts";
import type { DecodedPicture, Decoder } from "./decoded-picture.ts";
import { ownPixels } from "./own-pixels.ts";
import { unwrapFirstFrame } from "./webp-first-frame.ts";

interface WebpApi {
	/** An ImageData with a copy of the pixels, or null. */
	decode(file: Uint8Array): { data: Uint8ClampedArray; width: number; height: number } | null;
}

/** A little more than was foretold may be taken, because Emscripten asks for a twentieth more than it needs. */
const GROWTH_ALLOWED = 1.06;

export const decodeWebp: Decoder = async (original, plan, codecs, ledger): Promise<DecodedPicture> => {
	const file = plan.facts.isAnimated ? unwrapFirstFrame(original, plan.facts) : original;
	const neededBytes = webpDecoderBytes(plan.facts, file.length);
	const { api, memory } = await startEmscripten(
		startWebpDecoder as unknown as EmscriptenFactory<WebpApi>,
		codecs.webpDecoder,
		neededBytes,
	);
	const isLeftWithoutMemory = limitGrowth(memory, neededBytes * GROWTH_ALLOWED);
	let image: ReturnType<WebpApi["decode"]>;
	try {
		image = api.decode(file);
	} catch (cause) {
		throw undecodableImage("webp", "its data is broken", cause);
	}
	const copyBytes = image?.data.byteLength ?? 0;
	const frameBytes = file === original ? 0 : file.length;
	ledger.hold(memory.buffer.byteLength + copyBytes + frameBytes)(); // alive together until this function returns
	if (isLeftWithoutMemory()) throw exceedsPlannedMemory("webp");
	if (image === null) throw undecodableImage("webp", "its data is broken");
	const { width, height, data } = image;
	const pixels = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, copyBytes);
	const { firstFrame } = plan.facts;
	if (firstFrame === undefined)
		return { ...ownPixels(pixels, ledger), width, height, channels: 4, leavesGarbage: true };
	if (width !== firstFrame.width || height !== firstFrame.height) throw undecodableImage("webp", "its data is broken");
	const canvas = placeOnCanvas(pixels, firstFrame, plan.facts);
	ledger.hold(memory.buffer.byteLength + copyBytes + frameBytes + canvas.byteLength)();
	return {
		...ownPixels(canvas, ledger),
		width: plan.facts.width,
		height: plan.facts.height,
		channels: 4,
		leavesGarbage: true,
	};
};

/** RGBA of the whole, transparent where the frame is not. */
function placeOnCanvas(rgba: Uint8Array, frame: FramePlace, canvas: { width: number; height: number }) {
	const pixels = new Uint8Array(canvas.width * canvas.height * 4);
	const rowBytes = frame.width * 4;
	for (let y = 0; y < frame.height; y++) {
		const to = ((frame.top + y) * canvas.width + frame.left) * 4;
		pixels.set(rgba.subarray(y * rowBytes, (y + 1) * rowBytes), to);
	}
	return pixels;
}
