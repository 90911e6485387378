/** Boxes of ISO/IEC 14496-12, section 4.2: reading their heads, and writing boxes whose sizes are known before they are made. */

export interface Box {
	type: string;
	/** Behind size and type; a full box begins with version and flags here. */
	content: Uint8Array;
}

const HEAD_BYTES = 8;

/** @throws RangeError when a box reaches beyond its parent */
export function* readBoxes(bytes: Uint8Array): Generator<Box> {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	for (let at = 0; at < bytes.length; ) {
		const size = view.getUint32(at) || bytes.length - at; // 0: to the end
		if (size < HEAD_BYTES || at + size > bytes.length) throw new RangeError("a box is longer than what holds it");
		const type = String.fromCharCode(...bytes.subarray(at + 4, at + HEAD_BYTES));
		yield { type, content: bytes.subarray(at + HEAD_BYTES, at + size) };
		at += size;
	}
}

export type Part = Uint8Array;

export const u8 = (...values: number[]): Part => Uint8Array.from(values);

export const u16 = (...values: number[]): Part => u8(...values.flatMap((value) => [(value >> 8) & 255, value & 255]));

export function u32(...values: number[]): Part {
	const part = new Uint8Array(4 * values.length);
	const view = new DataView(part.buffer);
	for (const [i, value] of values.entries()) view.setUint32(4 * i, value);
	return part;
}

/** Four letters, or a string that ends in a zero byte. */
export const ascii = (text: string): Part => Uint8Array.from(text, (character) => character.charCodeAt(0));

export function box(type: string, ...parts: Part[]): Part {
	return concat([u32(HEAD_BYTES + byteLength(parts)), ascii(type), ...parts]);
}

/** A FullBox: version and flags before its content. */
export function fullBox(type: string, version: number, flags: number, ...parts: Part[]): Part {
	return box(type, u32(version * 2 ** 24 + flags), ...parts);
}

export function byteLength(parts: Part[]): number {
	return parts.reduce((sum, part) => sum + part.length, 0);
}

export function concat(parts: Part[]): Uint8Array {
	const whole = new Uint8Array(byteLength(parts));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
