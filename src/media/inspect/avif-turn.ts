/** Joins irot and imir of an AVIF into one of EXIF's eight orientations (ISO/IEC 23008-12, sections 6.5.10 and 6.5.12). */

import type { Box } from "../avif/boxes.ts";
import type { Orientation } from "./image-facts.ts";
import { unsupportedKind } from "./picture-faults.ts";

/** By imir (none, top and bottom change places, left and right do), then by quarter turns against the clock before it. */
const orientations: Record<"none" | 0 | 1, readonly [Orientation, Orientation, Orientation, Orientation]> = {
	none: [1, 8, 3, 6],
	0: [4, 5, 2, 7],
	1: [2, 7, 4, 5],
};

/** @throws AppError unsupported_image_type when they stand in an order that MIAF does not allow (7.3.6.7) */
export function readTurn(properties: Box[]): Orientation {
	let quarters = 0;
	let mirror: "none" | 0 | 1 = "none";
	for (const { type, content } of properties) {
		if (type === "irot") {
			if (mirror !== "none") throw unsupportedKind("avif", "is mirrored before it is turned");
			quarters = (content[0] ?? 0) & 3;
		} else if (type === "imir") mirror = ((content[0] ?? 0) & 1) === 0 ? 0 : 1;
	}
	return orientations[mirror][quarters] as Orientation;
}
