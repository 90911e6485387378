/** Compares the moments of random schedules with brute force, in the nights in which the clocks of a zone change. */
import { latestMomentUntil, momentsBetween, nextMoment } from "../../../src/schedules/moments.ts";
import { type Timing, timingSchema } from "../../../src/schedules/timing.ts";
import { bruteForceMoments, findJumps, type WallMinute, wallMinutes } from "./brute-force-moments.ts";
import { randomCrontab, randomRareDays } from "./random-crontabs.ts";
import type { SeededRandom } from "./seeded-random.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const NIGHT_MS = 30 * HOUR_MS;

/** Gaps and repeats of an hour, of half an hour and of two, at midnight, and over midnight; and zones without any. */
export const comparedZones = [
	"Africa/Cairo",
	"Africa/Casablanca",
	"Africa/Juba",
	"America/Havana",
	"America/New_York",
	"America/Nuuk",
	"America/Santiago",
	"America/Sao_Paulo",
	"America/Scoresbysund",
	"America/St_Johns",
	"Antarctica/Troll",
	"Asia/Beirut",
	"Asia/Gaza",
	"Asia/Kolkata",
	"Asia/Tehran",
	"Australia/Lord_Howe",
	"Europe/London",
	"Europe/Madrid",
	"Pacific/Apia",
	"Pacific/Chatham",
	"UTC",
];

export interface Comparison {
	zone: string;
	transitions: number;
	/** Nights without a transition, one a year, of zones that have none. */
	ordinaryNights: number;
	schedules: number;
	moments: number;
	differences: string[];
}

/** @param years from the first up to and with the last */
export function compareZone(
	zone: string,
	years: readonly [number, number],
	schedulesPerNight: number,
	random: SeededRandom,
): Comparison {
	const comparison: Comparison = { zone, transitions: 0, ordinaryNights: 0, schedules: 0, moments: 0, differences: [] };
	const nights = findNights(zone, years);
	const isOrdinary = nights.length === 0;
	const ordinary = Array.from({ length: years[1] - years[0] + 1 }, (_, index) => Date.UTC(years[0] + index, 1, 28, 20));
	for (const night of isOrdinary ? ordinary : nights) {
		const minutes = wallMinutes(zone, night - NIGHT_MS, night + NIGHT_MS);
		const jumps = findJumps(minutes);
		comparison.transitions += jumps.length;
		comparison.ordinaryNights += jumps.length === 0 ? 1 : 0;
		const hour = minutes[jumps[0] ?? 0]?.hour ?? 0;
		for (let index = 0; index < schedulesPerNight; index++) {
			const expression = index % 8 === 7 ? randomDaily(random, hour) : randomCrontab(random, hour);
			const expected = bruteForceMoments(expression, minutes);
			comparison.schedules++;
			comparison.moments += expected.length;
			const timing =
				index % 8 === 7
					? everyDay(expression, zone, minutes)
					: readTiming({ kind: "crontab", expression, time_zone: zone });
			const difference = findDifference(timing, expected, minutes, random);
			if (difference) comparison.differences.push(`${zone}, ${expression} (${timing.kind}): ${difference}`);
		}
	}
	return comparison;
}

/** Compares all of a year in one zone: here moments lie months apart, with transitions between them. */
export function compareYear(zone: string, year: number, schedules: number, random: SeededRandom): Comparison {
	const minutes = wallMinutes(zone, Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1));
	const differences: string[] = [];
	let moments = 0;
	for (let index = 0; index < schedules; index++) {
		const [minute, hour] = randomCrontab(random, random.below(24)).split(" ");
		const expression = `${minute} ${hour} ${randomRareDays(random)}`;
		const expected = bruteForceMoments(expression, minutes).slice(0, MAX_MOMENTS_OF_YEAR);
		moments += expected.length;
		const timing = readTiming({ kind: "crontab", expression, time_zone: zone });
		const difference = findDifference(timing, expected, minutes, random);
		if (difference) differences.push(`${zone} in ${year}, ${expression}: ${difference}`);
	}
	const transitions = findJumps(minutes).length;
	return { zone, transitions, ordinaryNights: 0, schedules, moments, differences };
}

/** Those of an expression for every minute of a month would take most of the time and show nothing new. */
const MAX_MOMENTS_OF_YEAR = 500;

/** About when the clocks of a zone change: the moments, to six hours, between which they are put. */
function findNights(zone: string, [first, last]: readonly [number, number]): number[] {
	const clock = new Intl.DateTimeFormat("en-US", {
		timeZone: zone,
		hourCycle: "h23",
		dateStyle: "short",
		timeStyle: "short",
	});
	const offset = (moment: number) => (Date.parse(`${clock.format(moment)} UTC`) - moment) / MINUTE_MS;
	const nights: number[] = [];
	const step = 6 * HOUR_MS;
	for (let moment = Date.UTC(first, 0, 1); moment < Date.UTC(last + 1, 0, 1); moment += step) {
		if (offset(moment) !== offset(moment - step)) nights.push(moment - step / 2);
	}
	return nights;
}

const randomDaily = (random: SeededRandom, hour: number) =>
	`${random.below(60)} ${(hour + random.below(5) + 22) % 24} * * *`;

/** The same as an interval of a day: it keeps the time that the clocks of the zone showed at its anchor. */
function everyDay(expression: string, zone: string, minutes: readonly WallMinute[]): Timing {
	const [minute, hour] = expression.split(" ").map(Number);
	const anchor = minutes.find((one) => one.minute === minute && one.hour === hour);
	return readTiming({
		kind: "interval",
		every: 1,
		unit: "days",
		anchor_at: new Date((anchor as WallMinute).instant).toISOString(),
		time_zone: zone,
	});
}

const readTiming = (fields: unknown) => timingSchema.parse(fields);

function findDifference(
	timing: Timing,
	expected: readonly number[],
	minutes: readonly WallMinute[],
	random: SeededRandom,
): string | undefined {
	const start = (minutes[0] as WallMinute).instant - 1;
	const end = (minutes.at(-1) as WallMinute).instant;
	const text = (moment: number | null | undefined) => (moment == null ? "none" : new Date(moment).toISOString());
	const isCut = expected.length === MAX_MOMENTS_OF_YEAR;
	const found = momentsBetween(timing, start, end, isCut ? expected.length : minutes.length + 1);
	const wrong = Array.from({ length: Math.max(found.length, expected.length) }, (_, index) => index).find(
		(index) => found[index] !== expected[index],
	);
	if (wrong !== undefined) return `${text(found[wrong])} instead of ${text(expected[wrong])}`;
	// Half of the questions are asked around a jump, where a moment may lie before the reading that it belongs to.
	const jumps = findJumps(minutes).map((index) => (minutes[index] as WallMinute).instant);
	for (let probe = 0; probe < 8; probe++) {
		const jump = probe % 2 === 0 ? jumps[random.below(jumps.length)] : undefined;
		const at = jump === undefined ? start + random.below(end - start) : jump + random.below(4 * HOUR_MS) - 2 * HOUR_MS;
		const next = expected.find((moment) => moment > at);
		// What comes after the night is not known here.
		if (next !== undefined && nextMoment(timing, at) !== next) return `not ${text(next)} after ${text(at)}`;
		if (isCut) continue;
		const latest = expected.findLast((moment) => moment <= at) ?? null;
		if (latestMomentUntil(timing, start, at) !== latest) return `not ${text(latest)} as the latest until ${text(at)}`;
	}
	return undefined;
}
