/** Which due moments of a schedule become ticks now, which are noted as skipped, and when to look again. */
import { latestMoments, latestMomentUntil, momentsBetween, nextMoment } from "./moments.ts";
import type { Timing } from "./timing.ts";

export const misfirePolicies = ["skip", "once", "all"] as const;
/** What becomes of moments that nobody dealt with in time: none fires, one stands for all, or all up to a limit. */
export type MisfirePolicy = (typeof misfirePolicies)[number];

/** The run of each minute may come late or once not at all before anything counts as missed. */
export const DEFAULT_GRACE_MS = 2 * 60_000;
/** The most missed moments that `all` makes up for at once. */
export const MAX_MISFIRE_LIMIT = 100;
/** An absence of months is not counted to its end: it says "at least". */
const MAX_COUNTED = 1000;

export interface TickQuestion {
	timing: Timing;
	misfire: MisfirePolicy;
	/** Of `all`: how many missed moments fire, the latest ones. From 1 to `MAX_MISFIRE_LIMIT`. */
	misfireLimit: number;
	/** Moments up to it are none of the schedule's: when it was created, enabled or last given another timing. */
	since: number;
	/** The latest moment that has been fired or skipped; null: none yet. */
	dealtWithUntil: number | null;
	now: number;
	/** How late a moment may be and still count as on time. */
	graceMs?: number;
}

export interface TickPlan {
	/** Oldest first. */
	fire: DueTick[];
	skipped: SkippedTicks[];
	/** What the schedule's `dealtWithUntil` is once the plan is carried out. */
	dealtWithUntil: number | null;
	/** When the schedule is due next; null: never again. */
	nextMoment: number | null;
}

export interface DueTick {
	moment: number;
	isMissed: boolean;
}

/** A run of moments that do not fire, in one piece: a week of minutes is one note, not 10,080. */
export interface SkippedTicks {
	reason: SkipReason;
	first: number;
	last: number;
	count: number;
	/** False: there are more than `count`. */
	isCountExact: boolean;
}

/** The policy is `skip`; a later tick stands for it (`once`); it is older than the limit of `all` reaches. */
export type SkipReason = "missed" | "covered_by_later" | "over_limit";

/**
 * Plans the ticks that are due. A moment at or before the latest that was dealt with, or before `since`, is never fired,
 * whatever the clock says: two runs at once make the same plan, and a clock that went back makes an empty one.
 */
export function planTicks(question: TickQuestion): TickPlan {
	const { timing, since, dealtWithUntil, now, graceMs = DEFAULT_GRACE_MS } = question;
	const from = Math.max(since, dealtWithUntil ?? since);
	const latest = latestMomentUntil(timing, from, now);
	if (latest === null) return { fire: [], skipped: [], dealtWithUntil, nextMoment: nextMoment(timing, from) };

	const onTimeAfter = Math.max(from, now - graceMs - 1);
	const onTime = latestMoments(timing, onTimeAfter, now, MAX_MISFIRE_LIMIT);
	// Only a grace of hours has more moments on time than can be made up for at once; the rest counts as missed.
	const missedUntil = onTime[0] === undefined ? now : onTime[0] - 1;
	const madeUpFor = latestMoments(timing, from, missedUntil, countMadeUpFor(question, onTime.length));
	const skippedUntil = madeUpFor[0] === undefined ? missedUntil : madeUpFor[0] - 1;
	const skipped = summarizeMoments(timing, from, skippedUntil);
	return {
		fire: [
			...madeUpFor.map((moment) => ({ moment, isMissed: true })),
			...onTime.map((moment) => ({ moment, isMissed: false })),
		],
		skipped: skipped ? [{ reason: reasons[question.misfire], ...skipped }] : [],
		dealtWithUntil: latest,
		nextMoment: nextMoment(timing, latest),
	};
}

const reasons = { skip: "missed", once: "covered_by_later", all: "over_limit" } satisfies Record<
	MisfirePolicy,
	SkipReason
>;

function countMadeUpFor({ misfire, misfireLimit }: TickQuestion, ticksOnTime: number): number {
	switch (misfire) {
		case "skip":
			return 0;
		case "once":
			return ticksOnTime > 0 ? 0 : 1;
		case "all":
			return Math.min(misfireLimit, MAX_MISFIRE_LIMIT);
	}
}

/** The moments after `after`, up to `until` and with it, as one note; undefined where there is none. */
export function summarizeMoments(
	timing: Timing,
	after: number,
	until: number,
): Omit<SkippedTicks, "reason"> | undefined {
	const last = latestMomentUntil(timing, after, until);
	const counted = momentsBetween(timing, after, until, MAX_COUNTED + 1);
	const [first] = counted;
	if (first === undefined || last === null) return undefined;
	return {
		first,
		last,
		count: Math.min(counted.length, MAX_COUNTED),
		isCountExact: counted.length <= MAX_COUNTED,
	};
}
