/** Pixels in a buffer of their own, outside of any codec. */

import type { MemoryLedger } from "../memory-ledger.ts";
import type { DecodedPicture } from "./decoded-picture.ts";

/** @param pixels the whole of their buffer; with `release` its memory is given back at once, without the collector. */
export function ownPixels(
	pixels: Uint8Array<ArrayBuffer>,
	ledger: MemoryLedger,
): Pick<DecodedPicture, "pixels" | "release"> {
	const takeOff = ledger.hold(pixels.byteLength);
	return {
		pixels,
		release() {
			pixels.buffer.transfer(0);
			takeOff();
		},
	};
}
