import { describe, expect, it } from "vitest";
import { nextMoments } from "../../src/schedules/moments.ts";
import { crontab, faultsOf, isoMinute, utc } from "../support/node/timings.ts";

const next = (expression: string, from: string, count = 3) =>
	nextMoments(crontab(expression), utc(from), count).map(isoMinute);

describe("an expression", () => {
	it.each([
		["15 3 * * mon,THU", ["2026-01-01T03:15Z", "2026-01-05T03:15Z", "2026-01-08T03:15Z"]],
		["0 0 * jan-mar,DEC sun", ["2026-01-04T00:00Z", "2026-01-11T00:00Z", "2026-01-18T00:00Z"]],
		["20-40/10 23 * * *", ["2026-01-01T23:20Z", "2026-01-01T23:30Z", "2026-01-01T23:40Z"]],
		["0 0 L * *", ["2026-01-31T00:00Z", "2026-02-28T00:00Z", "2026-03-31T00:00Z"]],
		["0 0 * * 5L", ["2026-01-30T00:00Z", "2026-02-27T00:00Z", "2026-03-27T00:00Z"]],
		["0 0 * * sun-sun", ["2026-01-04T00:00Z", "2026-01-11T00:00Z", "2026-01-18T00:00Z"]],
		["0 0 * * sat-sun", ["2026-01-03T00:00Z", "2026-01-04T00:00Z", "2026-01-10T00:00Z"]],
		["0 0 29 2 *", ["2028-02-29T00:00Z", "2032-02-29T00:00Z", "2036-02-29T00:00Z"]],
	])("takes %s", (expression, moments) => {
		expect(next(expression, "2026-01-01T00:00Z")).toEqual(moments);
	});

	it("calls Sunday 0 and 7", () => {
		expect(next("0 0 * * 7", "2026-01-01T00:00Z")).toEqual(next("0 0 * * 0", "2026-01-01T00:00Z"));
	});

	it("is due on either day when both kinds are restricted, and on days that are both when one begins with *", () => {
		expect(next("0 0 13 * fri", "2026-02-01T00:00Z")).toEqual([
			"2026-02-06T00:00Z",
			"2026-02-13T00:00Z",
			"2026-02-20T00:00Z",
		]);
		expect(next("0 0 */2 * mon", "2026-02-01T00:00Z")).toEqual([
			"2026-02-09T00:00Z",
			"2026-02-23T00:00Z",
			"2026-03-09T00:00Z",
		]);
	});

	it("finds 29 February over the century without a leap year, and on a weekday that comes every 40 years there", () => {
		expect(next("0 0 29 2 *", "2096-03-01T00:00Z", 1)).toEqual(["2104-02-29T00:00Z"]);
		expect(next("0 0 29 2 */6", "2096-03-01T00:00Z", 1)).toEqual(["2116-02-29T00:00Z"]);
	});

	it.each([
		["0 0 31 2 *", "never comes"],
		["0 0 30,31 feb *", "never comes"],
		["0 0 */20 * monL", "never comes: no day is both"],
		["0 0 8-14 2 */7", "takes no step of 7"],
		["0 0 * * 7/2", "write 0-6/2"],
		["0 0 * * 5/2", "from 1 to 1"],
		["58/5 * * * *", "from 1 to 1"],
		["59/5 * * * *", "one value takes no step"],
		["* * * *", "this one has 4"],
		["", "this one has 0"],
		["0 0 0 * * *", "this one has 6"],
		["@daily", "write the five fields"],
		["60 * * * *", "60 is no minute"],
		["* * * * 8", "8 is no day of week"],
		["0 0 0 * *", "0 is no day of month"],
		["5/15 * * * *", "write 5-59/15"],
		["0 22-2 * * *", "write 22-23,0-2"],
		["*/60 * * * *", "from 1 to 59"],
		["*/0 * * * *", "from 1 to 59"],
		["1,,2 * * * *", "empty place"],
		["-1 * * * *", '"-1" (minute) is not understood'],
		["0 0 ? * *", "not understood"],
		["0 0 15W * *", "not understood"],
		["0 0 * * 5#2", "not understood"],
		["1e1 * * * *", "not understood"],
		["0 0 * * L", "not understood"],
		["٣ * * * *", "not understood"],
	])("is refused in a sentence: %s", (expression, sentence) => {
		expect(faultsOf({ kind: "crontab", expression })).toMatch(/^expression: .+\.$/);
		expect(faultsOf({ kind: "crontab", expression })).toContain(sentence);
	});

	it("that is refused for having two meanings is taken as its advice writes it", () => {
		for (const field of ["minute", "hour", "day", "month", "weekday"]) {
			for (let first = 0; first <= 60; first++) {
				for (const step of [1, 2, 5, 30]) {
					const expression = ["minute", "hour", "day", "month", "weekday"]
						.map((one) => (one === field ? `${first}/${step}` : "*"))
						.join(" ");
					const advice = / write (.+)\.$/.exec(faultsOf({ kind: "crontab", expression }))?.[1];
					if (advice === undefined) continue;
					const advised = expression.replace(`${first}/${step}`, advice);
					expect([advised, faultsOf({ kind: "crontab", expression: advised })]).toEqual([advised, ""]);
				}
			}
		}
	});

	it("of thousands of characters is told its own length, not a validator's words", () => {
		expect(faultsOf({ kind: "crontab", expression: "1,".repeat(1000) })).toBe(
			"expression: The expression has 2000 characters; 256 are the most.",
		);
	});

	it.each([
		["a million characters", "1,".repeat(500_000)],
		["characters beyond what a person writes", `${"1,".repeat(200)}1 * * * *`],
		["a step beyond any number", `*/${"9".repeat(200)} * * * *`],
		["a range over billions", "0-4294967295 * * * *"],
		["parts without end", `${"*/".repeat(100)} * * * *`],
	])("is refused before anything is counted: %s", (_, expression) => {
		expect(faultsOf({ kind: "crontab", expression })).not.toBe("");
	});
});
