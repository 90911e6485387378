import { describe, expect, it } from "vitest";
import { explainMoment } from "../../src/schedules/explain-moment.ts";
import { latestMoments, momentsBetween, nextMoment, nextMoments } from "../../src/schedules/moments.ts";
import { type Timing, timingSchema, writeTiming } from "../../src/schedules/timing.ts";
import { comparedZones, compareYear, compareZone } from "../support/node/compare-moments.ts";
import { scatterSeed, seededRandom } from "../support/node/seeded-random.ts";
import { crontab, faultsOf, interval, isoMinute, oneOff, utc } from "../support/node/timings.ts";

const between = (timing: Timing, after: string, until: string) =>
	momentsBetween(timing, utc(after), utc(until), 1000).map(isoMinute);

describe("where clocks go forward", () => {
	it("a time that never comes runs once, when the gap ends", () => {
		expect(between(crontab("30 2 * * *", "Europe/Madrid"), "2026-03-28T12:00Z", "2026-03-30T12:00Z")).toEqual([
			"2026-03-29T01:00Z",
			"2026-03-30T00:30Z",
		]);
	});

	it("times that fall together at the end of the gap run once", () => {
		expect(between(crontab("*/20 2,3 * * *", "Europe/Madrid"), "2026-03-28T12:00Z", "2026-03-29T12:00Z")).toEqual([
			"2026-03-29T01:00Z",
			"2026-03-29T01:20Z",
			"2026-03-29T01:40Z",
		]);
	});

	it("every ten minutes stay ten minutes", () => {
		const moments = nextMoments(crontab("*/10 * * * *", "Europe/Madrid"), utc("2026-03-29T00:00Z"), 12);
		expect(new Set(moments.slice(1).map((moment, index) => moment - (moments[index] as number)))).toEqual(
			new Set([600_000]),
		);
	});

	it("a gap that ends at midnight loses no tick of the day before", () => {
		expect(between(crontab("30 23 * * *", "America/Nuuk"), "2026-03-28T12:00Z", "2026-03-29T12:00Z")).toEqual([
			"2026-03-29T01:00Z",
		]);
	});

	it("half an hour is a gap too", () => {
		expect(between(crontab("15 2 * * *", "Australia/Lord_Howe"), "2026-10-03T12:00Z", "2026-10-04T12:00Z")).toEqual([
			"2026-10-03T15:30Z",
		]);
	});
});

describe("where clocks go back", () => {
	it("a time that comes twice runs at the first only", () => {
		expect(between(crontab("*/30 2 * * *", "Europe/Madrid"), "2026-10-24T12:00Z", "2026-10-25T12:00Z")).toEqual([
			"2026-10-25T00:00Z",
			"2026-10-25T00:30Z",
		]);
	});

	it("every ten minutes stay ten minutes", () => {
		const moments = nextMoments(crontab("*/10 * * * *", "Europe/Madrid"), utc("2026-10-24T23:00Z"), 30);
		expect(new Set(moments.slice(1).map((moment, index) => moment - (moments[index] as number)))).toEqual(
			new Set([600_000]),
		);
	});
});

it("asked while an hour comes again, the next moment is none of the first time", () => {
	const again = utc("2026-10-25T01:10Z");
	expect(isoMinute(nextMoment(crontab("30 2 * * *", "Europe/Madrid"), again) ?? 0)).toBe("2026-10-26T01:30Z");
	expect(isoMinute(nextMoment(crontab("30 * * * *", "Europe/Madrid"), again) ?? 0)).toBe("2026-10-25T01:30Z");
	const daily = interval(1, "days", "2026-10-20T02:30", "Europe/Madrid");
	expect(isoMinute(nextMoment(daily, again) ?? 0)).toBe("2026-10-26T01:30Z");
});

describe("an interval", () => {
	it("neither drifts nor knows when it last ran", () => {
		const timing = interval(7, "minutes", "2026-01-01T00:03:30Z");
		const anchor = utc("2026-01-01T00:03:30Z");
		expect(nextMoment(timing, anchor - 1)).toBe(anchor);
		expect(nextMoment(timing, utc("2031-05-05T05:05:05Z"))).toBe(
			anchor + Math.ceil((utc("2031-05-05T05:05:05Z") - anchor) / 420_000) * 420_000,
		);
	});

	it("of hours counts real ones, of days keeps the time of day", () => {
		expect(
			between(interval(12, "hours", "2026-03-28T10:00", "Europe/Madrid"), "2026-03-28T10:00Z", "2026-03-29T12:00Z"),
		).toEqual(["2026-03-28T21:00Z", "2026-03-29T09:00Z"]);
		expect(
			between(interval(1, "days", "2026-03-28T02:30", "Europe/Madrid"), "2026-03-28T00:00Z", "2026-03-30T12:00Z"),
		).toEqual(["2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z"]);
	});
});

describe("a timing", () => {
	it("is due from its start on and before its end", () => {
		const timing = crontab("0 * * * *", "UTC", { starts_at: "2026-01-01T10:00", ends_at: "2026-01-01T12:00" });
		expect(nextMoments(timing, 0, 9).map(isoMinute)).toEqual(["2026-01-01T10:00Z", "2026-01-01T11:00Z"]);
	});

	it("reads local times in its zone, and times with an offset as they are", () => {
		expect(nextMoments(oneOff("2026-07-01T09:00", "Europe/Madrid"), 0, 2)).toEqual([utc("2026-07-01T07:00Z")]);
		expect(nextMoments(oneOff("2026-07-01T09:00-03:00", "Europe/Madrid"), 0, 2)).toEqual([utc("2026-07-01T12:00Z")]);
		expect(nextMoments(oneOff("2026-03-29T02:30", "Europe/Madrid"), 0, 2)).toEqual([utc("2026-03-29T01:00Z")]);
		expect(nextMoments(oneOff("2026-10-25T02:30", "Europe/Madrid"), 0, 2)).toEqual([utc("2026-10-25T00:30Z")]);
	});

	it.each([
		crontab("15 3 * * mon", "asia/kolkata", { ends_at: "2030-01-01T00:00" }),
		interval(2, "days", "2026-03-28T02:30", "Europe/Madrid"),
		oneOff("2026-03-28T02:30", "Europe/Madrid"),
	])("is the same after it was written and read again: $kind", (timing) => {
		expect(timingSchema.parse(JSON.parse(JSON.stringify(writeTiming(timing))))).toEqual(timing);
	});

	it.each([
		[
			{ kind: "crontab", expression: "* * * * *", time_zone: "Mars/Olympus" },
			/^time_zone: "Mars\/Olympus" is no time zone.+\.$/,
		],
		[{ kind: "crontab", expression: "* * * * *", time_zone: "+02:00" }, /^time_zone: /],
		[{ kind: "crontab", expression: "* * * * *", time_zone: "../etc/passwd" }, /^time_zone: /],
		[{ kind: "one_off", at: "2026-02-30T10:00" }, /^at: "2026-02-30T10:00" is no moment/],
		[{ kind: "one_off", at: "2026-02-20T24:00" }, /^at: /],
		[{ kind: "one_off", at: "1999-01-01T10:00" }, /^at: .+ out of reach/],
		[{ kind: "interval", every: 1, unit: "days" }, /^anchor_at: .+give anchor_at, or starts_at\.$/],
		[{ kind: "interval", every: 0, unit: "days", anchor_at: "2026-01-01T00:00" }, /^every: /],
		[{ kind: "interval", every: 1e6, unit: "minutes", anchor_at: "2026-01-01T00:00" }, /^every: .+ at most /],
		[
			{ kind: "crontab", expression: "0 0 29 2 *", starts_at: "2026-01-01T00:00", ends_at: "2027-01-01T00:00" },
			/^ends_at: It is never due/,
		],
		[{ kind: "solar", event: "sunset" }, /^kind: /],
		[{ kind: "one_off", at: "2026-01-01T00:00", every: 5 }, /every/],
	])("is refused at the field that is wrong: %j", (fields, sentence) => {
		expect(faultsOf(fields)).toMatch(sentence);
	});
});

it("the latest of many moments are found without going through them", () => {
	const timing = crontab("* * * * *");
	const until = utc("2026-06-01T00:00:30Z");
	expect(latestMoments(timing, utc("2006-01-01T00:00Z"), until, 3).map(isoMinute)).toEqual([
		"2026-05-31T23:58Z",
		"2026-05-31T23:59Z",
		"2026-06-01T00:00Z",
	]);
});

it("a moment tells what a transition did to it", () => {
	const note = (timing: Timing, moment: string) => explainMoment(timing, utc(moment)).note;
	const daily = crontab("30 2 * * *", "Europe/Madrid");
	expect(note(daily, "2026-03-29T01:00Z")).toBe("2026-03-29 02:30 never comes: the clocks go from 02:00 to 03:00.");
	expect(note(daily, "2026-10-25T00:30Z")).toBe(
		"02:30 comes twice: this is the first time, and the only one that counts.",
	);
	expect(note(daily, "2026-10-26T01:30Z")).toBe(null);
	const hourly = crontab("30 * * * *", "Europe/Madrid");
	expect(note(hourly, "2026-10-25T00:30Z")).toBe("02:30 comes twice: this is the first time.");
	expect(note(hourly, "2026-10-25T01:30Z")).toBe("02:30 comes twice: this is the second time.");
});

describe("random schedules agree with the clocks on the wall, minute by minute", () => {
	it.each(comparedZones)("in the nights of 2026 and 2027: %s", (zone) => {
		const random = seededRandom(scatterSeed(7, comparedZones.indexOf(zone)));
		const { moments, differences } = compareZone(zone, [2026, 2027], 4, random);
		expect(differences).toEqual([]);
		expect(moments).toBeGreaterThan(0);
	});

	it("through a whole year", () => {
		expect(compareYear("Africa/Casablanca", 2025, 6, seededRandom(7)).differences).toEqual([]);
	});
});
