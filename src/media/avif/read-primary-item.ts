/** Finds the picture in an AVIF as libavif writes it: the item that pitm names, where iloc says it lies. */

import { readBoxes } from "./boxes.ts";

/**
 * @returns the AV1 data of the primary item: a view into the file
 * @throws Error when the file is built in another way than the one encoder we read writes
 */
export function readPrimaryItem(file: Uint8Array): Uint8Array {
	const meta = find(file, "meta").subarray(4); // version and flags
	const primaryId = uint(find(meta, "pitm"), 4, 2); // ISO/IEC 14496-12, section 8.11.4
	const item = readItemLocations(find(meta, "iloc")).find(({ id }) => id === primaryId);
	if (item === undefined) throw new Error("an AVIF names no place for its primary item");
	const data = file.subarray(item.offset, item.offset + item.length);
	if (data.length !== item.length) throw new Error("an AVIF ends before its primary item");
	return data;
}

/** iloc, ISO/IEC 14496-12, section 8.11.3: versions 0 and 1, one extent an item, counted from the file's beginning. */
function readItemLocations(iloc: Uint8Array): { id: number; offset: number; length: number }[] {
	const version = uint(iloc, 0, 1);
	if (version > 1) throw new Error(`an AVIF has version ${version} of iloc`);
	const sizes = uint(iloc, 4, 2);
	const [offsetSize, lengthSize, baseOffsetSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
	const indexSize = version === 1 ? sizes & 15 : 0;
	let at = 6;
	const next = (bytes: number) => {
		at += bytes;
		return uint(iloc, at - bytes, bytes);
	};
	return Array.from({ length: next(2) }, () => {
		const id = next(2);
		const constructionMethod = version === 1 ? next(2) & 15 : 0;
		next(2); // data_reference_index
		const baseOffset = next(baseOffsetSize);
		const extents = next(2);
		if (extents !== 1 || constructionMethod !== 0) throw new Error("an AVIF keeps an item in parts");
		next(indexSize);
		const offset = baseOffset + next(offsetSize);
		return { id, offset, length: next(lengthSize) };
	});
}

function find(bytes: Uint8Array, type: string): Uint8Array {
	for (const box of readBoxes(bytes)) if (box.type === type) return box.content;
	throw new Error(`an AVIF has no ${type}`);
}

/** Big-endian, of 0 to 4 bytes. @throws RangeError beyond the box */
function uint(bytes: Uint8Array, at: number, size: number): number {
	if (at + size > bytes.length) throw new RangeError("a box of an AVIF ends early");
	let value = 0;
	for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] as number);
	return value;
}
