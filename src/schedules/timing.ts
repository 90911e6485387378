/** When a schedule is due, as the API's JSON says it and as it is worked with: three kinds, each in a time zone. */
import { z } from "zod";
import { type Crontab, MAX_EXPRESSION_LENGTH, readCrontab, tooLong } from "./crontab.ts";
import { nextMoment } from "./moments.ts";
import { firstMomentOf, readTimeZone } from "./time-zone.ts";

export type Timing = CrontabTiming | IntervalTiming | OneOffTiming;

interface Validity {
	timeZone: string;
	/** No moment before it; null: without beginning. */
	startsAt: number | null;
	/** No moment at it or later; null: without end. */
	endsAt: number | null;
}

export interface CrontabTiming extends Validity {
	kind: "crontab";
	crontab: Crontab;
}

export interface IntervalTiming extends Validity {
	kind: "interval";
	every: number;
	unit: IntervalUnit;
	/** The first moment, from which all others are counted. */
	anchorAt: number;
}

export interface OneOffTiming extends Validity {
	kind: "one_off";
	at: number;
}

export const intervalUnits = ["minutes", "hours", "days"] as const;
export type IntervalUnit = (typeof intervalUnits)[number];

/** About a year, so that a slip of the hand is not taken for a plan. */
const mostOfUnit = { minutes: 60 * 24 * 366, hours: 24 * 366, days: 366 } satisfies Record<IntervalUnit, number>;

const MAX_MOMENT_LENGTH = 40;
const momentText = z.string().max(MAX_MOMENT_LENGTH);
const zoneText = z.string().max(64).default("UTC");
const validity = {
	time_zone: zoneText,
	starts_at: momentText.nullable().default(null),
	ends_at: momentText.nullable().default(null),
};

/** The shape of the JSON alone; `timingSchema` reads what it says too. */
export const timingFields = z.discriminatedUnion("kind", [
	z.strictObject({
		kind: z.literal("crontab"),
		expression: z.string().max(MAX_EXPRESSION_LENGTH, { error: ({ input }) => tooLong(String(input)) }),
		...validity,
	}),
	z.strictObject({
		kind: z.literal("interval"),
		every: z.number().int().min(1),
		unit: z.enum(intervalUnits),
		/** Left out: `starts_at`. */
		anchor_at: momentText.optional(),
		...validity,
	}),
	z.strictObject({ kind: z.literal("one_off"), at: momentText, time_zone: zoneText }),
]);

export type TimingFields = z.output<typeof timingFields>;

/**
 * Reads JSON into a Timing. Moments are ISO 8601, with an offset (`Z`, `+02:00`) or as the clocks of the time zone show them.
 * What is refused is an issue at its field, whose message is a sentence.
 */
export const timingSchema = timingFields.transform((fields, context): Timing => {
	try {
		return readTiming(fields);
	} catch (thrown) {
		if (!(thrown instanceof TimingFault)) throw thrown;
		context.addIssue({ code: "custom", path: [thrown.field], message: thrown.message });
		return z.NEVER;
	}
});

/** The JSON that reads as this Timing: moments in UTC, everything written out. */
export function writeTiming(timing: Timing): TimingFields {
	const text = (moment: number) => new Date(moment).toISOString();
	const valid = {
		time_zone: timing.timeZone,
		starts_at: timing.startsAt === null ? null : text(timing.startsAt),
		ends_at: timing.endsAt === null ? null : text(timing.endsAt),
	};
	switch (timing.kind) {
		case "crontab":
			return { kind: timing.kind, expression: timing.crontab.expression, ...valid };
		case "interval":
			return {
				kind: timing.kind,
				every: timing.every,
				unit: timing.unit,
				anchor_at: text(timing.anchorAt),
				...valid,
			};
		case "one_off":
			return { kind: timing.kind, at: text(timing.at), time_zone: timing.timeZone };
	}
}

class TimingFault extends Error {
	readonly field: string;

	constructor(field: string, sentence: string) {
		super(sentence);
		this.field = field;
	}
}

function readTiming(fields: TimingFields): Timing {
	const timeZone = unlessFault("time_zone", readTimeZone(fields.time_zone));
	if (fields.kind === "one_off") {
		return { kind: "one_off", at: momentOf(fields.at, timeZone, "at"), timeZone, startsAt: null, endsAt: null };
	}
	const optional = (text: string | null | undefined, field: string) =>
		text == null ? null : momentOf(text, timeZone, field);
	const startsAt = optional(fields.starts_at, "starts_at");
	const endsAt = optional(fields.ends_at, "ends_at");
	const timing: Timing =
		fields.kind === "crontab"
			? {
					kind: "crontab",
					crontab: unlessFault("expression", readCrontab(fields.expression)),
					timeZone,
					startsAt,
					endsAt,
				}
			: { ...readInterval(fields, optional(fields.anchor_at, "anchor_at") ?? startsAt), timeZone, startsAt, endsAt };
	if (endsAt !== null && nextMoment(timing, earliestMoment - 1) === null) {
		throw new TimingFault("ends_at", "It is never due: nothing of it lies before ends_at.");
	}
	return timing;
}

function readInterval(
	{ every, unit }: { every: number; unit: IntervalUnit },
	anchorAt: number | null,
): Omit<IntervalTiming, keyof Validity> {
	const most = mostOfUnit[unit];
	if (every > most) throw new TimingFault("every", `An interval has at most ${most} ${unit}.`);
	if (anchorAt === null) {
		throw new TimingFault("anchor_at", "An interval is counted from a moment: give anchor_at, or starts_at.");
	}
	return { kind: "interval", every, unit, anchorAt };
}

const earliestMoment = Date.UTC(2000, 0, 1);
const latestMoment = Date.UTC(2200, 0, 1);

/**
 * Reads a moment: ISO 8601 with an offset, or without one as the zone's clocks show it, where a time that comes twice means
 * the first and one that never comes the end of the gap.
 */
export function readMoment(text: string, timeZone: string): number | { fault: string } {
	const shown = JSON.stringify(text.slice(0, MAX_MOMENT_LENGTH));
	const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?$/i.exec(text);
	const reading = parts ? Date.parse(`${parts[1]}T${parts[2]}${parts[3] ?? ""}Z`) : Number.NaN;
	// 30 February would become a day of March.
	if (Number.isNaN(reading) || !new Date(reading).toISOString().startsWith(`${parts?.[1]}T${parts?.[2]}`)) {
		return { fault: `${shown} is no moment: write 2026-03-29T02:30, with Z or +02:00 if it is not of the time zone.` };
	}
	if (reading < earliestMoment || reading >= latestMoment) {
		return { fault: `${shown} is out of reach: moments lie in the years 2000 to 2199.` };
	}
	const offset = parts?.[4]?.toUpperCase();
	if (offset === undefined) return firstMomentOf(timeZone, reading);
	const moment = offset === "Z" ? reading : Date.parse(`${parts?.[1]}T${parts?.[2]}${parts?.[3] ?? ""}${offset}`);
	return Number.isNaN(moment) ? { fault: `${shown} has an offset that no clock has.` } : moment;
}

function momentOf(text: string, timeZone: string, field: string): number {
	return unlessFault(field, readMoment(text, timeZone));
}

function unlessFault<Value>(field: string, read: Value | { fault: string }): Value {
	if (typeof read === "object" && read !== null && "fault" in read) throw new TimingFault(field, read.fault);
	return read;
}
