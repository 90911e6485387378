/** The compiled codecs that a rendition needs, and the resampler; who runs the pipeline brings them, because each runtime loads them its own way. */

export interface CodecModules {
	/** @cwasm/jpeg-turbo/jpeg-turbo.wasm */
	jpegDecoder: WebAssembly.Module;
	/** @jsquash/webp/codec/dec/webp_dec.wasm */
	webpDecoder: WebAssembly.Module;
	/** @jsquash/avif/codec/dec/avif_dec.wasm */
	avifDecoder: WebAssembly.Module;
	/** @jsquash/avif/codec/enc/avif_enc.wasm */
	avifEncoder: WebAssembly.Module;
	/** resample/kernel/kernel.wasm */
	resampler: WebAssembly.Module;
}
