/**
 * When the schedules of the year are due, by brute force: what the clocks of each zone show in each of its minutes. Nothing
 * of `src/schedules` is asked.
 */
import { bruteForceMoments, wallMinutes } from "../../test/support/node/brute-force-moments.ts";
import type { YearTiming } from "./plan.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The moments of each timing from `from` up to and without `to`, oldest first. */
export function computeMoments(
	timings: readonly YearTiming[],
	from: number,
	to: number,
	onProgress: (text: string) => void,
): Map<YearTiming, number[]> {
	const found = new Map<YearTiming, number[]>();
	const zones = [...new Set(timings.map(({ zone }) => zone))];
	for (const [index, zone] of zones.entries()) {
		onProgress(`the clocks of ${zone} (${index + 1} of ${zones.length})`);
		// A day more: of an interval of days the moments are counted from its anchor.
		const minutes = wallMinutes(zone, from - DAY_MS, to);
		for (const timing of timings) {
			if (timing.zone !== zone) continue;
			const moments = momentsOf(timing, to, (expression) => bruteForceMoments(expression, minutes));
			const { startsAt = from, endsAt = to } = timing;
			found.set(
				timing,
				moments.filter((moment) => moment >= Math.max(from, startsAt) && moment < Math.min(to, endsAt)),
			);
		}
	}
	return found;
}

function momentsOf(timing: YearTiming, to: number, ofCrontab: (expression: string) => number[]): number[] {
	switch (timing.kind) {
		case "crontab":
			return ofCrontab(timing.expression);
		case "one_off":
			return [timing.at];
		case "days": {
			const daily = ofCrontab(timing.dailyExpression);
			// Of Canada, days are written as in ISO 8601.
			const calendar = new Intl.DateTimeFormat("en-CA", { timeZone: timing.zone });
			const first = daily.findIndex((moment) => calendar.format(moment) === timing.firstDay);
			return daily.slice(first).filter((_, day) => day % timing.every === 0);
		}
		case "minutes": {
			const moments: number[] = [];
			for (let moment = timing.anchorAt; moment < to; moment += timing.every * MINUTE_MS) moments.push(moment);
			return moments;
		}
	}
}
