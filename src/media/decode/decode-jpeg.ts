/** Decodes JPEG through the exports of @cwasm/jpeg-turbo, at the size that is needed. */

import { undecodableImage } from "../inspect/picture-faults.ts";
import type { MemoryLedger } from "../memory-ledger.ts";
import type { RenditionPlan } from "../plan.ts";
import { flattenCmyk } from "./cmyk.ts";
import type { DecodedPicture, Decoder } from "./decoded-picture.ts";
import { isHarmlessWarning } from "./jpeg-warnings.ts";
import { type LoadedJpeg, makeRoomForJpeg } from "./loaded-jpeg.ts";
import { ownPixels } from "./own-pixels.ts";

/** TurboJPEG's TJPF_*, and the bytes of a pixel, by the components that the file has. */
const pixelFormats: Record<number, { pixelFormat: number; channels: 1 | 3 | 4 }> = {
	1: { pixelFormat: 6, channels: 1 }, // TJPF_GRAY
	3: { pixelFormat: 0, channels: 3 }, // TJPF_RGB
	4: { pixelFormat: 11, channels: 4 }, // TJPF_CMYK
};

export const decodeJpeg: Decoder = (original, plan, codecs, ledger, releaseOriginal): DecodedPicture => {
	const loaded = makeRoomForJpeg(codecs.jpegDecoder, original.length, ledger);
	loaded.file().set(original);
	releaseOriginal();
	return decodeLoadedJpeg(loaded, plan, ledger);
};

/** @throws AppError undecodable_image */
export function decodeLoadedJpeg(loaded: LoadedJpeg, plan: RenditionPlan, ledger: MemoryLedger): DecodedPicture {
	const { facts, decodedWidth: width, decodedHeight: height } = plan;
	const { turbo, fileAt, fileBytes } = loaded;
	const { exports } = turbo;
	loaded.release();
	const format = pixelFormats[facts.components];
	if (format === undefined) throw undecodableImage("jpeg", `it has ${facts.components} colour components`);
	const { pixelFormat, channels } = format;
	let pixelsAt: number;
	let status: number;
	try {
		const handle = exports.tjInitDecompress();
		const header = exports.malloc(16);
		// The header is asked for because tjDecompress2 scales only by what tjDecompressHeader3 has read.
		exports.tjDecompressHeader3(handle, fileAt, fileBytes, header, header + 4, header + 8, header + 12);
		pixelsAt = exports.malloc(width * height * channels);
		if (pixelsAt === 0) throw new Error("no memory for the pixels");
		const rowBytes = width * channels;
		status = exports.tjDecompress2(handle, fileAt, fileBytes, pixelsAt, width, rowBytes, height, pixelFormat, 0);
	} catch (cause) {
		throw undecodableImage("jpeg", "its data is broken", cause); // libjpeg's fatal errors leave through longjmp
	} finally {
		ledger.hold(exports.memory.buffer.byteLength)(); // the peak counts, even when the picture fails
	}
	if (status !== 0 && !isHarmlessWarning(turbo, loaded.file())) {
		throw undecodableImage("jpeg", "its data is broken, so part of the picture would be missing");
	}

	const decoded = new Uint8Array(exports.memory.buffer, pixelsAt, width * height * channels);
	const pixels = channels === 4 ? flattenCmyk(decoded, facts.jpeg?.isCmykInverted ?? false) : decoded;
	const picture = { width, height, channels: channels === 4 ? (3 as const) : channels };
	if (!plan.movesPixels) {
		return { ...picture, pixels, release: ledger.hold(exports.memory.buffer.byteLength) };
	}
	const moved = pixels.slice();
	ledger.hold(exports.memory.buffer.byteLength + moved.byteLength)();
	return { ...picture, ...ownPixels(moved, ledger), leavesGarbage: true };
}
