/** The properties of our items (ISO/IEC 23008-12, section 6.5; AV1 Image File Format, section 2.2). */

import type { SequenceHeader } from "../av1/sequence-header.ts";
import type { SplicedFrame } from "../av1/splice-tiles.ts";
import { ascii, box, fullBox, type Part, u8, u16, u32 } from "./boxes.ts";
import type { AvifPicture } from "./write-avif.ts";

/** In ipma, the highest bit: a reader that does not know the property must not show the item. */
const ESSENTIAL = 0x80;

/** Rec. ITU-T H.273: code points of nclx. */
const PRIMARIES_BT_709 = 1;
const TRANSFER_SRGB = 13;
const UNSPECIFIED = 2;
const FULL_RANGE = 0x80;

/** Indices count from 1, in the order of `properties`, ESSENTIAL included. */
export function itemProperties({ width, height, color, alpha, iccProfile }: AvifPicture) {
	const properties: Part[] = [];
	const add = (property: Part, flag = 0) => properties.push(property) | flag;

	const ispe = add(fullBox("ispe", 0, 0, u32(width, height)));
	const ofColor = [ispe, add(writePixi(color.sequence)), add(writeAv1C(color), ESSENTIAL)];
	ofColor.push(add(writeNclx(color.sequence, iccProfile !== undefined)));
	if (iccProfile !== undefined) ofColor.push(add(box("colr", ascii("prof"), iccProfile)));
	const ofAlpha: number[] = [];
	if (alpha !== undefined) {
		ofAlpha.push(ispe, add(writePixi(alpha.sequence)), add(writeAv1C(alpha), ESSENTIAL));
		// section 6.5.8, and the name that MIAF (ISO/IEC 23000-22, section 7.3.5) gives to alpha
		ofAlpha.push(add(fullBox("auxC", 0, 0, ascii("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"))));
	}
	return { properties, ofColor, ofAlpha };
}

/** Section 6.5.6: bits of each channel. */
function writePixi({ monoChrome, highBitdepth }: SequenceHeader): Part {
	const bits = highBitdepth ? 10 : 8;
	return fullBox("pixi", 0, 0, monoChrome ? u8(1, bits) : u8(3, bits, bits, bits));
}

/** AV1 Codec ISO Media File Format Binding, section 2.3: what the sequence header says; no configOBUs. */
function writeAv1C({ sequence, seqLevelIdx }: SplicedFrame): Part {
	const { seqProfile, highBitdepth, monoChrome, subsamplingX, subsamplingY, chromaSamplePosition } = sequence;
	const samples =
		(Number(highBitdepth) << 6) |
		(Number(monoChrome) << 4) |
		(subsamplingX << 3) |
		(subsamplingY << 2) |
		chromaSamplePosition;
	return box("av1C", u8(0x81, (seqProfile << 5) | seqLevelIdx, samples, 0)); // marker and version 1
}

/**
 * Section 6.5.5. The matrix is the encoder's: BT.601, but identity for lossless 4:4:4, whose planes are green, blue and red;
 * readers believe this box and not the sequence header. With a profile the primaries stand in there.
 */
function writeNclx({ matrixCoefficients }: SequenceHeader, hasProfile: boolean): Part {
	const [primaries, transfer] = hasProfile ? [UNSPECIFIED, UNSPECIFIED] : [PRIMARIES_BT_709, TRANSFER_SRGB];
	return box("colr", ascii("nclx"), u16(primaries, transfer, matrixCoefficients), u8(FULL_RANGE));
}
