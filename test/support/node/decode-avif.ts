/** Decodes AVIF with the decoder of @jsquash/avif: another implementation than the one that sharp brings. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import startAvifDecoder from "@jsquash/avif/codec/dec/avif_dec.js";
import { type EmscriptenFactory, startEmscripten } from "../../../src/media/wasm/emscripten-instance.ts";

interface AvifDecoder {
	decode(file: Uint8Array, bitDepth: number): { data: Uint8ClampedArray; width: number; height: number } | null;
}

const path = createRequire(import.meta.url).resolve("@jsquash/avif/codec/dec/avif_dec.wasm");
const module = new WebAssembly.Module(readFileSync(path));

/** RGBA pixels. */
export async function decodeAvif(file: Uint8Array): Promise<{ pixels: Uint8Array; width: number; height: number }> {
	const factory = startAvifDecoder as unknown as EmscriptenFactory<AvifDecoder>;
	const { api } = await startEmscripten(factory, module, 0);
	const image = api.decode(file, 8);
	if (image === null) throw new Error("the AVIF cannot be decoded");
	return { pixels: new Uint8Array(image.data.buffer), width: image.width, height: image.height };
}
