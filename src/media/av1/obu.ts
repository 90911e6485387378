/** Open bitstream units (AV1 specification, sections 5.3 and 6.2): walking what the encoder wrote, writing our own. */

import { Av1Error } from "./av1-error.ts";

/** Section 6.2.2, obu_type. */
export const OBU_SEQUENCE_HEADER = 1;
export const OBU_FRAME = 6;

/** Section 4.10.5: an leb128 value has at most 8 bytes; nothing here comes near 2^32. */
const MAX_LEB128_BYTES = 5;

/** leb128(), section 4.10.5. @returns the value, and where it ends */
export function readLeb128(bytes: Uint8Array, at: number): { value: number; end: number } {
	let value = 0;
	for (let i = 0; i < MAX_LEB128_BYTES; i++) {
		const byte = bytes[at + i];
		if (byte === undefined) break;
		value += (byte & 0x7f) * 2 ** (7 * i);
		if ((byte & 0x80) === 0) return { value, end: at + i + 1 };
	}
	throw new Av1Error("malformed", "the size of an OBU cannot be read");
}

export function writeLeb128(value: number): number[] {
	const bytes: number[] = [];
	for (let rest = value; ; rest = Math.floor(rest / 128)) {
		if (rest < 128) return [...bytes, rest];
		bytes.push((rest % 128) | 0x80);
	}
}

/** open_bitstream_unit(), section 5.3.1: each OBU's type and payload. @throws Av1Error malformed */
export function* readObus(bytes: Uint8Array): Generator<{ type: number; payload: Uint8Array }> {
	for (let at = 0; at < bytes.length; ) {
		const header = bytes[at] as number; // obu_header(), section 5.3.2
		const type = (header >> 3) & 15;
		const hasExtension = (header & 4) !== 0;
		const hasSizeField = (header & 2) !== 0;
		const start = at + (hasExtension ? 2 : 1);
		const { value: size, end: payloadAt } = hasSizeField
			? readLeb128(bytes, start)
			: { value: bytes.length - start, end: start };
		if (payloadAt + size > bytes.length) throw new Av1Error("malformed", "an OBU is longer than its data");
		yield { type, payload: bytes.subarray(payloadAt, payloadAt + size) };
		at = payloadAt + size;
	}
}

/** The header of an OBU whose payload has `payloadBytes`, its size field included. */
export function writeObuHeader(type: number, payloadBytes: number): Uint8Array {
	return Uint8Array.from([(type << 3) | 2, ...writeLeb128(payloadBytes)]);
}
