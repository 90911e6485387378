/** Chooses the decoder by format and holds its answer against the header that the plan was made from. */

import { type ImageFormat, imageFormats } from "../inspect/formats.ts";
import { undecodableImage } from "../inspect/picture-faults.ts";
import type { MemoryLedger } from "../memory-ledger.ts";
import type { RenditionPlan } from "../plan.ts";
import type { CodecModules } from "../wasm/codec-modules.ts";
import { collectDropped } from "../wasm/collect-dropped.ts";
import { decodeAvif } from "./decode-avif.ts";
import { decodeGif } from "./decode-gif.ts";
import { decodeJpeg } from "./decode-jpeg.ts";
import { decodePng } from "./decode-png.ts";
import { decodeWebp } from "./decode-webp.ts";
import type { DecodedPicture, Decoder } from "./decoded-picture.ts";

const decoders = {
	jpeg: decodeJpeg,
	png: decodePng,
	webp: decodeWebp,
	gif: decodeGif,
	avif: decodeAvif,
} satisfies Record<ImageFormat, Decoder>;

/**
 * @param releaseOriginal called as soon as the original is not needed any more, at the latest when its pixels are there
 * @throws AppError undecodable_image
 */
export async function decodeImage(
	original: Uint8Array,
	plan: RenditionPlan,
	codecs: CodecModules,
	ledger: MemoryLedger,
	releaseOriginal: () => void = () => {},
): Promise<DecodedPicture> {
	const { format } = plan.facts;
	const picture = await decoders[format](original, plan, codecs, ledger, releaseOriginal);
	releaseOriginal();
	if (picture.isDecoderDropped) collectDropped(); // before the encoder takes its memory
	if (picture.width !== plan.decodedWidth || picture.height !== plan.decodedHeight) {
		throw undecodableImage(format, `its pixels have another size than its ${imageFormats[format].name} header says`);
	}
	return picture;
}
