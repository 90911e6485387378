/** GIF's variable-length LZW (GIF89a specification, appendix F), read row by row: no more memory than its table. */

import { undecodableImage } from "../inspect/picture-faults.ts";

const MAX_CODES = 4096;
const MAX_CODE_BITS = 12;
/** A colour's index is a byte, so no larger alphabet makes sense. */
const MAX_COLOUR_BITS = 8;
const NONE = -1;

export interface LzwReader {
	/** Fills the row with the next colours' indices. @throws AppError undecodable_image when there are fewer, or on broken codes */
	fill(row: Uint8Array): void;
}

/** @param at where the smallest size of a code is written; sub-blocks follow it */
export function createLzwReader(bytes: Uint8Array, at: number): LzwReader {
	const colourBits = bytes[at] ?? 0;
	if (colourBits < 1 || colourBits > MAX_COLOUR_BITS) throw broken();
	const clear = 1 << colourBits;
	const end = clear + 1;
	// an entry is another entry's text and one colour more
	const prefixes = new Uint16Array(MAX_CODES);
	const suffixes = new Uint8Array(MAX_CODES);
	const pending = new Uint8Array(MAX_CODES + 1); // an entry's text, last colour first
	let pendingCount = 0;
	let codeBits = colourBits + 1;
	let nextCode = end + 1;
	let previous = NONE;
	let firstColour = 0; // of the previous text

	let place = at + 1;
	let blockBytes = 0;
	let bits = 0;
	let bitCount = 0;

	function readCode(): number {
		while (bitCount < codeBits) {
			if (blockBytes === 0) {
				blockBytes = bytes[place++] ?? 0;
				if (blockBytes === 0) throw broken(); // the terminator, and the picture is not complete
			}
			if (place >= bytes.length) throw broken();
			bits |= (bytes[place++] as number) << bitCount;
			bitCount += 8;
			blockBytes--;
		}
		const code = bits & ((1 << codeBits) - 1);
		bits >>>= codeBits;
		bitCount -= codeBits;
		return code;
	}

	/** Puts a code's text into `pending` and makes the next entry. */
	function unfold(code: number): void {
		if (code > nextCode || (previous === NONE && code > end)) throw broken();
		let walked = code;
		if (code === nextCode) {
			pending[pendingCount++] = firstColour; // the entry that is only now made
			walked = previous;
		}
		while (walked > end) {
			pending[pendingCount++] = suffixes[walked] as number;
			walked = prefixes[walked] as number;
		}
		firstColour = walked;
		pending[pendingCount++] = walked;
		if (previous !== NONE && nextCode < MAX_CODES) {
			prefixes[nextCode] = previous;
			suffixes[nextCode] = firstColour;
			nextCode++;
			if (nextCode === 1 << codeBits && codeBits < MAX_CODE_BITS) codeBits++;
		}
		previous = code;
	}

	return {
		fill(row) {
			for (let x = 0; x < row.length; ) {
				if (pendingCount > 0) {
					row[x++] = pending[--pendingCount] as number;
					continue;
				}
				const code = readCode();
				if (code === end) throw broken();
				if (code === clear) {
					codeBits = colourBits + 1;
					nextCode = end + 1;
					previous = NONE;
				} else unfold(code);
			}
		},
	};
}

function broken() {
	return undecodableImage("gif", "its data is broken, so part of the picture would be missing");
}
