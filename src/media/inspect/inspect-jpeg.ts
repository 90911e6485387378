/** Reads a JPEG's segments (ITU-T T.81, annex B) up to its first scan. */

import { hasExifPrefix, readExifOrientation } from "./exif-orientation.ts";
import type { ImageFacts, JpegFacts, Orientation } from "./image-facts.ts";
import { readJpegFrame } from "./jpeg-frame.ts";
import { isStartOfFrame } from "./jpeg-scanner.ts";
import { malformedImage, truncatedImage } from "./picture-faults.ts";

const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;
const SOS = 0xda;
const EOI = 0xd9;

export function inspectJpeg(bytes: Uint8Array): ImageFacts {
	let frame: ReturnType<typeof readJpegFrame> | undefined;
	let orientation: Orientation | undefined;
	let hasIccProfile = false;
	let hasAdobeMarker = false;
	let componentsOfFirstScan = 0;

	for (const { marker, data } of jpegSegments(bytes)) {
		if (isStartOfFrame(marker)) {
			if (frame !== undefined) throw malformedImage("jpeg", "it states its size twice");
			frame = readJpegFrame(marker, data);
		} else if (marker === APP1 && hasExifPrefix(data)) {
			orientation ??= readExifOrientation(data);
		} else if (marker === APP2 && startsWith(data, "ICC_PROFILE\0")) {
			hasIccProfile = true;
		} else if (marker === APP14 && startsWith(data, "Adobe")) {
			hasAdobeMarker = true;
		} else if (marker === SOS) {
			componentsOfFirstScan = data[0] ?? 0;
		}
	}
	if (frame === undefined) throw malformedImage("jpeg", "its picture data comes before its size");

	// One scan with every component can be decoded row by row; anything else is kept whole as coefficients (B.2.3).
	const keepsCoefficients = frame.isProgressive || componentsOfFirstScan < frame.components;
	const jpeg: JpegFacts = {
		coefficientBytes: keepsCoefficients ? frame.coefficientBytes : 0,
		isCmykInverted: frame.components === 4 && hasAdobeMarker,
	};
	return {
		format: "jpeg",
		width: frame.width,
		height: frame.height,
		orientation: orientation ?? 1,
		hasAlpha: false,
		bitDepth: frame.bitDepth,
		isProgressive: frame.isProgressive,
		components: frame.components,
		...(frame.chromaSubsampling === undefined ? {} : { chromaSubsampling: frame.chromaSubsampling }),
		hasIccProfile,
		isAnimated: false,
		frames: 1,
		jpeg,
	};
}

/** The segments from SOI to the header of the first scan, that one included. */
export function* jpegSegments(bytes: Uint8Array): Generator<{ marker: number; data: Uint8Array }> {
	let at = 2; // SOI is the signature
	while (true) {
		if (at >= bytes.length) throw truncatedImage("jpeg");
		if (bytes[at] !== 0xff) throw malformedImage("jpeg", "something other than a marker stands between its segments");
		while (bytes[at] === 0xff) at++; // fill bytes
		const marker = bytes[at++];
		if (marker === undefined) throw truncatedImage("jpeg");
		if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) continue;
		if (marker === EOI || marker === 0x00 || marker === 0xd8) throw malformedImage("jpeg", "it holds no picture");
		const [high, low] = [bytes[at], bytes[at + 1]];
		if (high === undefined || low === undefined) throw truncatedImage("jpeg");
		const length = (high << 8) | low;
		if (length < 2) throw malformedImage("jpeg", "a segment is shorter than its own length field");
		if (at + length > bytes.length) throw truncatedImage("jpeg");
		yield { marker, data: bytes.subarray(at + 2, at + length) };
		if (marker === SOS) return;
		at += length;
	}
}

function startsWith(data: Uint8Array, text: string): boolean {
	return [...text].every((c, i) => data[i] === c.charCodeAt(0));
}
