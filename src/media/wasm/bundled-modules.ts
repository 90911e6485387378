/** The codecs as wrangler bundles them. The one file of this room that a Node process cannot load. */

import jpegDecoder from "@cwasm/jpeg-turbo/jpeg-turbo.wasm";
import avifDecoder from "@jsquash/avif/codec/dec/avif_dec.wasm";
import avifEncoder from "@jsquash/avif/codec/enc/avif_enc.wasm";
import webpDecoder from "@jsquash/webp/codec/dec/webp_dec.wasm";
import resampler from "../resample/kernel/kernel.wasm";
import type { CodecModules } from "./codec-modules.ts";

export const bundledModules: CodecModules = { jpegDecoder, webpDecoder, avifDecoder, avifEncoder, resampler };
