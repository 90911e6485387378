/** Encodes RGBA pixels as AVIF through @jsquash/avif (libavif, libaom 3.7), in an instance that is dropped with the call. */

import startAvifEncoder from "@jsquash/avif/codec/enc/avif_enc.js";
import type { MemoryLedger } from "../memory-ledger.ts";
import { avifEncoderBytes } from "../memory-model.ts";
import type { RenditionSettings } from "../settings.ts";
import { type EmscriptenFactory, startEmscripten } from "../wasm/emscripten-instance.ts";

interface AvifApi {
	/** Copies the pixels in and the file out. */
	encode(rgba: Uint8Array, width: number, height: number, options: AvifOptions): Uint8Array | null;
}

/** Every member must be there: the binding reads them all. */
interface AvifOptions {
	quality: number;
	qualityAlpha: number;
	denoiseLevel: number;
	tileColsLog2: number;
	tileRowsLog2: number;
	speed: number;
	subsample: number;
	chromaDeltaQ: boolean;
	sharpness: number;
	tune: number;
	enableSharpYUV: boolean;
	bitDepth: number;
	lossless: boolean;
}

const CHROMA_420 = 1;
const TUNE_AUTO = 0;
const SAME_AS_COLOUR = -1;

/**
 * @param rgba `width * height * 4` bytes; an alpha plane is written only when a pixel is not opaque.
 * @throws Error when the encoder fails: its input was made by us, so that is no fault of the picture
 */
export async function encodeAvif(
	rgba: Uint8Array,
	width: number,
	height: number,
	settings: RenditionSettings,
	module: WebAssembly.Module,
	ledger: MemoryLedger,
): Promise<Uint8Array> {
	const { api, memory } = await startEmscripten(
		startAvifEncoder as unknown as EmscriptenFactory<AvifApi>,
		module,
		avifEncoderBytes(width, height, settings),
	);
	const options: AvifOptions = {
		quality: settings.quality,
		qualityAlpha: SAME_AS_COLOUR,
		denoiseLevel: 0,
		tileColsLog2: 0,
		tileRowsLog2: 0,
		speed: settings.speed,
		subsample: CHROMA_420,
		chromaDeltaQ: false,
		sharpness: 0,
		tune: TUNE_AUTO,
		enableSharpYUV: false,
		bitDepth: 8,
		lossless: false,
	};
	const avif = api.encode(rgba, width, height, options);
	ledger.hold(memory.buffer.byteLength + (avif?.byteLength ?? 0))();
	if (avif === null) throw new Error(`the AVIF encoder failed on ${width}x${height} pixels`);
	return avif;
}
