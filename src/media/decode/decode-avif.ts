/** Decodes AVIF through libavif of @jsquash/avif, in an instance that is dropped with the call. */

import startAvifDecoder from "@jsquash/avif/codec/dec/avif_dec.js";
import { exceedsPlannedMemory, undecodableImage } from "../inspect/picture-faults.ts";
import { avifDecoderBytes } from "../memory-model.ts";
import { type EmscriptenFactory, startEmscripten } from "../wasm/emscripten-instance.ts";
import { limitGrowth } from "../wasm/limit-growth.ts";
import type { DecodedPicture, Decoder } from "./decoded-picture.ts";
import { ownPixels } from "./own-pixels.ts";

interface AvifApi {
	/** An ImageData with a copy of the pixels, or null. Deeper samples are rounded to 8 bits; nothing is turned. */
	decode(file: Uint8Array, bitDepth: 8): { data: Uint8ClampedArray; width: number; height: number } | null;
}

/** @throws AppError undecodable_image, or image_exceeds_memory_budget when more memory is asked for than was planned */
export const decodeAvif: Decoder = async (
	original,
	{ facts, decoderLimitBytes },
	codecs,
	ledger,
): Promise<DecodedPicture> => {
	const likelyBytes = avifDecoderBytes(facts, original.length);
	const { api, memory } = await startEmscripten(
		startAvifDecoder as unknown as EmscriptenFactory<AvifApi>,
		codecs.avifDecoder,
		likelyBytes,
	);
	// The size of the AV1 frame stands in the coded data, which no inspector reads: boxes may promise a smaller one.
	const isLeftWithoutMemory = limitGrowth(memory, decoderLimitBytes ?? likelyBytes);
	let image: ReturnType<AvifApi["decode"]> = null;
	let cause: unknown;
	try {
		image = api.decode(original, 8);
	} catch (thrown) {
		cause = thrown;
	}
	const copyBytes = image?.data.byteLength ?? 0;
	ledger.hold(memory.buffer.byteLength + copyBytes)(); // alive together until this function returns
	if (isLeftWithoutMemory()) throw exceedsPlannedMemory("avif");
	if (image === null) throw undecodableImage("avif", "its data is broken", cause);
	const { width, height, data } = image;
	const pixels = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, copyBytes);
	return { ...ownPixels(pixels, ledger), width, height, channels: 4, leavesGarbage: true };
};
