import { expect, it } from "vitest";
import { formatBytes, formatDuration, formatSaving } from "../../../../scripts/footy/table/units.ts";

it.each([
	[0, "0 B"],
	[999, "999 B"],
	[1000, "1 kB"],
	[38_048, "38 kB"],
	[76_949, "76.9 kB"],
	[999_499, "999 kB"],
	[999_500, "1 MB"],
	[15 * 1024 * 1024, "15.7 MB"],
])("writes %i bytes as %s", (bytes, text) => {
	expect(formatBytes(bytes)).toBe(text);
});

it.each([
	[0.4, "0 ms"],
	[999, "999 ms"],
	[999.6, "1 s"],
	[1234, "1.23 s"],
	[59_949, "59.9 s"],
	[60_000, "1 min 0 s"],
	[125_000, "2 min 5 s"],
])("writes %d milliseconds as %s", (milliseconds, text) => {
	expect(formatDuration(milliseconds)).toBe(text);
});

it.each([
	[100, 19, "-81 %"],
	[100, 130, "+30 %"],
	[100, 100, "0 %"],
	[0, 5, ""],
])("calls %i bytes that became %i a saving of %j", (before, after, text) => {
	expect(formatSaving(before, after)).toBe(text);
});
