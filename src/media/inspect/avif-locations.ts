/** Tells how far into the file an AVIF's items reach (iloc, ISO/IEC 14496-12, section 8.11.3). */

import { malformedImage } from "./picture-faults.ts";

/** @param iloc the content of the box. @returns the place behind the last byte that is pointed at, from the file's beginning */
export function readItemsEnd(iloc: Uint8Array): number {
	let at = 0;
	const next = (bytes: number): number => {
		if (at + bytes > iloc.length) throw malformedImage("avif", "its iloc box is too short");
		let value = 0;
		for (let i = 0; i < bytes; i++) value = value * 256 + (iloc[at++] as number);
		return value;
	};
	const version = next(1);
	next(3); // flags
	if (version > 2) throw malformedImage("avif", "its iloc box is of an unknown version");
	const sizes = next(2);
	const [offsetSize, lengthSize, baseOffsetSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
	const indexSize = version === 0 ? 0 : sizes & 15;
	const extentBytes = indexSize + offsetSize + lengthSize;
	let end = 0;
	for (let left = next(version === 2 ? 4 : 2); left > 0; left--) {
		next(version === 2 ? 4 : 2); // item_ID
		const isInFile = version === 0 || (next(2) & 15) === 0; // else in idat, which lies in meta, or in another item
		next(2); // data_reference_index
		const baseOffset = next(baseOffsetSize);
		const extents = next(2);
		// extents of no bytes cost a file nothing, and counting them could take for ever
		for (let left = extentBytes === 0 ? 0 : extents; left > 0; left--) {
			next(indexSize);
			const offset = next(offsetSize);
			const length = next(lengthSize);
			if (isInFile) end = Math.max(end, baseOffset + offset + length);
		}
	}
	return end;
}
