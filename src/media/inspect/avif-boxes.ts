/** Reads what an AVIF's `meta` says of its primary item (ISO/IEC 14496-12, 8.11; ISO/IEC 23008-12, 6 and 9.3). */

import { type Box, readBoxes } from "../avif/boxes.ts";
import { malformedImage, truncatedImage, unsupportedKind } from "./picture-faults.ts";

const FULL_BOX_BYTES = 4;

/** The boxes of the file itself; only these may be of 64 bits, and the last may be cut off. */
export function* topBoxes(bytes: Uint8Array): Generator<Box & { isWhole: boolean }> {
	const view = viewOf(bytes);
	for (let at = 0; at + 8 <= bytes.length; ) {
		const size32 = view.getUint32(at);
		const isLarge = size32 === 1;
		if (isLarge && at + 16 > bytes.length) return;
		const size = isLarge ? Number(view.getBigUint64(at + 8)) : size32 || bytes.length - at;
		const headBytes = isLarge ? 16 : 8;
		if (size < headBytes) throw malformedImage("avif", "a box is shorter than its own head");
		const content = bytes.subarray(at + headBytes, Math.min(at + size, bytes.length));
		yield { type: textAt(bytes, at + 4, 4), content, isWhole: at + size <= bytes.length };
		at += size;
	}
}

/** @returns the content of `meta` behind its version. @throws AppError truncated_image, unsupported_image_type */
export function findMeta(bytes: Uint8Array): Uint8Array {
	let hasMovie = false;
	for (const { type, content, isWhole } of topBoxes(bytes)) {
		if (type === "moov") hasMovie = isWhole;
		if (type !== "meta") continue;
		if (!isWhole) break;
		return content.subarray(FULL_BOX_BYTES);
	}
	if (hasMovie) throw unsupportedKind("avif", "holds a film and no picture");
	throw truncatedImage("avif");
}

/** pitm, section 8.11.4. */
export function readPrimaryId(meta: Uint8Array): number {
	const pitm = requireBox(meta, "pitm");
	return idAt(viewOf(pitm), FULL_BOX_BYTES, pitm[0] === 0);
}

/** iinf and infe, section 8.11.6. @returns four letters, or nothing */
export function readItemType(meta: Uint8Array, id: number): string | undefined {
	const iinf = requireBox(meta, "iinf");
	for (const { type, content } of readBoxes(iinf.subarray(iinf[0] === 0 ? 6 : 8))) {
		const version = content[0] ?? 0;
		if (type !== "infe" || version < 2) continue;
		const isShort = version === 2;
		if (idAt(viewOf(content), FULL_BOX_BYTES, isShort) === id) return textAt(content, isShort ? 8 : 10, 4);
	}
	return undefined;
}

/** iref, section 8.11.12: the items that say that they are `type` of the item `to`. */
export function* itemsReferringTo(meta: Uint8Array, type: string, to: number): Generator<number> {
	const iref = findBox(meta, "iref");
	if (iref === undefined) return;
	const isShort = iref[0] === 0;
	const idBytes = isShort ? 2 : 4;
	for (const reference of readBoxes(iref.subarray(FULL_BOX_BYTES))) {
		if (reference.type !== type) continue;
		const view = viewOf(reference.content);
		const count = view.getUint16(idBytes);
		for (let i = 0; i < count; i++) {
			if (idAt(view, idBytes + 2 + i * idBytes, isShort) === to) yield idAt(view, 0, isShort);
		}
	}
}

/** iprp, ISO/IEC 23008-12, section 9.3: an item's properties, in the order in which they are associated with it. */
export function readProperties(meta: Uint8Array, id: number): Box[] {
	const iprp = requireBox(meta, "iprp");
	const indices = new Set<number>();
	for (const { type, content } of readBoxes(iprp)) {
		if (type !== "ipma" || indices.size > 0) continue;
		for (const index of propertyIndices(content, id)) indices.add(index);
	}
	const last = Math.max(0, ...indices);
	const found = new Map<number, Box>();
	let index = 0;
	// walked and not listed, no further than needed: a million empty properties would outweigh the picture
	for (const property of readBoxes(requireBox(iprp, "ipco"))) {
		if (indices.has(++index)) found.set(index, property);
		if (index >= last) break;
	}
	return [...indices].flatMap((wanted) => found.get(wanted) ?? []);
}

function propertyIndices(ipma: Uint8Array, id: number): number[] {
	const view = viewOf(ipma);
	const isShort = view.getUint8(0) === 0;
	const isWide = (view.getUint8(3) & 1) === 1; // 15 bits for an index instead of 7
	let at = FULL_BOX_BYTES + 4;
	for (let left = view.getUint32(FULL_BOX_BYTES); left > 0; left--) {
		const entryId = idAt(view, at, isShort);
		at += isShort ? 2 : 4;
		const count = view.getUint8(at++);
		const start = at;
		at += count * (isWide ? 2 : 1);
		if (entryId !== id) continue;
		return Array.from({ length: count }, (_, i) =>
			isWide ? view.getUint16(start + 2 * i) & 0x7fff : view.getUint8(start + i) & 0x7f,
		);
	}
	return [];
}

function requireBox(bytes: Uint8Array, type: string): Uint8Array {
	const content = findBox(bytes, type);
	if (content === undefined) throw malformedImage("avif", `it has no ${type} box`);
	return content;
}

export function findBox(bytes: Uint8Array, type: string): Uint8Array | undefined {
	for (const box of readBoxes(bytes)) if (box.type === type) return box.content;
	return undefined;
}

const idAt = (view: DataView, at: number, isShort: boolean) => (isShort ? view.getUint16(at) : view.getUint32(at));

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const textAt = (bytes: Uint8Array, at: number, length: number) =>
	String.fromCharCode(...bytes.subarray(at, at + length));
