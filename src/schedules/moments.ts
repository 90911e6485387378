/** The moments of a schedule, from one to the next, between two, and the latest of many. Nothing here asks for the time. */
import { nextCrontabMoment } from "./crontab-moments.ts";
import { firstMomentOf, latestReadingUntil, readingAt } from "./time-zone.ts";
import type { IntervalTiming, Timing } from "./timing.ts";

const DAY_MS = 86_400_000;
const unitMs = { minutes: 60_000, hours: 3_600_000, days: DAY_MS };

/** The first moment after a moment; null when none comes any more. */
export function nextMoment(timing: Timing, after: number): number | null {
	const from = timing.startsAt === null ? after : Math.max(after, timing.startsAt - 1);
	const moment = nextOfKind(timing, from);
	return moment === null || (timing.endsAt !== null && moment >= timing.endsAt) ? null : moment;
}

/**
 * The moments after `after`, up to `until` and with it, oldest first.
 *
 * @param limit the most that are returned; each takes some 10 µs
 */
export function momentsBetween(timing: Timing, after: number, until: number, limit: number): number[] {
	const moments: number[] = [];
	for (let last = after; moments.length < limit; ) {
		const moment = nextMoment(timing, last);
		if (moment === null || moment > until) break;
		moments.push(moment);
		last = moment;
	}
	return moments;
}

/** The next moments after a moment, at most `count`. */
export function nextMoments(timing: Timing, after: number, count: number): number[] {
	return momentsBetween(timing, after, Number.POSITIVE_INFINITY, count);
}

/** The latest of the moments after `after`, up to `until` and with it; found by halves, so a long absence costs no more. */
export function latestMomentUntil(timing: Timing, after: number, until: number): number | null {
	const comesBy = (moment: number | null) => moment !== null && moment <= until;
	let latest = nextMoment(timing, after);
	if (!comesBy(latest)) return null;
	for (let low = after, high = until; high - low > 1; ) {
		const middle = Math.floor((low + high) / 2);
		const moment = nextMoment(timing, middle);
		if (comesBy(moment)) [low, latest] = [middle, moment];
		else high = middle;
	}
	return latest;
}

/** The latest moments after `after`, up to `until` and with it, at most `count`, oldest first. */
export function latestMoments(timing: Timing, after: number, until: number, count: number): number[] {
	const moments: number[] = [];
	for (let end = until; moments.length < count; ) {
		const moment = latestMomentUntil(timing, after, end);
		if (moment === null) break;
		moments.unshift(moment);
		end = moment - 1;
	}
	return moments;
}

function nextOfKind(timing: Timing, after: number): number | null {
	switch (timing.kind) {
		case "crontab":
			return nextCrontabMoment(timing.crontab, timing.timeZone, after);
		case "interval":
			return nextOfInterval(timing, after);
		case "one_off":
			return timing.at > after ? timing.at : null;
	}
}

/** Minutes and hours are counted in real time; days keep the time of day that the anchor had on the zone's clocks. */
function nextOfInterval({ every, unit, anchorAt, timeZone }: IntervalTiming, after: number): number {
	if (after < anchorAt) return anchorAt;
	const period = every * unitMs[unit];
	if (unit !== "days") return anchorAt + (Math.floor((after - anchorAt) / period) + 1) * period;
	return firstMomentOf(
		timeZone,
		nextOfGrid(readingAt(timeZone, anchorAt), period, latestReadingUntil(timeZone, after)),
	);
}

/** The first reading of an interval of days after a reading. */
export function nextOfGrid(anchor: number, period: number, after: number): number {
	return anchor + (Math.floor((after - anchor) / period) + 1) * period;
}
