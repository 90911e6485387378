/** The codecs as wrangler bundles them. The one file of this room that a Node process cannot load. */

import jpegDecoder from "@cwasm/jpeg-turbo/jpeg-turbo.wasm";
import avifDecoder from "@jsquash/avif/codec/dec/avif_dec.wasm";
import avifEncoder from "@jsquash/avif/codec/enc/avif_enc.wasm";
// @ts-expect-error: the package ships a .wasm.d.ts of the exports, without the default export that bundlers give
import pngDecoder from "@jsquash/png/codec/pkg/squoosh_png_bg.wasm";
import webpDecoder from "@jsquash/webp/codec/dec/webp_dec.wasm";
import type { CodecModules } from "./codec-modules.ts";

export const bundledModules: CodecModules = { jpegDecoder, pngDecoder, webpDecoder, avifDecoder, avifEncoder };
