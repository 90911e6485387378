/** When a crontab is due. Calendars are counted in readings of the zone's clocks; only transitions need real time. */
import type { Crontab } from "./crontab.ts";
import { findTransition, firstMomentOf, latestReadingUntil, offsetAt } from "./time-zone.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/**
 * 29 February on a given weekday comes every 28 years, or after 40 where a century takes a leap year out: what has not come
 * after them never does.
 */
const MAX_YEARS_AHEAD = 41;

/** The first moment after a moment, or null where 41 years bring none. */
export function nextCrontabMoment(crontab: Crontab, zone: string, after: number): number | null {
	return crontab.isEveryHour ? nextInRealTime(crontab, zone, after) : nextByReading(crontab, zone, after);
}

/** Fixed hours: each reading counts once, where it is first shown, or where the gap ends that swallowed it. */
function nextByReading(crontab: Crontab, zone: string, after: number): number | null {
	const reading = nextReading(crontab, latestReadingUntil(zone, after));
	return reading === null ? null : firstMomentOf(zone, reading);
}

/** Every hour: it is due whenever the clocks show what it says, be it for the second time; what they skip, it skips. */
function nextInRealTime(crontab: Crontab, zone: string, after: number): number | null {
	for (let from = after + 1; ; ) {
		const offset = offsetAt(zone, from);
		const reading = nextReading(crontab, from + offset - 1);
		if (reading === null) return null;
		const candidate = reading - offset;
		const horizon = Math.min(candidate, from + DAY_MS);
		if (offsetAt(zone, horizon) !== offset) from = findTransition(zone, from, horizon);
		else if (candidate === horizon) return candidate;
		// No reading of the next day fits, nor any up to a day before the candidate, however the clocks are put meanwhile.
		else from = Math.max(horizon, candidate - DAY_MS);
	}
}

/** The first reading that fits, after a reading; null where 41 years bring none. */
export function nextReading(crontab: Crontab, after: number): number | null {
	const from = (Math.floor(after / MINUTE_MS) + 1) * MINUTE_MS;
	const startOfDay = Math.floor(from / DAY_MS) * DAY_MS;
	const minuteOfDay = (from - startOfDay) / MINUTE_MS;
	if (isDayOf(crontab, new Date(startOfDay))) {
		const minute = nextMinuteOfDay(crontab, minuteOfDay);
		if (minute !== null) return startOfDay + minute * MINUTE_MS;
	}
	const day = nextDay(crontab, startOfDay + DAY_MS);
	return day === null ? null : day + (nextMinuteOfDay(crontab, 0) ?? 0) * MINUTE_MS;
}

/** The first of its minutes of a day that is not before `from`, both counted from midnight. */
function nextMinuteOfDay({ hours, minutes }: Crontab, from: number): number | null {
	for (const hour of hours) {
		if (hour * 60 + 59 < from) continue;
		const minute = minutes.find((one) => hour * 60 + one >= from);
		if (minute !== undefined) return hour * 60 + minute;
	}
	return null;
}

/** Whole months that do not fit are stepped over, so that the search stays below 15,000 days. */
function nextDay(crontab: Crontab, from: number): number | null {
	const date = new Date(from);
	const lastYear = date.getUTCFullYear() + MAX_YEARS_AHEAD;
	while (date.getUTCFullYear() <= lastYear) {
		if (!crontab.months.includes(date.getUTCMonth() + 1)) date.setUTCMonth(date.getUTCMonth() + 1, 1);
		else if (isDayOf(crontab, date)) return date.getTime();
		else date.setUTCDate(date.getUTCDate() + 1);
	}
	return null;
}

function isDayOf({ days, months, weekdays, isEitherDay }: Crontab, date: Date): boolean {
	if (!months.includes(date.getUTCMonth() + 1)) return false;
	const day = date.getUTCDate();
	const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
	const weekday = date.getUTCDay();
	const fitsDay = days.numbers.includes(day) || (days.hasLast && day === daysInMonth);
	const fitsWeekday = weekdays.numbers.includes(weekday) || (day > daysInMonth - 7 && weekdays.last.includes(weekday));
	return isEitherDay ? fitsDay || fitsWeekday : fitsDay && fitsWeekday;
}
