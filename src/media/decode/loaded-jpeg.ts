/** A JPEG file in the memory of its decoder. */

import type { MemoryLedger } from "../memory-ledger.ts";
import { type JpegTurbo, startJpegTurbo } from "./jpeg-turbo.ts";

export interface LoadedJpeg {
	turbo: JpegTurbo;
	/** Where the file lies, and how long it is. */
	fileAt: number;
	fileBytes: number;
	/** The file; good until the memory grows. */
	file(): Uint8Array;
	/** Takes the memory off the ledger as far as it was held for the file: the decoder counts it from now on. */
	release(): void;
}

/** Makes room for a file of that size; it is to be filled in. */
export function makeRoomForJpeg(module: WebAssembly.Module, fileBytes: number, ledger: MemoryLedger): LoadedJpeg {
	const turbo = startJpegTurbo(module);
	const { exports } = turbo;
	const fileAt = exports.malloc(fileBytes);
	if (fileAt === 0) throw new Error(`the JPEG decoder has no memory for a file of ${fileBytes} bytes`);
	return {
		turbo,
		fileAt,
		fileBytes,
		file: () => new Uint8Array(exports.memory.buffer, fileAt, fileBytes),
		release: ledger.hold(exports.memory.buffer.byteLength),
	};
}
