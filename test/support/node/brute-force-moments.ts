/**
 * The moments of a crontab by brute force: what the clock on the wall of the zone shows in each minute, by Intl, and nothing
 * of `src/schedules`. Slow, and simple enough to be believed.
 */

const MINUTE_MS = 60_000;

/** What a clock on the wall shows in one minute. */
export interface WallMinute {
	instant: number;
	minute: number;
	hour: number;
	day: number;
	month: number;
	/** 0 is Sunday. */
	weekday: number;
	isLastDayOfMonth: boolean;
	isLastWeekdayOfMonth: boolean;
	/** The reading as if it were UTC, in minutes: it grows by one from minute to minute, but for transitions. */
	reading: number;
}

/** Every whole minute from `from` up to and without `to`. */
export function wallMinutes(zone: string, from: number, to: number): WallMinute[] {
	const wall = new Intl.DateTimeFormat("en-US", {
		timeZone: zone,
		hourCycle: "h23",
		year: "numeric",
		month: "numeric",
		day: "numeric",
		hour: "numeric",
		minute: "numeric",
	});
	const minutes: WallMinute[] = [];
	let today = calendarDay(0, 0, 0);
	for (let instant = Math.ceil(from / MINUTE_MS) * MINUTE_MS; instant < to; instant += MINUTE_MS) {
		const [month, day, year, hour, minute] = wall.format(instant).split(/\D+/).map(Number) as FiveNumbers;
		if (today.day !== day || today.month !== month) today = calendarDay(year, month, day);
		const reading = Date.UTC(year, month - 1, day, hour, minute) / MINUTE_MS;
		minutes.push({ instant, minute, hour, ...today, reading });
	}
	return minutes;
}

type FiveNumbers = [number, number, number, number, number];

function calendarDay(year: number, month: number, day: number) {
	const date = (days: number) => new Date(Date.UTC(year, month - 1, day + days));
	return {
		day,
		month,
		weekday: date(0).getUTCDay(),
		isLastDayOfMonth: date(1).getUTCMonth() !== month - 1,
		isLastWeekdayOfMonth: date(7).getUTCMonth() !== month - 1,
	};
}

/** The places where the wall clock jumps: the index of the first minute after each. */
export function findJumps(minutes: readonly WallMinute[]): number[] {
	return minutes.flatMap((minute, index) => {
		const before = minutes[index - 1];
		return before && minute.reading - before.reading !== 1 ? index : [];
	});
}

/**
 * The moments of a crontab in those minutes. An expression for every hour runs whenever the wall clock shows what it says;
 * any other once for each reading: at the first time it is shown, or right after the gap that swallowed it.
 */
export function bruteForceMoments(expression: string, minutes: readonly WallMinute[]): number[] {
	const matches = naiveMatcher(expression);
	const isEveryHour = numbersOf(expression.split(" ")[1] as string, 0, 23, []).size === 24;
	if (isEveryHour) return minutes.filter(matches).map(({ instant }) => instant);
	const moments: number[] = [];
	// The clocks have shown, or skipped, every reading up to it.
	let passed = Number.NEGATIVE_INFINITY;
	for (const minute of minutes) {
		if (minute.reading <= passed) continue;
		const swallowed = Number.isFinite(passed) ? wallReadings(passed + 1, minute.reading) : [];
		if (matches(minute) || swallowed.some(matches)) moments.push(minute.instant);
		passed = minute.reading;
	}
	return moments;
}

/** Readings that no clock showed, from one up to and without another. */
function wallReadings(from: number, to: number): WallMinute[] {
	return Array.from({ length: to - from }, (_, index) => {
		const reading = from + index;
		const date = new Date(reading * MINUTE_MS);
		const day = calendarDay(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
		return { instant: 0, minute: date.getUTCMinutes(), hour: date.getUTCHours(), ...day, reading };
	});
}

const monthNames = ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

function naiveMatcher(expression: string): (minute: WallMinute) => boolean {
	const [minute, hour, day, month, weekday] = expression.toLowerCase().split(" ") as FiveTexts;
	const minutes = numbersOf(minute, 0, 59, []);
	const hours = numbersOf(hour, 0, 23, []);
	const days = numbersOf(day, 1, 31, []);
	const months = numbersOf(month, 1, 12, monthNames);
	const weekdays = numbersOf(weekday, 0, 7, weekdayNames);
	const lastWeekdays = new Set(weekday.split(",").flatMap((part) => (/^\dl$/.test(part) ? Number(part[0]) : [])));
	const hasLastDay = day.split(",").includes("l");
	const isEither = !day.startsWith("*") && !weekday.startsWith("*");
	return (at) => {
		const isDay = days.has(at.day) || (hasLastDay && at.isLastDayOfMonth);
		const isWeekday =
			weekdays.has(at.weekday) ||
			(at.weekday === 0 && weekdays.has(7)) ||
			(at.isLastWeekdayOfMonth && lastWeekdays.has(at.weekday));
		const isRightDay = isEither ? isDay || isWeekday : isDay && isWeekday;
		return minutes.has(at.minute) && hours.has(at.hour) && months.has(at.month) && isRightDay;
	};
}

type FiveTexts = [string, string, string, string, string];

/** Asks of every number there is whether the field holds it. */
function numbersOf(field: string, lowest: number, highest: number, names: readonly string[]): Set<number> {
	const all = Array.from({ length: highest - lowest + 1 }, (_, index) => lowest + index);
	return new Set(
		all.filter((number) => field.split(",").some((part) => partHolds(part, number, lowest, highest, names))),
	);
}

function partHolds(part: string, value: number, lowest: number, highest: number, names: readonly string[]): boolean {
	const [range, step = "1"] = part.split("/") as [string, string?];
	const number = (text: string) => (names.includes(text) ? names.indexOf(text) : Number(text));
	const [first, last] = range === "*" ? [lowest, highest] : range.replace("-sun", "-7").split("-").map(number);
	// "Every second day of the week" counts from Sunday, which is 0 there and not 7.
	if (range === "*" && highest === 7 && value === 7) return false;
	if (first === undefined || value < first || value > (last ?? first)) return false;
	return (value - first) % Number(step) === 0;
}
