/** Loads the codecs from node_modules, for tests and tools that run in Node. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { CodecModules } from "../../../src/media/pipeline.ts";

const require = createRequire(import.meta.url);
const compile = (path: string) => new WebAssembly.Module(readFileSync(require.resolve(path)));

export const codecModules: CodecModules = {
	jpegDecoder: compile("@cwasm/jpeg-turbo/jpeg-turbo.wasm"),
	webpDecoder: compile("@jsquash/webp/codec/dec/webp_dec.wasm"),
	avifDecoder: compile("@jsquash/avif/codec/dec/avif_dec.wasm"),
	avifEncoder: compile("@jsquash/avif/codec/enc/avif_enc.wasm"),
	resampler: compile("../../../src/media/resample/kernel/kernel.wasm"),
};
