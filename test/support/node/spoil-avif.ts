/** Changes the boxes of an AVIF as our own writer lays them out: one picture, `meta` before `mdat`. */

import { ascii, box, concat, u8, u32 } from "../../../src/media/avif/boxes.ts";

interface AddedProperties {
	/** Quarter turns against the clock. */
	irot?: number | undefined;
	imir?: number | undefined;
	/** A cut to 10 x 10 pixels. */
	clap?: boolean;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
/** Where a box of that type begins. */
const find = (file: Uint8Array, type: string) => Buffer.from(file).indexOf(type) - 4;

/** The file with more properties of its first item, in the order of the fields. */
export function addProperties(file: Uint8Array, { clap, irot, imir }: AddedProperties): Uint8Array {
	const properties = [
		...(clap ? [box("clap", u32(10, 1, 10, 1, 0, 1, 0, 1))] : []),
		...(irot === undefined ? [] : [box("irot", u8(irot))]),
		...(imir === undefined ? [] : [box("imir", u8(imir))]),
	];
	const [ipco, ipma] = [find(file, "ipco"), find(file, "ipma")];
	const present = countBoxes(file.subarray(ipco + 8, ipma));
	const indices = u8(...properties.map((_, i) => 0x80 | (present + 1 + i)));
	const added = concat(properties);
	const COUNT_AT = ipma + 18; // behind size, type, version, entry count and item id
	const count = file[COUNT_AT] as number;
	const behind = COUNT_AT + 1 + count;
	const changed = concat([
		file.subarray(0, ipma),
		added,
		file.subarray(ipma, COUNT_AT),
		u8(count + properties.length),
		file.subarray(COUNT_AT + 1, behind),
		indices,
		file.subarray(behind),
	]);
	const grownBy = added.length + indices.length;
	const grow = (at: number, by: number) => viewOf(changed).setUint32(at, viewOf(changed).getUint32(at) + by);
	for (const type of ["meta", "iprp"]) grow(find(changed, type), grownBy);
	grow(find(changed, "ipco"), added.length);
	grow(find(changed, "ipma"), indices.length);
	const iloc = find(changed, "iloc");
	const items = viewOf(changed).getUint16(iloc + 14);
	for (let i = 0; i < items; i++) grow(iloc + 16 + 14 * i + 6, grownBy);
	return changed;
}

function countBoxes(bytes: Uint8Array): number {
	let count = 0;
	for (let at = 0; at < bytes.length; at += viewOf(bytes).getUint32(at)) count++;
	return count;
}

/** The file with a smaller `ispe`: both sides become `side`, the coded picture stays. */
export function claimSize(file: Uint8Array, side: number): Uint8Array {
	const changed = file.slice();
	const ispe = find(changed, "ispe");
	viewOf(changed).setUint32(ispe + 12, side);
	viewOf(changed).setUint32(ispe + 16, side);
	return changed;
}

/** The beginning of a HEIF file of these brands. */
export function heifHead(major: string, ...compatible: string[]): Uint8Array {
	return concat([box("ftyp", ascii(major), u32(0), ...compatible.map(ascii)), box("meta", u32(0))]);
}
