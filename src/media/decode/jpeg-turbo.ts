/** Starts libjpeg-turbo 2.0 as @cwasm/jpeg-turbo compiles it; its own wrapper reads the file system. */

interface JpegTurboExports {
	memory: WebAssembly.Memory;
	malloc(bytes: number): number;
	tjInitDecompress(): number;
	tjDecompressHeader3(
		handle: number,
		file: number,
		fileBytes: number,
		width: number,
		height: number,
		subsampling: number,
		colourSpace: number,
	): number;
	/** 0, or -1 when there was any warning; a fatal error throws. */
	tjDecompress2(
		handle: number,
		file: number,
		fileBytes: number,
		pixels: number,
		width: number,
		pitchBytes: number,
		height: number,
		pixelFormat: number,
		flags: number,
	): number;
}

export interface JpegTurbo {
	exports: JpegTurboExports;
	/** How many warnings libjpeg has counted in the call that went last. */
	countWarnings(): number;
}

/**
 * TurboJPEG's error manager is { struct jpeg_error_mgr pub; jmp_buf setjmp_buffer; … }, and setjmp is ours: its
 * argument is where `pub` ends. `pub.num_warnings` is followed by six words (the message table's, and its addon's).
 */
const NUM_WARNINGS_BEFORE_JMP_BUF_BYTES = 6 * 4;

/** A fresh instance for one picture: after a longjmp it cannot be used again. */
export function startJpegTurbo(module: WebAssembly.Module): JpegTurbo {
	let jmpBuf = 0;
	const unused = () => 0;
	const instance = new WebAssembly.Instance(module, {
		env: {
			setjmp(buffer: number) {
				jmpBuf = buffer;
				return 0;
			},
			longjmp() {
				throw new Error("libjpeg gave up");
			},
		},
		wasi_snapshot_preview1: {
			environ_sizes_get: unused,
			environ_get: unused,
			proc_exit: unused,
			fd_close: unused,
			fd_seek: unused,
			fd_write: unused,
		},
	});
	const exports = instance.exports as unknown as JpegTurboExports;
	return {
		exports,
		countWarnings: () => new DataView(exports.memory.buffer).getInt32(jmpBuf - NUM_WARNINGS_BEFORE_JMP_BUF_BYTES, true),
	};
}
