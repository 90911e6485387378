/** libavif with libaom 3.7, as @jsquash/avif compiles it, in an instance of our own that encodes frame after frame. */

import startAvifEncoderModule from "@jsquash/avif/codec/enc/avif_enc.js";
import { readPrimaryItem } from "../avif/read-primary-item.ts";
import type { MemoryLedger } from "../memory-ledger.ts";
import type { ChromaSubsampling } from "../settings.ts";
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
	/** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
	subsample: number;
	chromaDeltaQ: boolean;
	sharpness: number;
	tune: number;
	enableSharpYUV: boolean;
	bitDepth: number;
	lossless: boolean;
}

const fixedOptions = {
	qualityAlpha: -1, // as the colour's; alpha never comes here as alpha
	denoiseLevel: 0,
	chromaDeltaQ: false,
	sharpness: 0,
	tune: 0, // automatic
	enableSharpYUV: false,
	bitDepth: 8,
	lossless: false,
};

/** What libavif makes of RGB. */
export type Planes = "monochrome" | ChromaSubsampling;

const subsamples = { monochrome: 0, "4:2:0": 1, "4:4:4": 3 } satisfies Record<Planes, number>;

export interface FrameOptions {
	planes: Planes;
	quality: number;
	speed: number;
	tileColsLog2: number;
	tileRowsLog2: number;
}

export interface AvifEncoder {
	/**
	 * @param rgba `width * height * 4` bytes, every pixel opaque
	 * @returns the AV1 still picture, a view into the file it came in
	 * @throws Error when the encoder fails: its input was made by us, so that is no fault of the picture
	 */
	encode(rgba: Uint8Array, width: number, height: number, options: FrameOptions): Uint8Array;
	/** Takes the encoder's memory off the ledger; whoever holds the encoder drops it with this. */
	release(): void;
}

/** @param neededBytes the memory that the largest frame is predicted to need, taken at once */
export async function startAvifEncoder(
	module: WebAssembly.Module,
	neededBytes: number,
	ledger: MemoryLedger,
): Promise<AvifEncoder> {
	const factory = startAvifEncoderModule as unknown as EmscriptenFactory<AvifApi>;
	const { api, memory } = await startEmscripten(factory, module, neededBytes);
	let release = ledger.hold(memory.buffer.byteLength);
	return {
		encode(rgba, width, height, { planes, ...options }) {
			const avif = api.encode(rgba, width, height, { ...fixedOptions, ...options, subsample: subsamples[planes] });
			release();
			release = ledger.hold(memory.buffer.byteLength); // it may have grown
			if (avif === null) throw new Error(`the AVIF encoder failed on ${width}x${height} pixels`);
			ledger.hold(2 * avif.byteLength)(); // the file, and the tile that is copied out of it
			return readPrimaryItem(avif);
		},
		release: () => release(),
	};
}
