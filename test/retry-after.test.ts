import { expect, it } from "vitest";
import { retryAfterSeconds } from "../src/retry-after.ts";

const now = Date.parse("2026-11-25T10:00:00.500Z");

it.each([
	["120", 120],
	[" 0 ", 0],
	["Wed, 25 Nov 2026 10:02:00 GMT", 120],
	["Wed, 25 Nov 2026 09:00:00 GMT", 0],
])("Retry-After: %s is so many seconds: %i", (header, seconds) => {
	expect(retryAfterSeconds(header, now)).toBe(seconds);
});

it.each([null, "", "soon", "-5", "1.5", "2026-11-25", "Wed, 99 Nov 2026 10:02:00 GMT"])(
	"Retry-After: %s means nothing",
	(header) => {
		expect(retryAfterSeconds(header, now)).toBeUndefined();
	},
);
