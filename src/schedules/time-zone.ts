/**
 * What clocks on walls show. A *reading* is such a time (2026-03-29 02:30) as if it were UTC, in milliseconds; a *moment* is a
 * point in real time, in milliseconds since 1970. The zone's offsets come from the platform's Intl.
 */

const DAY_MS = 86_400_000;
/** `Europe/Madrid`, `UTC`, `Etc/GMT+5`; not `+02:00`, which Intl takes too but is no zone with rules. */
const zoneName = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+){0,2}$/;
const MAX_ZONE_LENGTH = 64;
/** Each holds some kilobytes; an isolate that has seen every zone there is must not keep them all. */
const MAX_FORMATS_KEPT = 50;

const formats = new Map<string, Intl.DateTimeFormat>();

/** A name of the IANA database in its usual capitals, or a sentence that says why it is none. */
export function readTimeZone(text: string): string | { fault: string } {
	const format = text.length <= MAX_ZONE_LENGTH && zoneName.test(text) ? formatOf(text) : undefined;
	if (format === undefined) {
		const shown = JSON.stringify(text.slice(0, MAX_ZONE_LENGTH));
		return { fault: `${shown} is no time zone: give a name of the IANA database, such as Europe/Madrid or UTC.` };
	}
	const resolved = format.resolvedOptions().timeZone;
	// An alias keeps the name it was given: Asia/Kolkata resolves to Asia/Calcutta, which nobody there would look for.
	return resolved.toLowerCase() === text.toLowerCase() ? resolved : text;
}

/** How far the zone's clocks are before UTC at a moment, in milliseconds. */
export function offsetAt(zone: string, moment: number): number {
	const format = formatOf(zone);
	if (format === undefined) throw new RangeError(`no time zone: ${zone}`);
	return readOffset(format.format(moment));
}

/**
 * The offset at the end of a date as Intl writes it, in milliseconds: `GMT+05:30`, `GMT-00:44:30`, and for none `GMT` or
 * `GMT+00:00`, which changed from one version of ICU to another.
 */
export function readOffset(date: string): number {
	const parts = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(date);
	if (!parts) throw new Error(`Intl wrote no offset: ${date}`);
	const [, sign, hours = 0, minutes = 0, seconds = 0] = parts;
	const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
	return sign === "-" ? -size : size;
}

/** What the zone's clocks show at a moment. */
export function readingAt(zone: string, moment: number): number {
	return moment + offsetAt(zone, moment);
}

/**
 * The first moment at which the zone's clocks show a reading or a later one: of a reading that comes twice the first time, of
 * one that never comes the end of the gap. So a later reading never has an earlier moment.
 */
export function firstMomentOf(zone: string, reading: number): number {
	// Clocks are at most 14 hours from UTC, so the moment lies between these two.
	const [from, to] = [reading - DAY_MS, reading + DAY_MS];
	const before = reading - offsetAt(zone, from);
	const after = reading - offsetAt(zone, to);
	if (before === after) return before;
	const transition = findTransition(zone, from, to);
	if (before < transition) return before;
	return Math.max(after, transition);
}

/** The latest reading that the zone's clocks have shown up to a moment: more than they show while an hour comes again. */
export function latestReadingUntil(zone: string, moment: number): number {
	const offset = offsetAt(zone, moment);
	const earlier = offsetAt(zone, moment - DAY_MS);
	if (earlier <= offset) return moment + offset;
	const transition = findTransition(zone, moment - DAY_MS, moment);
	return Math.max(moment + offset, transition - 1 + earlier);
}

/**
 * The first moment of the new offset, to the second.
 *
 * @param from a moment before the transition
 * @param to a moment with another offset, not so far that there might be two transitions between them
 */
export function findTransition(zone: string, from: number, to: number): number {
	const offset = offsetAt(zone, from);
	let [before, after] = [Math.floor(from / 1000), Math.ceil(to / 1000)];
	while (after - before > 1) {
		const middle = Math.floor((before + after) / 2);
		if (offsetAt(zone, middle * 1000) === offset) before = middle;
		else after = middle;
	}
	return after * 1000;
}

/** `2026-03-29 02:30`, with seconds where there are any. */
export function formatReading(reading: number): string {
	const [date = "", time = ""] = new Date(reading).toISOString().split("T");
	return `${date} ${time.slice(0, 5)}${time.slice(5, 8).replace(":00", "")}`;
}

/** `+02:00`. */
export function formatOffset(offset: number): string {
	const time = new Date(Math.abs(offset)).toISOString();
	return `${offset < 0 ? "-" : "+"}${time.slice(11, 16)}${time.slice(16, 19).replace(":00", "")}`;
}

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
	const kept = formats.get(zone);
	if (kept) return kept;
	let format: Intl.DateTimeFormat;
	try {
		format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
	} catch {
		return undefined;
	}
	if (formats.size >= MAX_FORMATS_KEPT) formats.clear();
	formats.set(zone, format);
	return format;
}
