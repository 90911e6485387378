/** Tells from an AVIF's colr properties whether its colours can be carried over (ISO/IEC 14496-12, section 12.1.5). */

import type { Box } from "../avif/boxes.ts";
import { textAt, viewOf } from "./avif-boxes.ts";
import { unsupportedKind } from "./picture-faults.ts";

/** Rec. ITU-T H.273: BT.709 and unspecified, and the older television systems, which differ from it by little. */
const USUAL_PRIMARIES = [1, 2, 5, 6, 7];
const HDR_TRANSFERS = [16, 18]; // PQ, HLG
const PROFILE_TYPES = ["prof", "rICC"];

/** @returns the ICC profile: a view into the file. */
export function findProfile(properties: Box[]): Uint8Array | undefined {
	const colr = properties.find(({ type, content }) => type === "colr" && PROFILE_TYPES.includes(textAt(content, 0, 4)));
	return colr?.content.subarray(4);
}

export const hasProfile = (properties: Box[]): boolean => findProfile(properties) !== undefined;

/**
 * Without a profile the rendition says sRGB, so code points of another colour space would give wrong colours.
 * @throws AppError unsupported_image_type
 */
export function checkColours(properties: Box[]): void {
	const nclx = properties.find(({ type, content }) => type === "colr" && textAt(content, 0, 4) === "nclx")?.content;
	if (nclx === undefined) return;
	const [primaries, transfer] = [viewOf(nclx).getUint16(4), viewOf(nclx).getUint16(6)];
	if (HDR_TRANSFERS.includes(transfer)) throw unsupportedKind("avif", "is an HDR picture");
	if (!hasProfile(properties) && !USUAL_PRIMARIES.includes(primaries)) {
		throw unsupportedKind("avif", "has the colours of a wide gamut without an ICC profile");
	}
}
