/** Takes the ICC profile out of a picture file, bounded in size, when it is one that our RGB output can carry. */

import { findMeta, readPrimaryId, readProperties } from "./avif-boxes.ts";
import { findProfile } from "./avif-colours.ts";
import type { ImageFacts } from "./image-facts.ts";
import { inflateBounded } from "./inflate-bounded.ts";
import { jpegSegments } from "./inspect-jpeg.ts";
import { pngChunks } from "./inspect-png.ts";
import { webpFileChunks } from "./inspect-webp.ts";

/** Larger profiles are dropped; cameras' are below 4 KB, those with tables for printers rarely above 600 KB. */
export const MAX_PROFILE_BYTES = 1024 * 1024;

const ICC_MARKER = "ICC_PROFILE\0";
const APP2 = 0xe2;

/**
 * @returns a copy of the profile; undefined where there is none, or it is broken, too large, or of another colour
 *   space than RGB: CMYK and grey are turned to RGB, which their profiles do not describe. Plain sRGB needs no profile.
 */
export async function extractIccProfile(original: Uint8Array, facts: ImageFacts): Promise<Uint8Array | undefined> {
	if (!facts.hasIccProfile) return undefined;
	const profile = await extractors[facts.format](original);
	return profile === undefined ? undefined : checkProfile(profile);
}

const extractors: Record<
	ImageFacts["format"],
	(original: Uint8Array) => Uint8Array | undefined | Promise<Uint8Array | undefined>
> = {
	jpeg: joinJpegProfile,
	png: inflatePngProfile,
	webp: (original) => {
		for (const { type, data } of webpFileChunks(original)) if (type === "ICCP") return data.slice();
		return undefined;
	},
	gif: () => undefined, // its colours are sRGB; the extension that could hold a profile is hardly written
	avif: (original) => {
		const meta = findMeta(original);
		return findProfile(readProperties(meta, readPrimaryId(meta)))?.slice();
	},
};

/** ICC.1:2022, annex B.4: APP2 segments, each with its number and how many there are, in any order. */
function joinJpegProfile(original: Uint8Array): Uint8Array | undefined {
	const parts: Uint8Array[] = [];
	let count = 0;
	for (const { marker, data } of jpegSegments(original)) {
		if (marker !== APP2 || !hasText(data, 0, ICC_MARKER)) continue;
		const number = data[ICC_MARKER.length] ?? 0;
		count = data[ICC_MARKER.length + 1] ?? 0;
		parts[number - 1] = data.subarray(ICC_MARKER.length + 2);
	}
	if (count === 0 || parts.length !== count) return undefined;
	const whole = new Uint8Array(Array.from(parts, (part) => part?.length ?? 0).reduce((a, b) => a + b, 0));
	let at = 0;
	for (const part of parts) {
		if (part === undefined) return undefined;
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

/** PNG third edition, section 11.3.2.3: a name of 1 to 79 bytes, zero, method 0, and a zlib stream. */
function inflatePngProfile(original: Uint8Array): Uint8Array | undefined {
	for (const { type, data, isWhole } of pngChunks(original)) {
		if (type !== "iCCP" || !isWhole) continue;
		const nameEnd = data.indexOf(0);
		if (nameEnd < 1 || data[nameEnd + 1] !== 0) return undefined;
		return inflateBounded(data.subarray(nameEnd + 2), MAX_PROFILE_BYTES);
	}
	return undefined;
}

/** ICC.1:2022, section 7.2: profile size at byte 0, colour space of the data at 16, "acsp" at 36. */
function checkProfile(profile: Uint8Array): Uint8Array | undefined {
	if (profile.length < 132 || profile.length > MAX_PROFILE_BYTES) return undefined;
	const size = new DataView(profile.buffer, profile.byteOffset).getUint32(0);
	if (size < 132 || size > profile.length) return undefined;
	if (!hasText(profile, 36, "acsp") || !hasText(profile, 16, "RGB ")) return undefined;
	const whole = profile.subarray(0, size); // some writers pad
	return isPlainSrgb(whole) ? undefined : whole;
}

/**
 * True for the sRGB profile that cameras and programs copy from each other: 3 KB that say what a rendition says anyway.
 * It is known by its description (section 9.2.41 of version 2: "desc", four zeros, length, ASCII).
 */
function isPlainSrgb(profile: Uint8Array): boolean {
	const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
	const tags = Math.min(view.getUint32(128), Math.floor((profile.length - 132) / 12)); // section 7.3
	for (let i = 0; i < tags; i++) {
		const entry = 132 + 12 * i;
		if (!hasText(profile, entry, "desc")) continue;
		const at = view.getUint32(entry + 4);
		return hasText(profile, at, "desc") && hasText(profile, at + 12, "sRGB IEC61966-2.1\0");
	}
	return false;
}

function hasText(bytes: Uint8Array, at: number, text: string): boolean {
	return [...text].every((character, i) => bytes[at + i] === character.charCodeAt(0));
}
