import { expect, it } from "vitest";
import { readOffset } from "../../src/schedules/time-zone.ts";

it.each([
	["1/1/2026, GMT+05:30", 19_800_000],
	["1/1/1900, GMT-00:44:30", -2_670_000],
	["1/1/2026, GMT+00:00", 0],
	["1/1/2026, GMT", 0],
])("an offset is read however a version of ICU writes it: %s", (date, offset) => {
	expect(readOffset(date)).toBe(offset);
});

it("a date without an offset is none of zero", () => {
	expect(() => readOffset("1/1/2026")).toThrow("no offset");
});
