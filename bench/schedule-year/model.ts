/**
 * What one schedule has to do, told a second time and as plainly as possible: from a list of moments, the policies, and which
 * of its tasks have not ended. It follows the log of the database, transaction by transaction, and says where that is not
 * what was promised.
 */
import type { LoggedSchedule, LoggedTick } from "./contract.ts";
import type { Policies } from "./plan.ts";

const MINUTE_MS = 60_000;
const GRACE_MS = 2 * MINUTE_MS;
const LOOK_AGAIN_MS = MINUTE_MS;
/** The documented bounds of one transaction, and of what is counted. A dispatcher that has done much already leaves more for the next minute. */
const MAX_TICKS_AT_ONCE = 25;
const MAX_COUNTED = 1000;

/** Everything that one transaction wrote about a schedule. */
export interface Transaction {
	schedule: LoggedSchedule;
	/** As they are at its end. */
	ticks: LoggedTick[];
	/** When each of its tasks is due, by id. */
	tasks: Map<string, number>;
}

/** What was asked of the API for it. */
export interface Change {
	moments?: readonly number[];
	policies?: Policies;
	enabled?: boolean;
}

type Expected = Pick<LoggedTick, "moment" | "outcome" | "reason" | "lastMoment" | "count">;

interface Prediction {
	ticks: Expected[];
	dealtWithUntil: number | null;
	heldMoment: number | null;
	lookAt: number | null;
}

export class ScheduleModel {
	readonly name: string;
	readonly isUnique: boolean;
	isEnabled = true;
	isDeleted = false;
	/** Tasks that were fired and have not ended. */
	readonly unended = new Set<string>();
	runCount = 0;
	/** Moments that were dealt with. */
	ticksDue = 0;
	heldMoment: number | null = null;
	lookAt: number | null = null;
	/** Due moments by what became of them: `fired`, or why not. */
	readonly outcomes = new Map<string, number>();
	readonly violations: string[] = [];
	#moments: readonly number[];
	#policies: Policies;
	#since: number;
	#dealtWithUntil: number | null = null;
	#updatedAt: number;
	readonly #firedMoments = new Set<number>();
	/** Where in the moments those begin that were not dealt with. */
	#at = 0;

	constructor(
		about: { name: string; isUnique: boolean; policies: Policies; moments: readonly number[] },
		createdAt: number,
	) {
		this.name = about.name;
		this.isUnique = about.isUnique;
		this.#policies = about.policies;
		this.#moments = about.moments;
		this.#since = createdAt;
		this.#updatedAt = createdAt;
		this.#findPlace();
		this.lookAt = this.nextMoment();
	}

	/** The first moment that was not dealt with; null where none is known. */
	nextMoment(): number | null {
		return this.isEnabled && !this.isDeleted ? (this.#moments[this.#at] ?? null) : null;
	}

	/** The moments up to `now` that nobody dealt with. */
	due(now: number): number[] {
		const due: number[] = [];
		if (!this.isEnabled || this.isDeleted) return due;
		for (let at = this.#at; at < this.#moments.length; at++) {
			const moment = this.#moments[at] as number;
			if (moment > now) break;
			due.push(moment);
		}
		return due;
	}

	/** Follows a dispatcher. @param nows the moments of which dispatchers were told that they are now */
	followDispatch({ schedule, ticks, tasks }: Transaction, nows: readonly number[]): void {
		// A tick that waits is looked at without a note in the history: which dispatcher did, its next look tells.
		const predictions = (ticks[0] ? [ticks[0].dealtWithAt] : nows).map((now) => ({
			now,
			...this.#predict(now, schedule.dealtWithUntil),
		}));
		const [first] = predictions as [(typeof predictions)[0]];
		const prediction = predictions.find(({ lookAt }) => lookAt === schedule.lookAt) ?? first;
		const { now } = prediction;
		this.#expect(`the ticks at ${iso(now)}`, ticks.map(plainly), prediction.ticks);
		this.#expect("dealt_with_until", schedule.dealtWithUntil, prediction.dealtWithUntil);
		this.#expect("held_moment", schedule.heldMoment, prediction.heldMoment);
		if (prediction.lookAt !== null) this.#expect("look_at", schedule.lookAt, prediction.lookAt);
		if (!nows.includes(now)) this.violations.push(`${this.name}: dispatched at ${iso(now)}, which nobody was told`);
		this.#followTasks(ticks, tasks, now);
		const from = this.#at;
		this.#dealtWithUntil = schedule.dealtWithUntil;
		this.heldMoment = schedule.heldMoment;
		this.lookAt = schedule.lookAt;
		this.#findPlace();
		this.ticksDue += Math.max(0, this.#at - from);
	}

	/** Follows a change that was asked for. */
	followChange({ schedule, ticks }: Transaction, { moments, policies, enabled }: Change): void {
		const now = schedule.updatedAt;
		const left = this.due(now);
		if (left.length > 0) {
			this.#count("lost", left.length);
			this.violations.push(`${this.name}: a change lost what was due at ${left.slice(0, 3).map(iso).join(", ")}`);
		}
		const beginsAnew = moments !== undefined || (enabled === true && !this.isEnabled);
		this.isEnabled = enabled ?? this.isEnabled;
		const given = !this.isEnabled && this.heldMoment !== null ? [noted(this.heldMoment, "disabled")] : [];
		this.#expect("the ticks of a change", ticks.map(plainly), given);
		for (const { reason } of given) this.#count(reason ?? "", 1);
		if (!this.isEnabled) this.heldMoment = null;
		if (beginsAnew) this.#since = now;
		if (moments) this.#moments = moments;
		this.#policies = policies ?? this.#policies;
		this.#updatedAt = now;
		this.#findPlace();
		const next = this.nextMoment();
		const lookAt = this.heldMoment === null ? next : this.lookAt;
		this.#expect("since", schedule.since, this.#since);
		this.#expect("held_moment", schedule.heldMoment, this.heldMoment);
		this.#expect("dealt_with_until", schedule.dealtWithUntil, this.#dealtWithUntil);
		if (lookAt !== null || !this.isEnabled) this.#expect("look_at", schedule.lookAt, lookAt);
		this.lookAt = schedule.lookAt;
	}

	/** Whether nothing of the schedule would be due after a change, which is the reason to refuse it. */
	mayBeRefused({ moments, enabled }: Change, status: number, now: number): boolean {
		const isToCome = (moment: number) => moment > now;
		if (moments) return status === 400 && !moments.some(isToCome);
		return enabled === true && !this.isEnabled && status === 409 && !this.#moments.some(isToCome);
	}

	isChange({ updatedAt }: LoggedSchedule): boolean {
		return updatedAt !== this.#updatedAt;
	}

	/** Follows a run by hand. @returns whether it was to be */
	followRunByHand(taskId: string | undefined): void {
		const isExpected = !(this.isUnique && this.unended.size > 0);
		this.#expect("a run by hand", taskId !== undefined, isExpected);
		if (taskId === undefined) return;
		this.unended.add(taskId);
		this.runCount++;
	}

	/** @param until as far as the dispatcher came */
	#predict(now: number, until: number | null): Prediction {
		const due = this.due(now);
		const { misfire, misfire_limit, overlap } = this.#policies;
		const onTime = due.filter((moment) => moment >= now - GRACE_MS);
		const missed = due.filter((moment) => moment < now - GRACE_MS);
		const madeUpFor = {
			skip: () => [],
			once: () => (onTime.length > 0 ? [] : missed.slice(-1)),
			all: () => missed.slice(-misfire_limit),
		}[misfire]();
		const reason = { skip: "missed", once: "covered_by_later", all: "over_limit" }[misfire];
		const passedOver = missed.slice(0, missed.length - madeUpFor.length);
		const planned = [...madeUpFor, ...onTime];
		const last = planned.indexOf(until ?? 0);
		const started = planned.slice(0, Math.min(last < 0 ? planned.length : last + 1, MAX_TICKS_AT_ONCE));
		const ticks: Expected[] = passedOver[0] === undefined ? [] : [notedTogether(passedOver, reason)];

		let isBusy = this.unended.size > 0;
		let held = this.heldMoment;
		const fired: number[] = [];
		const waited = held;
		if (waited !== null && (!isBusy || overlap === "allow")) {
			fired.push(waited);
			held = null;
			isBusy = true;
		}
		for (const moment of started) {
			if (!isBusy || overlap === "allow") fired.push(moment);
			else if (overlap === "skip") ticks.push(noted(moment, "still_running"));
			else if (held === null) {
				held = moment;
				ticks.push({ ...noted(moment, "still_running"), outcome: "held" });
			} else ticks.push(noted(moment, "one_waits_already"));
			isBusy = true;
		}
		for (const [index, moment] of fired.entries()) {
			const isEqual = this.isUnique && (this.unended.size > 0 || index > 0);
			ticks.push(isEqual ? noted(moment, "equal_task") : { ...noted(moment, null), outcome: "fired" });
		}
		const isCut = started.length < planned.length;
		const next = isCut ? (planned[started.length] as number) : (this.#moments[this.#at + due.length] ?? null);
		const again = now + LOOK_AGAIN_MS;
		return {
			ticks: ticks.sort((one, other) => one.moment - other.moment),
			dealtWithUntil: (isCut ? started.at(-1) : due.at(-1)) ?? this.#dealtWithUntil,
			heldMoment: held,
			lookAt: held === null ? next : Math.min(next ?? again, again),
		};
	}

	#followTasks(ticks: readonly LoggedTick[], tasks: ReadonlyMap<string, number>, now: number): void {
		const jitterMs = this.#policies.jitter_seconds * 1000;
		for (const { outcome, moment, taskId, reason, lastMoment } of ticks) {
			const isNote = (one: number) => one >= moment && one <= (lastMoment ?? moment);
			const count = lastMoment === null ? 1 : this.#moments.filter(isNote).length;
			if (outcome !== "held") this.#count(outcome === "fired" ? "fired" : (reason ?? outcome), count);
			if (outcome !== "fired") continue;
			const dueAt = tasks.get(taskId ?? "");
			const isRight = dueAt !== undefined && dueAt >= now && dueAt <= Math.max(now, moment + jitterMs);
			if (!isRight) this.violations.push(`${this.name}: the tick of ${iso(moment)} has not its one task in time`);
			if (this.#firedMoments.has(moment)) {
				this.#count("doubled", 1);
				this.violations.push(`${this.name}: ${iso(moment)} fired twice`);
			}
			this.#firedMoments.add(moment);
			this.unended.add(taskId ?? "");
			this.runCount++;
		}
		const fired = ticks.filter(({ outcome }) => outcome === "fired").length;
		this.#expect("the number of tasks", tasks.size, fired);
	}

	#findPlace(): void {
		const from = Math.max(this.#since, this.#dealtWithUntil ?? this.#since);
		let [low, high] = [0, this.#moments.length];
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((this.#moments[middle] as number) > from) high = middle;
			else low = middle + 1;
		}
		this.#at = low;
	}

	#count(outcome: string, more: number): void {
		this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + more);
	}

	#expect(what: string, found: unknown, expected: unknown): void {
		const [is, should] = [JSON.stringify(found), JSON.stringify(expected)];
		if (is !== should) this.violations.push(`${this.name}: ${what}: ${is} instead of ${should}`);
	}
}

export const iso = (moment: number): string => new Date(moment).toISOString();

const noted = (moment: number, reason: string | null): Expected => ({
	moment,
	outcome: "skipped",
	reason,
	lastMoment: null,
	count: 1,
});

const notedTogether = (moments: readonly number[], reason: string): Expected => ({
	moment: moments[0] as number,
	outcome: "skipped",
	reason,
	lastMoment: moments.at(-1) as number,
	count: Math.min(moments.length, MAX_COUNTED),
});

/** Without what only the database knows; in the order of the moments. */
const plainly = ({ moment, outcome, reason, lastMoment, count }: LoggedTick | Expected): Expected => ({
	moment,
	outcome,
	reason,
	lastMoment,
	count,
});
