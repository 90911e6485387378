/** Reads the descriptors of AV1's syntax tables (AV1 specification, section 4.10) bit by bit. */

import { Av1Error } from "./av1-error.ts";

export interface BitReader {
	/** Bits that have been read. */
	readonly position: number;
	/** f(n), section 4.10.2: unsigned, the highest bit first; n is at most 32. */
	f(bits: number): number;
	/** su(n), section 4.10.6: signed. */
	su(bits: number): number;
}

/** @throws Av1Error malformed, by whichever read passes the end */
export function readBits(bytes: Uint8Array): BitReader {
	let position = 0;
	function f(bits: number): number {
		let value = 0;
		for (let i = 0; i < bits; i++, position++) {
			const byte = bytes[position >> 3];
			if (byte === undefined) throw new Av1Error("malformed", "a header ends early");
			value = value * 2 + ((byte >> (7 - (position & 7))) & 1); // not <<: 32 bits must stay positive
		}
		return value;
	}
	return {
		get position() {
			return position;
		},
		f,
		su(bits) {
			const value = f(bits);
			const signMask = 2 ** (bits - 1);
			return value >= signMask ? value - 2 * signMask : value;
		},
	};
}
