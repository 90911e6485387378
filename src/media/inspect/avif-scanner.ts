/** Follows an AVIF's boxes (ISO/IEC 14496-12, section 4.2) until all that its `iloc` points at has arrived. */

import { readItemsEnd } from "./avif-locations.ts";
import { imageFormats } from "./formats.ts";
import { malformedImage, truncatedImage } from "./picture-faults.ts";
import type { StructureScanner } from "./structure-scanner.ts";

const HEAD_BYTES = 8;
const LARGE_HEAD_BYTES = 16;
/** Brands beyond these are not looked at; real files have less than ten. */
const MAX_FTYP_BYTES = 1024;
/** iloc has 10 to 30 bytes an item, and a file of thousands is not one photograph. */
const MAX_ILOC_BYTES = 64 * 1024;

type State = "head" | "content" | "ended";

export function createAvifScanner(): StructureScanner {
	let state: State = "head";
	let position = 0; // in the file
	const head = new Uint8Array(LARGE_HEAD_BYTES);
	let headBytes = HEAD_BYTES; // of the box that is being read
	let filled = 0;
	let contentEnd = 0; // in the file, as all ends
	let metaEnd = 0; // while the boxes of `meta` are read
	let kept: { type: string; bytes: Uint8Array; filled: number } | undefined;
	let itemsEnd: number | undefined; // known once iloc is there

	const isInMeta = () => position < metaEnd;

	function enterBox(): void {
		const view = new DataView(head.buffer);
		const start = position - filled;
		const size = headBytes === LARGE_HEAD_BYTES ? Number(view.getBigUint64(8)) : view.getUint32(0);
		const type = String.fromCharCode(...head.subarray(4, 8));
		if (start === 0 && type !== "ftyp") throw malformedImage("avif", "it does not begin as an AVIF does");
		if (size !== 0 && size < headBytes) throw malformedImage("avif", "a box is shorter than its own head");
		contentEnd = size === 0 ? (isInMeta() ? metaEnd : Number.POSITIVE_INFINITY) : start + size;
		if (start < metaEnd && contentEnd > metaEnd) throw malformedImage("avif", "a box is longer than what holds it");
		const contentBytes = contentEnd - position;
		if (type === "ftyp" && start === 0) keep(type, contentBytes, MAX_FTYP_BYTES);
		else if (type === "iloc" && start < metaEnd) keep(type, contentBytes, MAX_ILOC_BYTES);
		else if (type === "meta" && start >= metaEnd && itemsEnd === undefined) {
			metaEnd = contentEnd;
			contentEnd = position + 4; // version and flags; its boxes follow
		}
		state = "content";
		leaveIfAtEnd();
	}

	function keep(type: string, bytes: number, most: number): void {
		if (bytes > most) throw malformedImage("avif", `its ${type} box is larger than any picture needs`);
		kept = { type, bytes: new Uint8Array(bytes), filled: 0 };
	}

	function leaveIfAtEnd(): void {
		if (position < contentEnd) return;
		if (kept?.type === "ftyp" && !imageFormats.avif.matches(beginFile(kept.bytes))) {
			throw malformedImage("avif", "it does not begin as an AVIF does");
		}
		if (kept?.type === "iloc") itemsEnd = readItemsEnd(kept.bytes);
		kept = undefined;
		filled = 0;
		headBytes = HEAD_BYTES;
		state = !isInMeta() && position >= (itemsEnd ?? Number.POSITIVE_INFINITY) ? "ended" : "head";
	}

	return {
		push(chunk) {
			let at = 0;
			while (at < chunk.length && state !== "ended") {
				if (state === "content") {
					const taken = Math.min(contentEnd - position, chunk.length - at);
					kept?.bytes.set(chunk.subarray(at, at + taken), kept.filled);
					if (kept) kept.filled += taken;
					at += taken;
					position += taken;
					leaveIfAtEnd();
					continue;
				}
				head[filled++] = chunk[at++] as number;
				position++;
				if (filled === HEAD_BYTES && new DataView(head.buffer).getUint32(0) === 1) headBytes = LARGE_HEAD_BYTES;
				if (filled === headBytes) enterBox();
			}
		},
		end() {
			const isOpenEnded = contentEnd === Number.POSITIVE_INFINITY && position >= (itemsEnd ?? Number.POSITIVE_INFINITY);
			if (state !== "ended" && !isOpenEnded) throw truncatedImage("avif");
		},
	};
}

/** A file's first bytes again, from the content of its first box. */
function beginFile(ftyp: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(HEAD_BYTES + ftyp.length);
	new DataView(bytes.buffer).setUint32(0, bytes.length);
	for (const [i, letter] of [..."ftyp"].entries()) bytes[4 + i] = letter.charCodeAt(0);
	bytes.set(ftyp, HEAD_BYTES);
	return bytes;
}
