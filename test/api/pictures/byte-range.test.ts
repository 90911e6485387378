import { expect, it } from "vitest";
import { parseRange, type RangeAnswer } from "../../../src/api/pictures/byte-range.ts";

const part = (offset: number, length: number): RangeAnswer => ({ kind: "part", offset, length });
const whole: RangeAnswer = { kind: "whole" };
const unsatisfiable: RangeAnswer = { kind: "unsatisfiable" };

it.each<[string | undefined, RangeAnswer]>([
	[undefined, whole],
	["bytes=0-0", part(0, 1)],
	["bytes=10-19", part(10, 10)],
	["bytes=90-", part(90, 10)],
	["bytes=90-500", part(90, 10)],
	["bytes=-30", part(70, 30)],
	["bytes=-500", part(0, 100)],
	[" bytes=0-9 ", part(0, 10)],
	["bytes=100-", unsatisfiable],
	["bytes=100-200", unsatisfiable],
	["bytes=-0", unsatisfiable],
	["bytes=9-1", whole],
	["bytes=0-1,5-9", whole],
	["bytes=-", whole],
	["bytes=a-b", whole],
	["bytes= 0-9", whole],
	["items=0-9", whole],
	["bytes=0-99999999999999999999", whole],
])("%j of 100 bytes is %j", (header, answer) => {
	expect(parseRange(header, 100)).toEqual(answer);
});

it("whatever part is asked for, as many bytes as promised lie within the picture", () => {
	for (let first = 0; first < 12; first++) {
		for (let last = 0; last < 12; last++) {
			const answer = parseRange(`bytes=${first}-${last}`, 10);
			if (answer.kind !== "part") continue;
			expect(answer.length).toBeGreaterThan(0);
			expect(answer.offset + answer.length).toBeLessThanOrEqual(10);
		}
	}
});
