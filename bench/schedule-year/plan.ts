/** What the year is made of, from its seed: schedules of every kind, the timings they are given later, and when the clock or the trigger fails. */
import type { SeededRandom } from "../../test/support/node/seeded-random.ts";
import { plainTask, uniqueTask } from "./contract.ts";

export const MINUTE_MS = 60_000;
export const HALF_MINUTE_MS = 30_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Five days before the clocks of Europe change, so that ten days have such a night in them. */
export const yearStart = Date.UTC(2026, 2, 24);

/** A timing as the oracle and the API are told it. */
export type YearTiming = { zone: string; fields: object; startsAt?: number; endsAt?: number } & (
	| { kind: "crontab"; expression: string }
	| { kind: "minutes"; every: number; anchorAt: number }
	| { kind: "days"; every: number; firstDay: string; dailyExpression: string }
	| { kind: "one_off"; at: number }
);

export const misfires = ["skip", "once", "all"] as const;
export const overlaps = ["allow", "skip", "queue_one"] as const;

export interface Policies {
	misfire: (typeof misfires)[number];
	misfire_limit: number;
	overlap: (typeof overlaps)[number];
	jitter_seconds: number;
}

export interface YearSchedule {
	name: string;
	task: string;
	policies: Policies;
	/** The first is the one that it is made with. */
	timings: [YearTiming, ...YearTiming[]];
	/** The longest that one of its tasks takes now and then, in minutes. */
	longestTaskMinutes: number;
}

/** Gaps and repeats in the first days and later, half an hour of them too, and zones without any. */
const zones = [
	"UTC",
	"Europe/Madrid",
	"America/New_York",
	"America/Nuuk",
	"Africa/Casablanca",
	"Asia/Kolkata",
	"Australia/Lord_Howe",
	"Pacific/Chatham",
];
/** Few, so that many schedules are due at once. */
const minutesOfHour = [0, 0, 0, 15, 30, 45];
/** A timing that is due often stays one: of each eight schedules one is hourly, and of 24 one is due each half hour. */
const ALTERNATIVES = 4;

export function planSchedules(count: number, days: number, random: SeededRandom): YearSchedule[] {
	return Array.from({ length: count }, (_, index) => {
		const isFrequent = index % 8 === 0;
		const [first, ...others] = Array.from({ length: ALTERNATIVES }, () =>
			isFrequent ? frequentTiming(index, random) : rareTiming(days, random),
		);
		return {
			name: `schedule-${index}`,
			task: random.below(6) === 0 ? uniqueTask : plainTask,
			policies: randomPolicies(random),
			timings: [index === 1 ? everyMinute(days, random) : (first as YearTiming), ...others],
			longestTaskMinutes: pick(random, isFrequent ? [1, 20, 150] : [1, 60, 2000]),
		};
	});
}

export function randomPolicies(random: SeededRandom): Policies {
	return {
		misfire: pick(random, misfires),
		misfire_limit: pick(random, [1, 3, 10, 100]),
		overlap: pick(random, overlaps),
		jitter_seconds: pick(random, [0, 0, 60, 3600]),
	};
}

export const pick = <Value>(random: SeededRandom, list: readonly Value[]): Value =>
	list[random.below(list.length)] as Value;

function frequentTiming(index: number, random: SeededRandom): YearTiming {
	const minute = pick(random, minutesOfHour);
	if (index % 24 === 0) return crontab(`${minute % 30},${(minute % 30) + 30} * * * *`, pick(random, zones));
	if (random.below(3) === 0) return interval(60, random);
	return crontab(`${minute} * * * *`, pick(random, zones));
}

function rareTiming(days: number, random: SeededRandom): YearTiming {
	const zone = pick(random, zones);
	const minute = pick(random, minutesOfHour);
	const hour = random.below(24);
	switch (random.below(9)) {
		case 0:
			return interval(pick(random, [90, 240, 480, 1500]), random);
		case 1:
			return intervalOfDays(pick(random, [1, 2, 5]), minute, hour, zone);
		case 2:
			return oneOff(yearStart + random.below(days * 24 * 60) * MINUTE_MS);
		case 3:
			return crontab(`${minute} */6 * * *`, zone);
		case 4:
			return crontab(`${minute} ${random.below(4)} * * *`, zone);
		case 5:
			return crontab(`*/20 ${random.below(4)} * * *`, zone);
		case 6:
			return crontab(`${minute} ${hour} * * mon-fri`, zone);
		case 7:
			return crontab(`${minute} ${hour} ${pick(random, ["l", "1,15", "*/3"])} * ${pick(random, ["*", "sun"])}`, zone);
		default: {
			const startsAt = yearStart + random.below(days * 24) * HOUR_MS;
			return within(crontab(`${minute} ${hour},${(hour + 7) % 24} * * *`, zone), startsAt, startsAt + 90 * DAY_MS);
		}
	}
}

/** For a day, since a year of it would hide all others. */
function everyMinute(days: number, random: SeededRandom): YearTiming {
	const startsAt = yearStart + random.below(Math.min(days, 8) * 24) * HOUR_MS;
	return within(crontab("* * * * *", "Europe/Madrid"), startsAt, startsAt + DAY_MS);
}

const iso = (moment: number) => new Date(moment).toISOString();

const crontab = (expression: string, zone: string): YearTiming => ({
	kind: "crontab",
	zone,
	expression,
	fields: { kind: "crontab", expression, time_zone: zone },
});

const within = (timing: YearTiming, startsAt: number, endsAt: number): YearTiming => ({
	...timing,
	startsAt,
	endsAt,
	fields: { ...timing.fields, starts_at: iso(startsAt), ends_at: iso(endsAt) },
});

function interval(every: number, random: SeededRandom): YearTiming {
	const anchorAt = yearStart + random.below(24) * HOUR_MS + pick(random, minutesOfHour) * MINUTE_MS;
	const unit = every % 60 === 0 ? { every: every / 60, unit: "hours" } : { every, unit: "minutes" };
	return {
		kind: "minutes",
		zone: "UTC",
		every,
		anchorAt,
		fields: { kind: "interval", ...unit, anchor_at: iso(anchorAt), time_zone: "UTC" },
	};
}

/** Anchored on a day on which no clock changes, at a reading of the zone's clocks. */
function intervalOfDays(every: number, minute: number, hour: number, zone: string): YearTiming {
	const firstDay = "2026-03-25";
	const two = (number: number) => String(number).padStart(2, "0");
	return {
		kind: "days",
		zone,
		every,
		firstDay,
		dailyExpression: `${minute} ${hour} * * *`,
		fields: {
			kind: "interval",
			every,
			unit: "days",
			anchor_at: `${firstDay}T${two(hour)}:${two(minute)}`,
			time_zone: zone,
		},
	};
}

const oneOff = (at: number): YearTiming => ({
	kind: "one_off",
	zone: "UTC",
	at,
	fields: { kind: "one_off", at: iso(at) },
});

/** A time in which the trigger does not come, or the clock shows an hour less. */
export interface Trouble {
	kind: "hours_absent" | "day_absent" | "clock_back";
	from: number;
	to: number;
}

export const CLOCK_BACK_MS = HOUR_MS;

/** The first of each kind comes within ten days. */
export function planTroubles(days: number, random: SeededRandom): Trouble[] {
	return Array.from({ length: days }, (_, day): Trouble[] => {
		const at = (hours: number) => yearStart + day * DAY_MS + hours * HOUR_MS + random.below(60) * MINUTE_MS;
		if (day % 23 === 7) return [trouble("day_absent", at(6), 24 * 60)];
		if (day % 9 === 3) return [trouble("clock_back", at(random.below(20)), 30 + random.below(90))];
		if (random.below(4) === 0) return [trouble("hours_absent", at(random.below(18)), 20 + random.below(300))];
		return [];
	}).flat();
}

const trouble = (kind: Trouble["kind"], from: number, minutes: number): Trouble => ({
	kind,
	from,
	to: from + minutes * MINUTE_MS,
});
