/** A moment as the clocks of its zone show it, and what a zone transition did to it. */
import { nextReading } from "./crontab-moments.ts";
import { nextOfGrid } from "./moments.ts";
import { firstMomentOf, formatOffset, formatReading, offsetAt, readingAt } from "./time-zone.ts";
import type { Timing } from "./timing.ts";

const DAY_MS = 86_400_000;

export interface ExplainedMoment {
	moment: number;
	/** `2026-03-29 03:00` */
	local: string;
	/** `+02:00` */
	offset: string;
	/** A sentence, where a transition moved it or its reading comes twice. */
	note: string | null;
}

/** @param moment one of the moments of the schedule */
export function explainMoment(timing: Timing, moment: number): ExplainedMoment {
	const { timeZone } = timing;
	return {
		moment,
		local: formatReading(readingAt(timeZone, moment)),
		offset: formatOffset(offsetAt(timeZone, moment)),
		note: noteOnGap(timing, moment) ?? noteOnRepeat(timing, moment),
	};
}

function noteOnGap(timing: Timing, moment: number): string | null {
	const from = moment + offsetAt(timing.timeZone, moment - 1);
	const to = readingAt(timing.timeZone, moment);
	const swallowed = firstReadingAfter(timing, from - 1);
	if (swallowed === null || swallowed >= to) return null;
	return `${formatReading(swallowed)} never comes: the clocks go from ${timeOf(from)} to ${timeOf(to)}.`;
}

/** The first reading that is due once, even if the clocks skip it; null for kinds that follow real time. */
function firstReadingAfter(timing: Timing, after: number): number | null {
	if (timing.kind === "crontab" && !timing.crontab.isEveryHour) return nextReading(timing.crontab, after);
	if (timing.kind !== "interval" || timing.unit !== "days") return null;
	return nextOfGrid(readingAt(timing.timeZone, timing.anchorAt), timing.every * DAY_MS, after);
}

function noteOnRepeat(timing: Timing, moment: number): string | null {
	const { timeZone } = timing;
	const reading = readingAt(timeZone, moment);
	if (firstMomentOf(timeZone, reading) < moment) return `${timeOf(reading)} comes twice: this is the second time.`;
	// Shown again after the clocks went back: then the offset of a day later makes this reading of a later moment.
	const later = reading - offsetAt(timeZone, moment + DAY_MS);
	if (later <= moment || readingAt(timeZone, later) !== reading) return null;
	const follows = timing.kind === "crontab" && timing.crontab.isEveryHour;
	return `${timeOf(reading)} comes twice: this is the first time${follows ? "" : ", and the only one that counts"}.`;
}

const timeOf = (reading: number) => formatReading(reading).slice(11);
