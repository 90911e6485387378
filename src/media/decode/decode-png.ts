/** Decodes PNG through the WASM of @jsquash/png, with bindings of our own: its wrapper keeps one instance for ever. */

import { pngChunks } from "../inspect/inspect-png.ts";
import { undecodableImage } from "../inspect/picture-faults.ts";
import type { DecodedPicture, Decoder } from "./decoded-picture.ts";

interface PngExports {
	memory: WebAssembly.Memory;
	__wbindgen_malloc(bytes: number, align: number): number;
	decode(file: number, fileBytes: number): number;
}

/**
 * What the decoder gets to see. Profiles and texts are left out: they are not asked for, and each could unpack to
 * far more than the file's size, which no plan has counted.
 */
const DECODED_CHUNKS = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
const SIGNATURE_BYTES = 8;

function* decodedChunks(original: Uint8Array) {
	for (const chunk of pngChunks(original)) if (DECODED_CHUNKS.includes(chunk.type)) yield chunk;
}

export const decodePng: Decoder = (original, _plan, codecs, ledger): DecodedPicture => {
	let result: { at: number; bytes: number; width: number; height: number } | undefined;
	const exports = startPngDecoder(codecs.pngDecoder, (at, bytes, width, height) => {
		result = { at: at >>> 0, bytes: bytes >>> 0, width: width >>> 0, height: height >>> 0 };
	});
	try {
		// Walked twice rather than listed: a list of a million empty chunks would outweigh the picture.
		let fileBytes = SIGNATURE_BYTES;
		for (const { whole } of decodedChunks(original)) fileBytes += whole.length;
		const fileAt = exports.__wbindgen_malloc(fileBytes, 1) >>> 0;
		const file = new Uint8Array(exports.memory.buffer, fileAt, fileBytes);
		file.set(original.subarray(0, SIGNATURE_BYTES));
		let at = SIGNATURE_BYTES;
		for (const { whole } of decodedChunks(original)) {
			file.set(whole, at);
			at += whole.length;
		}
		exports.decode(fileAt, fileBytes);
	} catch (cause) {
		throw undecodableImage("png", "its data is broken", cause);
	} finally {
		ledger.hold(exports.memory.buffer.byteLength)(); // the peak counts, even when the picture fails
	}
	if (result === undefined) throw undecodableImage("png", "its data is broken");
	return {
		pixels: new Uint8Array(exports.memory.buffer, result.at, result.bytes),
		width: result.width,
		height: result.height,
		channels: 4,
		release: ledger.hold(exports.memory.buffer.byteLength),
	};
};

/**
 * The decoder ends by handing (pointer, bytes, width, height) of its pixels to a constructor of ImageData. We take
 * them there, uncopied. wasm-bindgen adds a hash to the import's name, so it is known by how it begins.
 */
function startPngDecoder(
	module: WebAssembly.Module,
	receive: (at: number, bytes: number, width: number, height: number) => void,
): PngExports {
	const imports: Record<string, (...args: number[]) => unknown> = {};
	for (const { name } of WebAssembly.Module.imports(module)) {
		imports[name] = name.startsWith("__wbg_newwithownedu8clampedarray")
			? (at = 0, bytes = 0, width = 0, height = 0) => {
					receive(at, bytes, width, height);
					return 1; // a handle that nothing looks at again
				}
			: () => {
					throw new Error(`the PNG decoder called ${name}`); // __wbindgen_throw: it could not decode
				};
	}
	return new WebAssembly.Instance(module, { wbg: imports }).exports as unknown as PngExports;
}
