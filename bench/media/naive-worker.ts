/** What everybody writes first: jSquash decodes, resizes and encodes the whole picture. To be measured beside ours. */
/// <reference path="../../src/media/wasm/wasm-imports.d.ts" />
import startAvifEncoder from "@jsquash/avif/codec/enc/avif_enc.js";
import avifEncoder from "@jsquash/avif/codec/enc/avif_enc.wasm";
import { defaultOptions as avifDefaults } from "@jsquash/avif/meta.js";
import startJpegDecoder from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import jpegDecoder from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";
import startResizer, { resize } from "@jsquash/resize/lib/resize/pkg/squoosh_resize.js";
// @ts-expect-error: the package ships a .wasm.d.ts of the exports, without the default export that bundlers give
import resizer from "@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm";
import { type EmscriptenFactory, startEmscripten } from "../../src/media/wasm/emscripten-instance.ts";

declare const scheduler: { wait(ms: number): Promise<void> };
const LANCZOS3 = 3;

interface JpegApi {
	decode(file: Uint8Array, preserveOrientation: boolean): { data: Uint8ClampedArray; width: number; height: number };
}
interface AvifApi {
	encode(rgba: Uint8Array, width: number, height: number, options: object): Uint8Array | null;
}

/** Codecs of jSquash make one; workerd has none. */
class ImageDataStandIn {
	data: Uint8ClampedArray;
	width: number;
	height: number;
	constructor(data: Uint8ClampedArray, width: number, height: number) {
		[this.data, this.width, this.height] = [data, width, height];
	}
}

export default {
	async fetch(request: Request): Promise<Response> {
		if (request.method !== "POST") return new Response("ready");
		Object.assign(globalThis, { ImageData: ImageDataStandIn });
		const { quality, speed, maxWidth, maxHeight } = JSON.parse(request.headers.get("settings") ?? "{}");
		const file = new Uint8Array(await request.arrayBuffer());
		const memories: WebAssembly.Memory[] = [];
		let bufferBytes = file.byteLength;
		const startedAt = Date.now();

		const jpeg = await startEmscripten(startJpegDecoder as unknown as EmscriptenFactory<JpegApi>, jpegDecoder, 0);
		memories.push(jpeg.memory);
		const source = jpeg.api.decode(file, true);
		bufferBytes += source.data.byteLength;
		await scheduler.wait(0);
		const shrink = Math.min(1, maxWidth / source.width, maxHeight / source.height);
		const [width, height] = [Math.round(source.width * shrink), Math.round(source.height * shrink)];
		let pixels: Uint8Array | Uint8ClampedArray = source.data;
		if (shrink < 1) {
			const { memory } = (await startResizer(resizer)) as { memory: WebAssembly.Memory };
			memories.push(memory);
			const input = new Uint8Array(source.data.buffer);
			pixels = resize(input, source.width, source.height, width, height, LANCZOS3, true, false);
			bufferBytes += pixels.byteLength;
			await scheduler.wait(0);
		}
		const avif = await startEmscripten(startAvifEncoder as unknown as EmscriptenFactory<AvifApi>, avifEncoder, 0);
		memories.push(avif.memory);
		const options = { ...avifDefaults, quality, speed };
		const encoded = avif.api.encode(new Uint8Array(pixels.buffer), width, height, options);
		await scheduler.wait(0);
		const ms = Date.now() - startedAt;
		const wasmBytes = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
		return Response.json({ ms, peakBytes: wasmBytes + bufferBytes, bytes: encoded?.byteLength ?? null, width, height });
	},
};
