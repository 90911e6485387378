/** Finds the orientation in an EXIF block; whatever is broken or hostile in there counts as upright. */

import type { Orientation } from "./image-facts.ts";

const TAG_ORIENTATION = 0x0112;
const TYPE_SHORT = 3;
/** Not what the standard says, but some programs write it, and others read it. */
const TYPE_LONG = 4;
const IFD_ENTRY_BYTES = 12;
const EXIF_PREFIX = "Exif\0\0";

/**
 * Reads tag 0x0112 of IFD 0 (TIFF 6.0, section 2). No offset but IFD 0's own is followed, so nothing can loop.
 * @param block the TIFF structure, with or without the "Exif\0\0" that JPEG puts before it.
 */
export function readExifOrientation(block: Uint8Array): Orientation {
	const tiff = hasExifPrefix(block) ? block.subarray(EXIF_PREFIX.length) : block;
	if (tiff.length < 8) return 1;
	const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
	const byteOrder = view.getUint16(0);
	if (byteOrder !== 0x4949 && byteOrder !== 0x4d4d) return 1;
	const littleEndian = byteOrder === 0x4949;
	if (view.getUint16(2, littleEndian) !== 42) return 1;

	const ifd = view.getUint32(4, littleEndian);
	if (ifd + 2 > tiff.length) return 1;
	const entries = view.getUint16(ifd, littleEndian);
	for (let i = 0; i < entries; i++) {
		const entry = ifd + 2 + i * IFD_ENTRY_BYTES;
		if (entry + IFD_ENTRY_BYTES > tiff.length) return 1;
		if (view.getUint16(entry, littleEndian) !== TAG_ORIENTATION) continue;
		const type = view.getUint16(entry + 2, littleEndian);
		if (type !== TYPE_SHORT && type !== TYPE_LONG) return 1;
		const at = entry + 8;
		const value = type === TYPE_SHORT ? view.getUint16(at, littleEndian) : view.getUint32(at, littleEndian);
		return value >= 1 && value <= 8 ? (value as Orientation) : 1;
	}
	return 1;
}

/** True for a JPEG APP1 segment, or a chunk written in its manner, that holds EXIF and not XMP. */
export function hasExifPrefix(block: Uint8Array): boolean {
	return block.length >= EXIF_PREFIX.length && [...EXIF_PREFIX].every((c, i) => block[i] === c.charCodeAt(0));
}
