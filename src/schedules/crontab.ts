/** Five fields of a crontab, read as Unix cron reads them, and refused in a sentence where they could mean two things. */
import { nextReading } from "./crontab-moments.ts";

/** What an expression says. Lists are sorted and hold each number once. */
export interface Crontab {
	/** As it was written, with single blanks. */
	expression: string;
	minutes: readonly number[];
	hours: readonly number[];
	days: DaysOfMonth;
	months: readonly number[];
	weekdays: Weekdays;
	/** Both kinds of day are restricted, so a day that fits either is enough; else it must fit both. */
	isEitherDay: boolean;
	/** True if it runs in every hour: then it follows real time through zone transitions. */
	isEveryHour: boolean;
}

export interface DaysOfMonth {
	numbers: readonly number[];
	hasLast: boolean;
}

export interface Weekdays {
	/** 0 is Sunday. */
	numbers: readonly number[];
	/** Weekdays of which only the last of a month counts. */
	last: readonly number[];
}

interface Field {
	name: string;
	lowest: number;
	highest: number;
	/** Names of the numbers from `lowest` on. */
	names: readonly string[];
}

export const monthNames = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
export const weekdayNames = "sun mon tue wed thu fri sat".split(" ");

const minuteField = { name: "minute", lowest: 0, highest: 59, names: [] } satisfies Field;
const hourField = { name: "hour", lowest: 0, highest: 23, names: [] } satisfies Field;
const dayField = { name: "day of month", lowest: 1, highest: 31, names: [] } satisfies Field;
const monthField = { name: "month", lowest: 1, highest: 12, names: monthNames } satisfies Field;
/** 7 is Sunday too. */
const weekdayField = { name: "day of week", lowest: 0, highest: 6, names: weekdayNames } satisfies Field;

/** All minutes written out are 169 characters; nobody writes more than that by hand. */
export const MAX_EXPRESSION_LENGTH = 256;
/** The longest that each month ever is. */
const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

class CrontabFault extends Error {}

/** Why an expression is not even read. */
export const tooLong = (text: string): string =>
	`The expression has ${text.length} characters; ${MAX_EXPRESSION_LENGTH} are the most.`;

/** Reads an expression. A fault is a sentence for who wrote it. */
export function readCrontab(text: string): Crontab | { fault: string } {
	try {
		return parse(text);
	} catch (thrown) {
		if (thrown instanceof CrontabFault) return { fault: thrown.message };
		throw thrown;
	}
}

function parse(text: string): Crontab {
	if (text.length > MAX_EXPRESSION_LENGTH) throw new CrontabFault(tooLong(text));
	const fields = text.trim().split(/[ \t]+/);
	if (fields[0]?.startsWith("@")) {
		throw new CrontabFault(`"${fields[0]}" is not taken: write the five fields, as 0 0 * * * for every midnight.`);
	}
	if (fields.length !== 5) {
		const count = text.trim() === "" ? 0 : fields.length;
		throw new CrontabFault(
			`An expression has five fields (minute, hour, day of month, month, day of week); this one has ${count}.`,
		);
	}
	const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
	const hours = readNumbers(hour, hourField);
	const crontab: Crontab = {
		expression: fields.join(" "),
		minutes: readNumbers(minute, minuteField),
		hours,
		days: readDays(day),
		months: readNumbers(month, monthField),
		weekdays: readWeekdays(weekday),
		isEitherDay: !day.startsWith("*") && !weekday.startsWith("*"),
		isEveryHour: hours.length === 24,
	};
	assertComes(crontab);
	return crontab;
}

function readDays(text: string): DaysOfMonth {
	const parts = splitList(text, dayField);
	const numbers = parts.filter((part) => part !== "l");
	return { numbers: readParts(numbers, dayField), hasLast: numbers.length < parts.length };
}

function readWeekdays(text: string): Weekdays {
	const parts = splitList(text, weekdayField);
	const isLast = (part: string) => part.length > 1 && part.endsWith("l") && !part.includes("-") && !part.includes("/");
	const last = parts.filter(isLast).map((part) => readNumber(part.slice(0, -1), weekdayField) % 7);
	const numbers = readParts(
		parts.filter((part) => !isLast(part)),
		weekdayField,
	);
	return { numbers, last: sortOnce(last) };
}

const readNumbers = (text: string, field: Field) => readParts(splitList(text, field), field);

function splitList(text: string, { name }: Field): string[] {
	const parts = text.toLowerCase().split(",");
	if (parts.includes("")) throw new CrontabFault(`The list "${text}" (${name}) has an empty place.`);
	return parts;
}

function readParts(parts: readonly string[], field: Field): number[] {
	return sortOnce(parts.flatMap((part) => readPart(part, field)));
}

const sortOnce = (numbers: readonly number[]) => [...new Set(numbers)].sort((a, b) => a - b);

/** `*`, `5`, `1-5`, each but the number with a step. */
function readPart(part: string, field: Field): number[] {
	const [range = "", step, ...more] = part.split("/");
	const [first, last, ...rest] = range === "*" ? [field.lowest, field.highest] : readRange(range, field);
	if (more.length > 0 || rest.length > 0 || first === undefined) throw faultOfPart(part, field);
	if (step !== undefined && last === undefined) {
		const from = field === weekdayField ? first % 7 : first;
		readStep(step, field.highest - from, part, field);
		throw new CrontabFault(
			`"${part}" (${field.name}) can be read in two ways: write ${from}-${field.highest}/${step}.`,
		);
	}
	const end = last ?? first;
	if (end < first) {
		const wrapped = `${range.split("-")[0]}-${field.highest},${field.lowest}-${range.split("-")[1]}`;
		throw new CrontabFault(`"${range}" (${field.name}) runs backwards: write ${wrapped}.`);
	}
	const every = step === undefined ? 1 : readStep(step, end - first, part, field);
	const numbers: number[] = [];
	for (let number = first; number <= end; number += every) {
		numbers.push(field === weekdayField ? number % 7 : number);
	}
	return numbers;
}

function readRange(range: string, field: Field): number[] {
	const numbers = range.split("-").map((text) => readNumber(text, field, range));
	// sat-sun: a week that is written as it is lived ends with Sunday.
	const [first] = numbers;
	const endsOnSunday = field === weekdayField && range.endsWith("-sun") && first !== undefined && first > 0;
	return endsOnSunday ? [first, 7, ...numbers.slice(2)] : numbers;
}

/** @param part what it stands in, for the sentence that refuses it */
function readNumber(text: string, field: Field, part = text): number {
	const named = field.names.indexOf(text);
	if (named >= 0) return field.lowest + named;
	if (!/^\d{1,4}$/.test(text)) throw faultOfPart(part, field);
	const highest = field === weekdayField ? 7 : field.highest;
	const number = Number(text);
	if (number >= field.lowest && number <= highest) return number;
	throw new CrontabFault(`${number} is no ${field.name}: it goes from ${field.lowest} to ${highest}.`);
}

function readStep(text: string, span: number, part: string, field: Field): number {
	const step = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
	if (step >= 1 && step <= span) return step;
	const steps = span >= 1 ? `a step there goes from 1 to ${span}` : "one value takes no step";
	throw new CrontabFault(`"${part}" (${field.name}) takes no step of ${text || "nothing"}: ${steps}.`);
}

function faultOfPart(part: string, { name, names }: Field): CrontabFault {
	const hint = names.length > 0 ? `, names (${names[0]} to ${names.at(-1)})` : "";
	const last = name === "day of month" ? ", L" : name === "day of week" ? ", a day with L (5L)" : "";
	return new CrontabFault(
		`"${part}" (${name}) is not understood: it takes *, numbers${hint}${last}, ranges (1-5), steps (*/2) and lists (1,2).`,
	);
}

/** The years from it on have every calendar that there is within 28 years. */
const startOfSearch = Date.UTC(2000, 0, 1);

/** Throws for what no calendar has, such as 31 February, or a last Monday that is the 21st. */
function assertComes(crontab: Crontab): void {
	if (nextReading(crontab, startOfSearch) !== null) return;
	const { days, months, expression } = crontab;
	const hasDay =
		days.hasLast || months.some((month) => days.numbers.some((day) => day <= (longestMonths[month - 1] ?? 0)));
	throw new CrontabFault(
		hasDay
			? `"${expression}" never comes: no day is both that day of the month and that day of the week.`
			: `"${expression}" never comes: none of its months has a day ${days.numbers.join(" or ")}.`,
	);
}
