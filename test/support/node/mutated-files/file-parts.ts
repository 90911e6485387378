/** Finds what a picture file is made of: segments, chunks, blocks, boxes. Of broken files, as far as they can be followed. */

/** Parts may hold other parts. */
export interface FilePart {
	start: number;
	end: number;
	/** Where its length is written. */
	length?: LengthField;
	/** Where what it says begins. */
	dataStart: number;
}

export interface LengthField {
	at: number;
	bytes: 1 | 2 | 4;
	isLittleEndian: boolean;
}

type Walk = (file: Uint8Array) => Generator<FilePart>;

const latin1 = (file: Uint8Array, start: number, end: number) =>
	Buffer.from(file.subarray(start, end)).toString("latin1");
const viewOf = (file: Uint8Array) => new DataView(file.buffer, file.byteOffset, file.byteLength);

const walks: { matches: (file: Uint8Array) => boolean; walk: Walk }[] = [
	{ matches: (file) => file[0] === 0xff && file[1] === 0xd8, walk: walkJpeg },
	{ matches: (file) => latin1(file, 1, 4) === "PNG", walk: walkPng },
	{ matches: (file) => latin1(file, 0, 4) === "RIFF", walk: (file) => walkRiff(file, 12) },
	{ matches: (file) => latin1(file, 0, 4) === "GIF8", walk: walkGif },
	{ matches: (file) => latin1(file, 4, 8) === "ftyp", walk: (file) => walkBoxes(file, 0, file.length) },
];

/** Never empty: a file that is none of these counts as one part. */
export function listParts(file: Uint8Array): FilePart[] {
	const walk = walks.find(({ matches }) => matches(file))?.walk;
	const parts = walk ? [...walk(file)].filter(({ end }) => end <= file.length) : [];
	return parts.length > 0 ? parts : [{ start: 0, end: file.length, dataStart: 0 }];
}

/** ITU-T T.81, annex B. Coded data counts as a part of its own. */
function* walkJpeg(file: Uint8Array): Generator<FilePart> {
	let at = 2;
	while (at + 4 <= file.length) {
		const marker = file[at + 1] as number;
		const isMarker = file[at] === 0xff && marker !== 0 && !(marker >= 0xd0 && marker <= 0xd7);
		if (isMarker && marker !== 0xd9) {
			const end = at + 2 + Math.max(2, viewOf(file).getUint16(at + 2));
			yield { start: at, end, dataStart: at + 4, length: { at: at + 2, bytes: 2, isLittleEndian: false } };
			at = end;
			continue;
		}
		let end = at + 1;
		while (end < file.length && !(file[end] === 0xff && ![0, 0xff].includes(file[end + 1] ?? 0))) end++;
		yield { start: at, end, dataStart: at };
		at = end;
	}
}

function* walkPng(file: Uint8Array): Generator<FilePart> {
	for (let at = 8; at + 12 <= file.length; ) {
		const end = at + 12 + viewOf(file).getUint32(at);
		yield { start: at, end, dataStart: at + 8, length: { at, bytes: 4, isLittleEndian: false } };
		at = end;
	}
}

/** WebP container specification. The frames of an animation (ANMF) hold chunks behind 16 bytes. */
function* walkRiff(file: Uint8Array, from: number, to = file.length): Generator<FilePart> {
	for (let at = from; at + 8 <= to; ) {
		const length = viewOf(file).getUint32(at + 4, true);
		const end = at + 8 + length + (length % 2);
		yield { start: at, end, dataStart: at + 8, length: { at: at + 4, bytes: 4, isLittleEndian: true } };
		if (latin1(file, at, at + 4) === "ANMF") yield* walkRiff(file, at + 24, Math.min(end, to));
		at = end;
	}
}

/** GIF89a: a screen with its colours, then extensions (0x21) and pictures (0x2C) of sub-blocks, each with its length. */
function* walkGif(file: Uint8Array): Generator<FilePart> {
	const tableBytes = (flags = 0) => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));
	let at = 13 + tableBytes(file[10]);
	yield { start: 6, end: at, dataStart: 6 };
	while (file[at] === 0x21 || file[at] === 0x2c) {
		const start = at;
		at += file[at] === 0x21 ? 2 : 11 + tableBytes(file[at + 9]);
		const length: LengthField = { at, bytes: 1, isLittleEndian: true };
		while (at < file.length && file[at] !== 0) at += 1 + (file[at] as number);
		yield { start, end: ++at, dataStart: start + 1, length };
	}
}

/** ISO/IEC 14496-12: boxes that hold boxes, and what stands before these. */
const containers: Record<string, number> = { meta: 4, iprp: 0, ipco: 0, iref: 4, iinf: 6 };

function* walkBoxes(file: Uint8Array, from: number, to: number): Generator<FilePart> {
	for (let at = from; at + 8 <= to; ) {
		const end = Math.min(to, at + Math.max(8, viewOf(file).getUint32(at)));
		yield { start: at, end, dataStart: at + 8, length: { at, bytes: 4, isLittleEndian: false } };
		const before = containers[latin1(file, at + 4, at + 8)];
		if (before !== undefined) yield* walkBoxes(file, at + 8 + before, end);
		at = end;
	}
}
