/** The simulated year: what is due minute by minute, whoever fails, and what the models of the schedules say about it. */
import { scatterSeed, seededRandom } from "../../test/support/node/seeded-random.ts";
import type { LogEntry, RequestOrder, RunOrder, Sabotage, StepOrder, StepReport } from "./contract.ts";
import { uniqueTask } from "./contract.ts";
import { type Change, iso, ScheduleModel } from "./model.ts";
import { computeMoments } from "./oracle.ts";
import {
	CLOCK_BACK_MS,
	MINUTE_MS,
	pick,
	planSchedules,
	planTroubles,
	randomPolicies,
	type Trouble,
	type YearSchedule,
	yearStart,
} from "./plan.ts";
import type { YearResult } from "./result.ts";
import { startYearRuntime, type YearRuntime } from "./runtime.ts";
import { TaskRunner } from "./task-runner.ts";
import { transactionsOf } from "./transactions.ts";

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** What is due after the end is known so far, for what the dispatcher says of the next moment. */
const BEYOND_MS = 3 * DAY_MS;
/** With more in one step the dispatcher may leave some for the next minute. */
const MANY_TICKS = 10;
/** Minutes without faults at the end: for what was left over, and messages that are sent again after up to 16 minutes. */
const QUIET_MINUTES = 40;
const MAX_VIOLATIONS_TOLD = 20;
/** The others live to the end. */
const MOST_DELETED = 1 / 6;

export interface YearOptions {
	seed: number;
	days: number;
	schedules: number;
	sabotage: Sabotage | undefined;
	/** An empty one, for the state. */
	folder: string;
	signal: AbortSignal;
	onProgress(text: string): void;
}

export async function runYear(options: YearOptions): Promise<YearResult> {
	const startedAt = Date.now();
	const { seed, days, schedules: count, onProgress, signal } = options;
	const random = seededRandom(scatterSeed(seed, 0));
	const schedules = planSchedules(count, days, random);
	const timings = schedules.flatMap((schedule) => schedule.timings);
	const moments = computeMoments(timings, yearStart, yearStart + days * DAY_MS + BEYOND_MS, onProgress);
	onProgress("starting workerd");
	const runtime = await startYearRuntime(options.folder, options.sabotage);
	try {
		const year = new Year(runtime, schedules, moments, planTroubles(days, random), random, days);
		await year.makeSchedules();
		while (year.now < year.end) {
			signal.throwIfAborted();
			await year.takeStep();
			onProgress(`day ${Math.floor((year.now - yearStart) / DAY_MS)} of ${days}, ${year.describe()}`);
		}
		await year.settle();
		const result = await year.judge();
		return { seed, days, seconds: Math.round((Date.now() - startedAt) / 1000), ...result };
	} finally {
		await runtime.stop();
	}
}

interface OrderedChange {
	model: ScheduleModel;
	change: Change | "delete";
	kind: string;
	request: RequestOrder;
}

class Year {
	/** In real time; the clock may show another one. */
	now = yearStart;
	readonly end: number;
	readonly #runtime: YearRuntime;
	readonly #plans: readonly YearSchedule[];
	readonly #moments: ReadonlyMap<YearSchedule["timings"][0], number[]>;
	readonly #troubles: readonly Trouble[];
	readonly #random: ReturnType<typeof seededRandom>;
	readonly #models = new Map<string, ScheduleModel>();
	readonly #planOf = new Map<ScheduleModel, YearSchedule>();
	readonly #tasks: TaskRunner;
	readonly #violations: string[] = [];
	readonly #changes: Record<string, number> = {};
	readonly #faults: Record<string, number> = {};
	#logRead = 0;
	#steps = 0;
	#dispatches = 0;
	#runByHand = 0;
	#hadFault = false;
	#day = -1;

	constructor(
		runtime: YearRuntime,
		plans: readonly YearSchedule[],
		moments: ReadonlyMap<YearSchedule["timings"][0], number[]>,
		troubles: readonly Trouble[],
		random: ReturnType<typeof seededRandom>,
		days: number,
	) {
		this.#runtime = runtime;
		this.#plans = plans;
		this.#moments = moments;
		this.#troubles = troubles;
		this.#random = random;
		this.#tasks = new TaskRunner(random);
		this.end = yearStart + days * DAY_MS;
	}

	async makeSchedules(): Promise<void> {
		const requests = this.#plans.map(
			({ name, task, policies, timings }): RequestOrder => ({
				method: "POST",
				path: "/v1/schedules",
				body: { name, task, arguments: { word: name }, timing: timings[0].fields, ...policies },
			}),
		);
		const report = await this.#runtime.step(this.#order({ byHand: requests }));
		for (const [index, plan] of this.#plans.entries()) {
			const { status, body } = report.byHand[index] as { status: number; body: { id: string } };
			const isOver = plan.timings[0].kind === "one_off" && plan.timings[0].at <= yearStart;
			if (status !== 201) {
				if (!isOver) throw new Error(`${plan.name} was answered with ${status}: ${JSON.stringify(body)}`);
				continue;
			}
			const moments = this.#moments.get(plan.timings[0]) ?? [];
			const about = { name: plan.name, isUnique: plan.task === uniqueTask, policies: plan.policies, moments };
			const model = new ScheduleModel(about, this.now);
			this.#models.set(body.id, model);
			this.#planOf.set(model, plan);
		}
	}

	describe(): string {
		return `${this.#steps} minutes, ${this.#dispatches} dispatches, ${this.#tasks.count} tasks`;
	}

	/** Goes to the next minute in which something is due, may happen or failed before. */
	async takeStep(): Promise<void> {
		this.#advance();
		const clock = this.#clockAt(this.now);
		const day = Math.floor((this.now - yearStart) / DAY_MS);
		const isNewDay = day !== this.#day;
		this.#day = day;
		const runs = this.#orderRuns(clock, isNewDay);
		const changes = this.#random.below(12) === 0 ? this.#orderChanges() : [];
		const byHand = this.#random.below(60) === 0 ? this.#orderRunByHand() : [];
		const order = this.#order({ runs, requests: changes.map(({ request }) => request), byHand });
		const report = await this.#runtime.step({ ...order, now: clock });
		this.#follow(order, report, clock, changes);
	}

	/** Minutes without faults, until nothing is left to be done. */
	async settle(): Promise<void> {
		for (let minute = 0; minute < QUIET_MINUTES; minute++) {
			this.now += MINUTE_MS;
			const order = this.#order({ runs: [{ now: this.now, diesAt: null, fails: null, isWhole: false }] });
			this.#follow(order, await this.#runtime.step(order), this.now, []);
		}
	}

	async judge(): Promise<Omit<YearResult, "seed" | "days" | "seconds">> {
		const [rows = []] = await this.#runtime.query<{ id: string; run_count: number }>(
			"SELECT id, run_count FROM schedules",
		);
		const counts = new Map(rows.map(({ id, run_count }) => [id, run_count]));
		const models = [...this.#models];
		for (const [id, model] of models) {
			if (!model.isDeleted && counts.get(id) !== model.runCount)
				this.#violations.push(`${model.name}: run_count is ${counts.get(id)}, ${model.runCount} tasks were fired`);
			this.#violations.push(...model.violations.splice(0));
		}
		const outcomes: Record<string, number> = {};
		for (const [, model] of models)
			for (const [outcome, number] of model.outcomes) outcomes[outcome] = (outcomes[outcome] ?? 0) + number;
		const { fired = 0, lost: lostByChanges = 0, doubled = 0, ...skipped } = outcomes;
		const sum = (of: (model: ScheduleModel) => number) => models.reduce((total, [, model]) => total + of(model), 0);
		const held = sum(({ heldMoment }) => (heldMoment === null ? 0 : 1));
		const ticksDue = sum(({ ticksDue }) => ticksDue);
		const accounted = fired + held + Object.values(skipped).reduce((total, number) => total + number, 0);
		if (accounted !== ticksDue) {
			this.#violations.push(`${ticksDue} ticks were due, and ${accounted} fired, were skipped or wait`);
		}
		return {
			schedules: models.length,
			ticks_due: ticksDue,
			fired,
			skipped,
			held,
			lost: lostByChanges + sum((model) => model.due(this.now).length),
			doubled,
			run_by_hand: this.#runByHand,
			tasks: this.#tasks.count,
			unsent: this.#tasks.unsent,
			minutes: this.#steps,
			dispatches: this.#dispatches,
			changes: this.#changes,
			faults: { ...this.#faults, "message lost": this.#tasks.messagesLost },
			violations: this.#violations.slice(0, MAX_VIOLATIONS_TOLD),
			broken: this.#violations.length,
		};
	}

	#clockAt(now: number): number {
		const isBack = this.#troubles.some(({ kind, from, to }) => kind === "clock_back" && now >= from && now < to);
		return isBack ? now - CLOCK_BACK_MS : now;
	}

	#advance(): void {
		const offset = this.now - this.#clockAt(this.now);
		const next = [...this.#models.values()].flatMap((model) => {
			const moment = model.nextMoment();
			return moment === null ? [] : [moment + offset];
		});
		// Nothing is due for long: the next hour is looked at all the same, and that nothing happens in it.
		let to = Math.min(this.now + HOUR_MS, ...next, ...this.#tasks.awaitedEnds());
		if (this.#hadFault || this.#random.below(50) === 0) to = this.now;
		to = Math.max(Math.ceil(to / MINUTE_MS), Math.floor(this.now / MINUTE_MS) + 1) * MINUTE_MS;
		if (this.#random.below(40) === 0) to += this.#random.below(20) * MINUTE_MS;
		for (const { kind, from, to: until } of this.#troubles) {
			if (kind === "clock_back" && this.now < from && to >= from) this.#note("clock_back");
			if (kind === "clock_back" || to < from || to >= until) continue;
			to = Math.ceil(until / MINUTE_MS) * MINUTE_MS;
			this.#note(kind);
		}
		// The platform calls some time in the minute.
		this.now = to + this.#random.below(10_000);
		this.#steps++;
	}

	#orderRuns(clock: number, isWhole: boolean): RunOrder[] {
		const random = this.#random;
		const count = pick(random, [1, 1, 1, 2, 2, 3]);
		if (count > 1) this.#note(`${count} dispatchers at once`);
		return Array.from({ length: count }, (_, index): RunOrder => {
			const isLate = random.below(40) === 0;
			if (isLate) this.#note("an old trigger");
			const fault = () => ({
				call: 1 + random.below(pick(random, [3, 8])),
				moment: pick(random, ["before", "after"] as const),
			});
			return {
				now: isLate ? clock - random.below(3 * 60) * MINUTE_MS : clock,
				diesAt: random.below(14) === 0 ? fault() : null,
				fails: random.below(14) === 0 ? fault() : null,
				isWhole: isWhole && index === 0,
			};
		});
	}

	#orderChanges(): OrderedChange[] {
		const random = this.#random;
		const [id, model] = pick(random, [...this.#models]);
		const plan = this.#planOf.get(model) as YearSchedule;
		if (model.isDeleted) return [];
		const path = `/v1/schedules/${id}`;
		const ordered = (kind: string, change: Change | "delete", request: RequestOrder): OrderedChange[] => [
			{ model, change, kind, request },
		];
		const choice = random.below(40);
		const deleted = [...this.#models.values()].filter(({ isDeleted }) => isDeleted).length;
		if (choice === 0 && deleted < this.#models.size * MOST_DELETED) {
			return ordered("deleted", "delete", { method: "DELETE", path });
		}
		if (choice < 10) return ordered("disabled", { enabled: false }, { method: "POST", path: `${path}/disable` });
		// As often as they are disabled, and more: otherwise nothing would be left to fire.
		if (choice < 24) return ordered("enabled", { enabled: true }, { method: "POST", path: `${path}/enable` });
		if (choice < 32) {
			const timing = pick(random, plan.timings);
			const change = { moments: this.#moments.get(timing) ?? [] };
			return ordered("timing", change, { method: "PATCH", path, body: { timing: timing.fields } });
		}
		const policies = randomPolicies(random);
		return ordered("policies", { policies }, { method: "PATCH", path, body: policies });
	}

	#orderRunByHand(): RequestOrder[] {
		const [id, { isDeleted }] = pick(this.#random, [...this.#models]);
		return isDeleted ? [] : [{ method: "POST", path: `/v1/schedules/${id}/run` }];
	}

	#order(parts: Partial<StepOrder>): StepOrder {
		return {
			now: this.now,
			...this.#tasks.settle(this.now),
			byHand: [],
			runs: [],
			requests: [],
			logRead: this.#logRead,
			...parts,
		};
	}

	#follow(order: StepOrder, report: StepReport, clock: number, changes: readonly OrderedChange[]): void {
		this.#dispatches += order.runs.length;
		this.#logRead = report.log.at(-1)?.id ?? this.#logRead;
		for (const fault of report.faults) if (fault !== null) this.#note(fault);
		this.#hadFault = report.faults.some((fault) => fault !== null);
		for (const [index, { kind, request, model, change }] of changes.entries()) {
			const { status, body } = report.requests[index] as { status: number; body: unknown };
			const isRefused = status >= 300 && change !== "delete" && model.mayBeRefused(change, status, clock);
			const counted = isRefused ? "refused" : kind;
			this.#changes[counted] = (this.#changes[counted] ?? 0) + 1;
			if (status >= 300 && !isRefused)
				this.#violations.push(`${iso(clock)} ${request.path}: ${status} ${JSON.stringify(body)}`);
		}
		this.#followByHand(order, report);
		const ticks = this.#followLog(report.log, [...order.runs.map(({ now }) => now), clock], changes);
		this.#tasks.receive(report.sent, this.now);
		const isPeaceful = report.faults.includes(null) && order.runs.every(({ now }) => now === clock);
		if (isPeaceful && ticks <= MANY_TICKS) this.#expectNothingDue(clock);
		for (const model of this.#models.values()) {
			for (const violation of model.violations.splice(0)) this.#violations.push(`${iso(clock)} ${violation}`);
		}
	}

	/** A dispatcher that met no fault leaves nothing. */
	#expectNothingDue(clock: number): void {
		for (const model of this.#models.values()) {
			const due = model.due(clock);
			if (model.isDeleted) continue;
			const { name, heldMoment, lookAt, unended } = model;
			if (due.length > 0) {
				this.#violations.push(`${iso(clock)} ${name}: still due: ${due.slice(0, 3).map(iso).join(", ")}`);
			}
			if (heldMoment !== null && unended.size === 0 && (lookAt ?? 0) <= clock) {
				this.#violations.push(`${iso(clock)} ${name}: ${iso(heldMoment)} still waits, and nothing runs`);
			}
		}
	}

	#followByHand({ byHand }: StepOrder, report: StepReport): void {
		for (const [index, { path }] of byHand.entries()) {
			const model = this.#models.get(path.split("/")[3] ?? "");
			const { status, body } = report.byHand[index] as { status: number; body: { task_id: string } };
			const taskId = status === 202 ? body.task_id : undefined;
			model?.followRunByHand(taskId);
			if (!model || taskId === undefined) continue;
			this.#runByHand++;
			this.#tasks.add(taskId, model, this.#planOf.get(model)?.longestTaskMinutes ?? 1);
		}
	}

	/** @returns how many ticks were written */
	#followLog(log: readonly LogEntry[], nows: readonly number[], changes: readonly OrderedChange[]): number {
		let ticks = 0;
		for (const { scheduleId, transaction, isDeletion } of transactionsOf(log, this.#tasks.ids)) {
			const model = this.#models.get(scheduleId);
			ticks += transaction.ticks.length;
			if (!model || model.isDeleted) {
				this.#violations.push(`something was written for ${scheduleId}, which is not there`);
				continue;
			}
			const ordered = changes.find((change) => change.model === model)?.change;
			if (isDeletion) model.isDeleted = true;
			else if (model.isChange(transaction.schedule) && ordered && ordered !== "delete") {
				model.followChange(transaction, ordered);
			} else model.followDispatch(transaction, nows);
			for (const { outcome, taskId } of transaction.ticks)
				if (outcome === "fired" && taskId !== null)
					this.#tasks.add(taskId, model, this.#planOf.get(model)?.longestTaskMinutes ?? 1);
		}
		return ticks;
	}

	#note(fault: string): void {
		this.#faults[fault] = (this.#faults[fault] ?? 0) + 1;
	}
}
