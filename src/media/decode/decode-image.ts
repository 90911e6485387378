/** Chooses the decoder by format and holds its answer against the header that the plan was made from. */

import { type ImageFormat, imageFormats } from "../inspect/formats.ts";
import { undecodableImage } from "../inspect/picture-faults.ts";
import type { MemoryLedger } from "../memory-ledger.ts";
import type { RenditionPlan } from "../plan.ts";
import type { ReceivedOriginal } from "../receive-original.ts";
import type { CodecModules } from "../wasm/codec-modules.ts";
import { decodeAvif } from "./decode-avif.ts";
import { decodeGif } from "./decode-gif.ts";
import { decodeJpeg, decodeLoadedJpeg } from "./decode-jpeg.ts";
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
 * The original is dropped as soon as it is not needed any more, at the latest when its pixels are there.
 * @throws AppError undecodable_image, or image_exceeds_memory_budget when the pixels turn out to need more than planned
 */
export async function decodeImage(
	original: ReceivedOriginal,
	plan: RenditionPlan,
	codecs: CodecModules,
	ledger: MemoryLedger,
): Promise<DecodedPicture> {
	const { format } = plan.facts;
	const { bytes, loadedJpeg, drop } = original;
	const picture = loadedJpeg
		? decodeLoadedJpeg(loadedJpeg, plan, ledger)
		: await decoders[format](bytes, plan, codecs, ledger, drop);
	drop();
	if (picture.width !== plan.decodedWidth || picture.height !== plan.decodedHeight) {
		throw undecodableImage(format, `its pixels have another size than its ${imageFormats[format].name} header says`);
	}
	return picture;
}
