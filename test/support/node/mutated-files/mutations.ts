/** The ways in which a file is spoilt, each one row. */

import { deflateSync, inflateSync } from "node:zlib";
import { concatBytes, pngChunk } from "../paint-png.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { type FilePart, listParts } from "./file-parts.ts";

/** @param file may be changed @param donor another file, not to be changed */
export type Mutation = (file: Uint8Array, random: SeededRandom, donor: Uint8Array) => Uint8Array;

/** Values at which comparisons, shifts and products go wrong. */
const telling = [0, 1, 2, 7, 8, 0x0f, 0x10, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff];
const HEAD_BYTES = 64;

const pick = <T>(random: SeededRandom, list: readonly T[]): T => list[random.below(list.length)] as T;
const pickPart = (random: SeededRandom, file: Uint8Array): FilePart => pick(random, listParts(file));
const randomBytes = (random: SeededRandom, count: number) => Uint8Array.from({ length: count }, () => random.byte());

/** Without `[from, to)`, with the insert in its place. */
const replace = (file: Uint8Array, from: number, to: number, ...inserts: Uint8Array[]) =>
	concatBytes(file.subarray(0, from), ...inserts, file.subarray(to));

function overwriteBytes(file: Uint8Array, random: SeededRandom): Uint8Array {
	for (let k = 0; k <= random.below(16); k++) file[random.below(file.length)] = random.byte();
	return file;
}

export const mutations = {
	flipBits(file, random) {
		for (let k = 0; k <= random.below(8); k++) {
			const at = random.below(file.length);
			file[at] = (file[at] ?? 0) ^ (1 << random.below(8));
		}
		return file;
	},
	overwriteBytes,
	fillRun(file, random) {
		const start = random.below(file.length);
		return file.fill(pick(random, telling), start, start + 1 + random.below(400));
	},
	bruiseHead(file, random) {
		for (let k = 0; k <= random.below(3); k++) file[random.below(HEAD_BYTES)] = pick(random, telling);
		return file;
	},
	bruisePart(file, random) {
		const { dataStart, end } = pickPart(random, file);
		const reach = Math.min(HEAD_BYTES, end - dataStart);
		for (let k = 0; k <= random.below(3); k++) file[dataStart + random.below(reach)] = pick(random, telling);
		return file;
	},
	cutEnd: (file, random) => file.slice(0, random.below(file.length)),
	removeBytes(file, random) {
		const from = random.below(file.length);
		return replace(file, from, from + 1 + random.below(random.below(4) === 0 ? file.length : 16));
	},
	insertBytes(file, random) {
		const at = random.below(file.length);
		return replace(file, at, at, randomBytes(random, 1 + random.below(64)));
	},
	splice(file, random, donor) {
		return concatBytes(file.subarray(0, random.below(file.length)), donor.subarray(random.below(donor.length)));
	},
	duplicatePart(file, random) {
		const { start, end } = pickPart(random, file);
		return replace(file, end, end, ...Array<Uint8Array>(1 + random.below(3)).fill(file.subarray(start, end)));
	},
	removePart(file, random) {
		const { start, end } = pickPart(random, file);
		return replace(file, start, end);
	},
	movePart(file, random) {
		const { start, end } = pickPart(random, file);
		const to = pickPart(random, file).start;
		const part = file.slice(start, end);
		return to <= start
			? replace(replace(file, start, end), to, to, part)
			: replace(replace(file, to, to, part), start, end);
	},
	transplantPart(file, random, donor) {
		const { start, end } = pickPart(random, donor);
		const place = pickPart(random, file);
		return replace(file, place.start, random.below(2) === 0 ? place.start : place.end, donor.subarray(start, end));
	},
	changeLength(file, random) {
		const { length } = pickPart(random, file);
		if (length === undefined) return file.slice(0, -1);
		const { at, bytes, isLittleEndian } = length;
		const field = Buffer.from(file.buffer, file.byteOffset + at, bytes);
		const most = 2 ** (8 * bytes) - 1;
		const now = isLittleEndian ? field.readUIntLE(0, bytes) : field.readUIntBE(0, bytes);
		const value = pick(random, [0, 1, 2, now - 1, now + 1, 2 * now, file.length, most, (most + 1) / 2, random.byte()]);
		const bounded = Math.max(0, Math.min(most, value));
		if (isLittleEndian) field.writeUIntLE(bounded, 0, bytes);
		else field.writeUIntBE(bounded, 0, bytes);
		return file;
	},
	/** Spoils a PNG's samples and filters under a sound zlib stream, which most spoilt bytes do not get past; else any bytes. */
	spoilInflated(file, random) {
		const parts = listParts(file).filter(({ start }) => Buffer.from(file.subarray(start + 4, start + 8)).equals(IDAT));
		const [first, last] = [parts[0], parts.at(-1)];
		if (first === undefined || last === undefined) return overwriteBytes(file, random);
		try {
			const inflated = inflateSync(concatBytes(...parts.map(({ start, end }) => file.subarray(start + 8, end - 4))), {
				maxOutputLength: 50e6,
			});
			for (let k = 0; k <= random.below(16); k++) inflated[random.below(inflated.length)] = random.byte();
			const kept = inflated.subarray(0, random.below(4) === 0 ? random.below(inflated.length) : undefined);
			const deflated = new Uint8Array(deflateSync(kept));
			const cut = random.below(deflated.length);
			const chunks = [deflated.subarray(0, cut), new Uint8Array(), deflated.subarray(cut)];
			return replace(file, first.start, last.end, ...chunks.map((data) => pngChunk("IDAT", data)));
		} catch {
			return file; // it was spoilt before
		}
	},
} satisfies Record<string, Mutation>;

const IDAT = Buffer.from("IDAT");

export type MutationName = keyof typeof mutations;
