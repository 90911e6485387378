/** Reads what an AVIF says of its primary item: size, depth, alpha, colours and how it is turned (AV1 Image File Format 1.1). */

import { type Box, readBoxes } from "../avif/boxes.ts";
import {
	findBox,
	findMeta,
	itemsReferringTo,
	readItemType,
	readPrimaryId,
	readProperties,
	textAt,
	topBoxes,
	viewOf,
} from "./avif-boxes.ts";
import { checkColours, hasProfile } from "./avif-colours.ts";
import { readTurn } from "./avif-turn.ts";
import type { ImageFacts } from "./image-facts.ts";
import { malformedImage, unsupportedKind } from "./picture-faults.ts";

const ALPHA_NAMES = ["urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", "urn:mpeg:hevc:2015:auxid:1"];
/** Alpha, depth, a gain map: for each the properties are walked anew. */
const MAX_AUXILIARIES = 8;
/** av1C, AV1 Codec ISO Media File Format Binding, section 2.3: its third byte. */
const HIGH_BIT_DEPTH = 0x40;
const TWELVE_BIT = 0x20;
const MONOCHROME = 0x10;

/**
 * EXIF's orientation is not looked at: ISO/IEC 23008-12, section 6.5.10, has irot and imir for that, and writers that
 * fill in both mean one turn.
 */
export function inspectAvif(bytes: Uint8Array): ImageFacts {
	try {
		return readFacts(bytes);
	} catch (thrown) {
		if (thrown instanceof RangeError) throw malformedImage("avif", "one of its boxes is too short");
		throw thrown;
	}
}

function readFacts(bytes: Uint8Array): ImageFacts {
	const meta = findMeta(bytes);
	const id = readPrimaryId(meta);
	const itemType = readItemType(meta, id);
	if (itemType === "grid") throw unsupportedKind("avif", "is put together from several pictures");
	if (itemType !== "av01") throw unsupportedKind("avif", "holds something other than a picture of AV1");
	const properties = readProperties(meta, id);
	const size = viewOf(requireProperty(properties, "ispe"));
	const samples = requireProperty(properties, "av1C")[2] ?? 0;
	const isMonochrome = (samples & MONOCHROME) !== 0;
	if (findProperty(properties, "clap")) throw unsupportedKind("avif", "is cropped by a note beside its pixels");
	checkColours(properties);

	const hasAlpha = findAlpha(meta, id);
	const frames = countFrames(bytes);
	return {
		format: "avif",
		width: size.getUint32(4),
		height: size.getUint32(8),
		orientation: readTurn(properties),
		hasAlpha,
		bitDepth: (samples & HIGH_BIT_DEPTH) === 0 ? 8 : (samples & TWELVE_BIT) === 0 ? 10 : 12,
		isProgressive: false,
		components: (isMonochrome ? 1 : 3) + (hasAlpha ? 1 : 0),
		...(isMonochrome ? {} : { chromaSubsampling: nameSubsampling(samples) }),
		hasIccProfile: hasProfile(properties),
		isAnimated: frames > 1,
		frames,
	};
}

const findProperty = (properties: Box[], type: string) =>
	properties.find((property) => property.type === type)?.content;

function requireProperty(properties: Box[], type: string): Uint8Array {
	const content = findProperty(properties, type);
	if (content === undefined) throw malformedImage("avif", `its picture has no ${type} property`);
	return content;
}

function findAlpha(meta: Uint8Array, id: number): boolean {
	let looked = 0;
	for (const auxiliary of itemsReferringTo(meta, "auxl", id)) {
		if (isAlpha(readProperties(meta, auxiliary))) return true;
		if (++looked === MAX_AUXILIARIES) break;
	}
	return false;
}

function isAlpha(properties: Box[]): boolean {
	const auxC = findProperty(properties, "auxC");
	return auxC !== undefined && ALPHA_NAMES.some((name) => textAt(auxC, 4, name.length + 1) === `${name}\0`);
}

function nameSubsampling(samples: number): string {
	const [isSubsampledX, isSubsampledY] = [(samples & 8) !== 0, (samples & 4) !== 0];
	return isSubsampledX ? (isSubsampledY ? "4:2:0" : "4:2:2") : "4:4:4";
}

/** Samples of the longest track of a sequence (ISO/IEC 14496-12, section 8.7.3), where its `moov` is within the bytes. */
function countFrames(bytes: Uint8Array): number {
	let frames = 1;
	const path = ["trak", "mdia", "minf", "stbl"];
	const descend = (content: Uint8Array, depth: number): void => {
		const wanted = path[depth];
		if (wanted === undefined) {
			const sizes = findBox(content, "stsz");
			if (sizes !== undefined) frames = Math.max(frames, viewOf(sizes).getUint32(8));
		} else if (depth === 0) {
			for (const box of readBoxes(content)) if (box.type === wanted) descend(box.content, 1);
		} else {
			const inner = findBox(content, wanted);
			if (inner !== undefined) descend(inner, depth + 1);
		}
	};
	for (const { type, content, isWhole } of topBoxes(bytes)) if (type === "moov" && isWhole) descend(content, 0);
	return frames;
}
