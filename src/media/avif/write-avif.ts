/** Writes an AVIF file (ISO/IEC 23008-12; AV1 Image File Format 1.1): one picture, and its alpha where it has any. */

import { SEQ_LEVEL_5_1, SEQ_LEVEL_6_0 } from "../av1/level.ts";
import { PROFILE_HIGH, PROFILE_MAIN } from "../av1/sequence-header.ts";
import type { SplicedFrame } from "../av1/splice-tiles.ts";
import { ascii, box, byteLength, concat, fullBox, type Part, u8, u16, u32 } from "./boxes.ts";
import { itemProperties } from "./item-properties.ts";

export interface AvifPicture {
	width: number;
	height: number;
	color: SplicedFrame;
	/** Monochrome, of the same size. */
	alpha?: SplicedFrame;
	/** The source's ICC profile of RGB; without one the colours are sRGB. */
	iccProfile?: Uint8Array;
}

const COLOR_ITEM = 1;
const ALPHA_ITEM = 2;
const MDAT_HEAD_BYTES = 8;

/** Sizes and offsets are promised in `meta` before the data is written, and held against it afterwards. */
export function writeAvif(picture: AvifPicture): Uint8Array {
	const items = [
		{ id: COLOR_ITEM, name: "Color", parts: picture.color.parts },
		...(picture.alpha === undefined ? [] : [{ id: ALPHA_ITEM, name: "Alpha", parts: picture.alpha.parts }]),
	];
	const ftyp = writeFtyp(picture);
	const metaBytes = writeMeta(picture, items, 0).length; // offsets have a fixed width, so its size is known
	const dataAt = ftyp.length + metaBytes + MDAT_HEAD_BYTES;
	const meta = writeMeta(picture, items, dataAt);
	const data = items.flatMap(({ parts }) => parts);
	const head = concat([ftyp, meta, u32(MDAT_HEAD_BYTES + byteLength(data)), ascii("mdat")]);
	if (head.length !== dataAt) throw new Error(`an AVIF's data would begin at ${head.length} instead of ${dataAt}`);
	return concat([head, ...data]);
}

/** ISO/IEC 14496-12, section 4.3. */
function writeFtyp(picture: AvifPicture): Part {
	const compatible = ["avif", "mif1", "miaf", ...profileBrands(picture)];
	return box("ftyp", ascii("avif"), u32(0), ...compatible.map(ascii));
}

/**
 * AVIF 1.1, section 8: MA1B is the baseline profile (AV1 Main, level 5.1 or lower), MA1A the advanced one (AV1 High,
 * level 6.0 or lower). The colours decide; alpha is of the same size and tiles, so of the same level, and always Main,
 * which a High decoder takes too.
 */
function profileBrands({ color: { sequence, seqLevelIdx } }: AvifPicture): string[] {
	if (sequence.seqProfile === PROFILE_MAIN) return seqLevelIdx <= SEQ_LEVEL_5_1 ? ["MA1B"] : [];
	return sequence.seqProfile === PROFILE_HIGH && seqLevelIdx <= SEQ_LEVEL_6_0 ? ["MA1A"] : [];
}

interface Item {
	id: number;
	name: string;
	parts: Part[];
}

/** ISO/IEC 14496-12, section 8.11.1. */
function writeMeta(picture: AvifPicture, items: Item[], dataAt: number): Part {
	const hasAlpha = picture.alpha !== undefined;
	return fullBox(
		"meta",
		0,
		0,
		fullBox("hdlr", 0, 0, u32(0), ascii("pict"), u32(0, 0, 0), ascii("\0")), // section 8.4.3
		fullBox("pitm", 0, 0, u16(COLOR_ITEM)), // section 8.11.4
		writeIloc(items, dataAt),
		fullBox("iinf", 0, 0, u16(items.length), ...items.map(writeInfe)), // section 8.11.6
		// section 8.11.12: "auxl" says which item the alpha belongs to
		...(hasAlpha ? [fullBox("iref", 0, 0, box("auxl", u16(ALPHA_ITEM, 1, COLOR_ITEM)))] : []),
		writeIprp(picture),
	);
}

/** Section 8.11.3: offsets and lengths of 4 bytes, no base offset, one extent an item. */
function writeIloc(items: Item[], dataAt: number): Part {
	let at = dataAt;
	const entries = items.map(({ id, parts }) => {
		const bytes = byteLength(parts);
		const entry = [u16(id, 0, 1), u32(at, bytes)]; // item_ID, data_reference_index, extent_count; the extent
		at += bytes;
		return concat(entry);
	});
	return fullBox("iloc", 0, 0, u8(0x44, 0), u16(items.length), ...entries);
}

/** Section 8.11.6.2: item_ID, item_protection_index, item_type, item_name. */
function writeInfe({ id, name }: Item): Part {
	return fullBox("infe", 2, 0, u16(id, 0), ascii("av01"), ascii(`${name}\0`));
}

/** ISO/IEC 23008-12, section 9.3: every property once, and which of them belong to which item. */
function writeIprp(picture: AvifPicture): Part {
	const { properties, ofColor, ofAlpha } = itemProperties(picture);
	const associations = [{ id: COLOR_ITEM, indices: ofColor }];
	if (picture.alpha !== undefined) associations.push({ id: ALPHA_ITEM, indices: ofAlpha });
	const entries = associations.map(({ id, indices }) => concat([u16(id), u8(indices.length, ...indices)]));
	return box("iprp", box("ipco", ...properties), fullBox("ipma", 0, 0, u32(entries.length), ...entries));
}
