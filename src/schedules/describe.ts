/** A schedule in words. It tells what the numbers come to, not how they were written: 0-23 is every hour. */
import type { Crontab } from "./crontab.ts";
import { formatReading, readingAt } from "./time-zone.ts";
import type { IntervalTiming, Timing } from "./timing.ts";

/** As many times of day are told one by one. */
const MAX_TIMES_TOLD = 4;

const monthsInWords = "January February March April May June July August September October November December".split(
	" ",
);
const weekdaysInWords = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");

/** `At 03:15 on Monday and Thursday, Europe/Madrid`. */
export function describeSchedule(timing: Timing): string {
	const local = (moment: number) => formatReading(readingAt(timing.timeZone, moment));
	const validity = [
		timing.startsAt === null ? "" : `, not before ${local(timing.startsAt)}`,
		timing.endsAt === null ? "" : `, until ${local(timing.endsAt)}`,
	].join("");
	return `${describeKind(timing, local)}${validity}, ${timing.timeZone}`;
}

function describeKind(timing: Timing, local: (moment: number) => string): string {
	switch (timing.kind) {
		case "crontab":
			return describeCrontab(timing.crontab);
		case "interval":
			return describeInterval(timing, local(timing.anchorAt));
		case "one_off":
			return `Once, at ${local(timing.at)}`;
	}
}

function describeInterval({ every, unit }: IntervalTiming, anchor: string): string {
	const period = every === 1 ? unit.replace(/s$/, "") : `${every} ${unit}`;
	const [date, time] = anchor.split(" ");
	return unit === "days" ? `Every ${period} at ${time}, from ${date}` : `Every ${period} from ${anchor}`;
}

function describeCrontab(crontab: Crontab): string {
	return [describeTimes(crontab), describeDays(crontab), describeMonths(crontab)].filter(Boolean).join(" ");
}

function describeTimes({ minutes, hours, isEveryHour }: Crontab): string {
	const times = hours.flatMap((hour) => minutes.map((minute) => clock(hour, minute)));
	if (times.length <= MAX_TIMES_TOLD) return `At ${list(times)}`;
	const [minute = 0] = minutes;
	const hourStep = stepOf(hours);
	if (minutes.length === 1 && !isEveryHour && hourStep !== undefined) {
		const [first = 0] = hours;
		return `Every ${count(hourStep, "hour")} from ${clock(first, minute)} to ${clock(hours.at(-1) ?? 0, minute)}`;
	}
	const ofHours = isEveryHour ? "" : ` of ${plural("hour", hours)} ${list(inRuns(hours))}`;
	if (minutes.length === 60) return `Every minute${ofHours}`;
	const step = stepOf(minutes);
	// Only a step that divides the hour goes on evenly into the next.
	if (step !== undefined && minutes.length * step === 60) {
		return `Every ${count(step, "minute")}${minute === 0 ? "" : ` from minute ${minute}`}${ofHours}`;
	}
	return `At ${plural("minute", minutes)} ${list(inRuns(minutes))}${ofHours || " of every hour"}`;
}

function describeDays({ days, weekdays, isEitherDay }: Crontab): string {
	const ofMonth = describeDaysOfMonth(days);
	const ofWeek = describeWeekdays(weekdays);
	if (isEitherDay) return ofMonth === "" || ofWeek === "" ? "" : `on ${ofMonth} or on ${ofWeek}`;
	if (ofMonth !== "" && ofWeek !== "") return `on ${ofMonth}, if it is ${ofWeek}`;
	return ofMonth || ofWeek ? `on ${ofMonth || ofWeek}` : "";
}

function describeDaysOfMonth({ numbers, hasLast }: Crontab["days"]): string {
	if (numbers.length === 31) return "";
	if (numbers.length === 0) return "the last day of the month";
	const step = stepOf(numbers) ?? 1;
	if (step > 1 && numbers.length > MAX_TIMES_TOLD && !hasLast) {
		return `day ${numbers[0]} and every ${step} days after it, up to ${numbers.at(-1)}, of the month`;
	}
	return `${plural("day", numbers)} ${list([...inRuns(numbers), ...(hasLast ? ["the last"] : [])])} of the month`;
}

function describeWeekdays({ numbers, last }: Crontab["weekdays"]): string {
	if (numbers.length === 7) return "";
	const weekday = (number: number) => weekdaysInWords[number] ?? "";
	// The week is told from Monday on.
	const fromMonday = [...numbers.filter((number) => number > 0), ...(numbers.includes(0) ? [7] : [])];
	return list([...inRuns(fromMonday, weekday), ...last.map((number) => `the last ${weekday(number)} of the month`)]);
}

function describeMonths({ months }: Crontab): string {
	return months.length === 12 ? "" : `in ${list(inRuns(months, (month) => monthsInWords[month - 1] ?? ""))}`;
}

const clock = (hour: number, minute: number) => `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;

const plural = (noun: string, numbers: readonly number[]) => (numbers.length === 1 ? noun : `${noun}s`);

const count = (number: number, noun: string) => (number === 1 ? noun : `${number} ${noun}s`);

/** The distance from each number to the next, if it is always the same. */
function stepOf(numbers: readonly number[]): number | undefined {
	const [first, second] = numbers;
	if (first === undefined || second === undefined) return undefined;
	const step = second - first;
	return numbers.every((number, index) => number === first + index * step) ? step : undefined;
}

/** `1 to 5`, where three or more follow each other. */
function inRuns(numbers: readonly number[], name: (number: number) => string = String): string[] {
	const runs: number[][] = [];
	for (const number of numbers) {
		const run = runs.at(-1);
		if (run && run.at(-1) === number - 1) run.push(number);
		else runs.push([number]);
	}
	return runs.flatMap((run) =>
		run.length < 3 ? run.map(name) : `${name(run[0] as number)} to ${name(run.at(-1) as number)}`,
	);
}

function list(parts: readonly string[]): string {
	return parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
