import { describe, expect, it } from "vitest";
import { Av1Error } from "../../../src/media/av1/av1-error.ts";
import { readBits } from "../../../src/media/av1/bit-reader.ts";
import { writeBits } from "../../../src/media/av1/bit-writer.ts";
import { chooseLevel } from "../../../src/media/av1/level.ts";
import { readLeb128, readObus, writeLeb128, writeObuHeader } from "../../../src/media/av1/obu.ts";
import { seededRandom } from "../../support/node/seeded-random.ts";

describe("bits of AV1", () => {
	it("come back as they were written, of any length", () => {
		const random = seededRandom(41);
		const fields = Array.from({ length: 500 }, () => {
			const bits = 1 + random.below(32);
			return { bits, value: random.below(2 ** bits) };
		});
		const writer = writeBits();
		for (const { bits, value } of fields) writer.f(bits, value);
		const reader = readBits(writer.toBytes());
		for (const { bits, value } of fields) expect(reader.f(bits)).toBe(value);
	});

	it("hold ns(n) as section 4.10.7 reads it", () => {
		for (let count = 1; count <= 70; count++) {
			for (let value = 0; value < count; value++) {
				const writer = writeBits();
				writer.ns(count, value);
				const reader = readBits(writer.toBytes());
				const w = Math.floor(Math.log2(count)) + 1;
				const m = 2 ** w - count;
				const v = reader.f(w - 1);
				expect(v < m ? v : v * 2 - m + reader.f(1)).toBe(value);
			}
		}
	});

	it("refuse values that do not fit, and reading past the end", () => {
		expect(() => writeBits().f(3, 8)).toThrow(RangeError);
		expect(() => writeBits().ns(5, 5)).toThrow(RangeError);
		expect(() => readBits(Uint8Array.of(1)).f(9)).toThrow(Av1Error);
		expect(readBits(Uint8Array.of(0b1100_0000)).su(3)).toBe(-2);
	});
});

describe("OBUs", () => {
	it("have sizes that come back", () => {
		for (const value of [0, 1, 127, 128, 300, 16_383, 16_384, 2 ** 21, 2 ** 31]) {
			expect(readLeb128(Uint8Array.from(writeLeb128(value)), 0).value).toBe(value);
		}
		const payload = Uint8Array.from({ length: 200 }, (_, i) => i);
		const stream = Buffer.concat([writeObuHeader(1, 0), writeObuHeader(6, payload.length), payload]);
		expect([...readObus(stream)].map(({ type, payload: { length } }) => [type, length])).toEqual([
			[1, 0],
			[6, 200],
		]);
		expect(() => [...readObus(stream.subarray(0, -1))]).toThrow(Av1Error);
	});
});

describe("the level", () => {
	it("follows size and tiles as the table of annex A.3 says", () => {
		expect(chooseLevel(512, 288, 1, 1)).toBe(0);
		expect(chooseLevel(1920, 1080, 2, 2)).toBe(8);
		expect(chooseLevel(3840, 2160, 6, 4)).toBe(12);
		expect(chooseLevel(3840, 2160, 9, 4)).toBe(16); // 5.x allows 8 columns
		expect(chooseLevel(8, 8000, 1, 1)).toBe(16); // by its height
		expect(chooseLevel(40_000, 100, 10, 1)).toBe(31);
	});
});
