/** The dispatcher: each minute, what is due of every schedule becomes tasks, each tick once, whoever else dispatches. */
import { sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import { type Database, runBatch, type Statement } from "../db/database.ts";
import {
	claimSchedule,
	countRuns,
	type DueSchedule,
	insertTick,
	isClaimedBy,
	listDueSchedules,
	type NewTick,
	noteEqualTask,
	putOffSchedule,
	type Schedule,
} from "../db/schedules.ts";
import { type AppError, toAppError } from "../errors.ts";
import { errorFields, logEvent } from "../log.ts";
import { jitterMs } from "../schedules/jitter.ts";
import { decideOverlap } from "../schedules/overlap.ts";
import { planTicks, type TickPlan } from "../schedules/plan-ticks.ts";
import type { TaskRegistry } from "../tasks/define.ts";
import { type EnqueuedTask, sendTasks, type TaskQueues } from "../tasks/enqueue.ts";
import { writeTask } from "../tasks/enqueue-tasks.ts";
import { scheduledTask } from "../tasks/scheduled-task.ts";
import { readTiming, UnreadableTiming } from "./read-timing.ts";

/** Of the 1,000 queries that a run has the rest of the sweep may take 850. */
export const MAX_QUERIES_OF_SWEEP = 150;
/** Five of its task and tick; then claim, count and, where sending fails, a note of that. */
const QUERIES_OF_TICK = 5;
const QUERIES_OF_SCHEDULE = 3;
/** Of one schedule, with one transaction. */
const MAX_TICKS_AT_ONCE = 25;
const MAX_SCHEDULES_PER_RUN = 100;
/** A tick that waits for the end of another is looked at each minute. */
const LOOK_AGAIN_MS = 60_000;
/** What another version of the Worker wrote is looked at again in case that one comes back, and stands before no other till then. */
const READ_AGAIN_MS = 3_600_000;

export interface Dispatched {
	/** Ticks whose tasks were written. */
	fired: number;
	/** Whether something may be left that is due, and that another call can do. */
	isMoreDue: boolean;
}

/** Longest due first, until that many queries are made. */
export async function dispatchSchedules<Services>(
	db: Database,
	queues: TaskQueues,
	registry: TaskRegistry<Services>,
	now: number,
	maxQueries = MAX_QUERIES_OF_SWEEP,
): Promise<Dispatched> {
	let fired = 0;
	let queriesLeft = maxQueries;
	let dealtWith = 0;
	let isMoreDue = false;
	const due = await listDueSchedules(db, now, MAX_SCHEDULES_PER_RUN);
	for (const schedule of due) {
		const ticksLeft = Math.floor((queriesLeft - QUERIES_OF_SCHEDULE) / QUERIES_OF_TICK);
		if (ticksLeft < 1) return { fired, isMoreDue: true };
		queriesLeft -= QUERIES_OF_SCHEDULE;
		try {
			const done = await dispatchOrPutOff(db, queues, registry, schedule, now, ticksLeft);
			fired += done.fired;
			queriesLeft -= done.queries;
			isMoreDue ||= done.isMoreDue;
			dealtWith++;
		} catch (thrown) {
			// One that cannot be dispatched keeps no other from it; it stays due.
			logNotDispatched(schedule, thrown);
		}
	}
	return { fired, isMoreDue: isMoreDue || (due.length === MAX_SCHEDULES_PER_RUN && dealtWith > 0) };
}

async function dispatchOrPutOff<Services>(
	db: Database,
	queues: TaskQueues,
	registry: TaskRegistry<Services>,
	schedule: DueSchedule,
	now: number,
	maxTicks: number,
): Promise<DispatchedSchedule> {
	try {
		return await dispatchSchedule(db, queues, registry, schedule, now, maxTicks);
	} catch (thrown) {
		if (!(thrown instanceof UnreadableTiming)) throw thrown;
		logNotDispatched(schedule, thrown);
		await putOffSchedule(db, schedule, now + READ_AGAIN_MS);
		return { fired: 0, queries: 0, isMoreDue: false };
	}
}

function logNotDispatched({ id, name }: Schedule, thrown: unknown): void {
	const error = errorFields(toAppError(thrown));
	logEvent("error", "schedule.not_dispatched", { schedule_id: id, name, error });
}

/** What became of one schedule. */
export interface DispatchedSchedule extends Dispatched {
	/** What its ticks took of those that an invocation may make. */
	queries: number;
}

/**
 * @param maxTicks of so many it decides now; what is left over stays due
 * @returns nothing fired where another dispatcher or an edit was quicker
 * @throws AppError `conflict` where its timing cannot be read
 */
export async function dispatchSchedule<Services>(
	db: Database,
	queues: TaskQueues,
	registry: TaskRegistry<Services>,
	schedule: DueSchedule,
	now: number,
	maxTicks = MAX_TICKS_AT_ONCE,
): Promise<DispatchedSchedule> {
	const { id, since, dealtWithUntil, heldMoment, misfire, misfireLimit, overlap } = schedule;
	const timing = readTiming(schedule);
	const whole = planTicks({ timing, misfire, misfireLimit, since, dealtWithUntil, now });
	const plan = boundPlan(whole, Math.min(maxTicks, MAX_TICKS_AT_ONCE));
	const isRunning = schedule.isRunning === 1;
	const due = plan.fire.map(({ moment }) => moment);
	const { fire, held, skipped } = decideOverlap(overlap, due, { isRunning, heldMoment });
	const claim = crypto.randomUUID();
	const isClaimed = isClaimedBy(id, claim);
	const tick = (fields: Pick<NewTick, "moment" | "outcome"> & Partial<NewTick>): NewTick => ({
		scheduleId: id,
		isByHand: false,
		dealtWithAt: now,
		...fields,
	});
	const lookAt =
		held === null ? plan.nextMoment : Math.min(plan.nextMoment ?? Number.MAX_SAFE_INTEGER, now + LOOK_AGAIN_MS);
	const started = fire.map((moment) =>
		fireTick(db, registry, schedule, tick({ moment, outcome: "fired" }), isClaimed, now),
	);
	const notFired = [
		...plan.skipped.map(({ first, last, count, reason }) =>
			tick({ moment: first, outcome: "skipped", reason, lastMoment: last, count }),
		),
		...skipped.map(({ moment, reason }) => tick({ moment, outcome: "skipped", reason })),
		...(held === null || held === heldMoment ? [] : [tick({ moment: held, outcome: "held", reason: "still_running" })]),
	];
	const taskIds = started.flatMap(({ task }) => task?.id ?? []);
	const ofTicks = [
		...notFired.map((each) => insertTick(db, each, isClaimed)),
		...started.flatMap(({ statements }) => statements),
	];
	const statements = [
		claimSchedule(db, schedule, claim, { dealtWithUntil: plan.dealtWithUntil, heldMoment: held, lookAt }),
		...ofTicks,
		...(taskIds.length === 0 ? [] : [countRuns(db, id, taskIds, isClaimed)]),
	];
	const results = await runBatch(db, statements);
	const claimed = results[0];
	const queries = ofTicks.length;
	if ((claimed as unknown[]).length === 0) return { fired: 0, queries, isMoreDue: false };
	for (const { error, moment } of started) {
		if (error)
			logEvent("error", "schedule.tick_failed", {
				schedule_id: id,
				name: schedule.name,
				moment,
				error: errorFields(error),
			});
	}
	const written = started.flatMap(({ insert }) =>
		insert ? (results[statements.indexOf(insert)] as EnqueuedTask[]) : [],
	);
	await sendTasks(db, queues, written, now);
	return { fired: written.length, queries, isMoreDue: plan.fire.length < whole.fire.length };
}

/** The first ticks of a long plan; what is left is due at once, and the next run plans it. */
function boundPlan(plan: TickPlan, maxTicks: number): TickPlan {
	const fire = plan.fire.slice(0, maxTicks);
	const last = fire.at(-1);
	const left = plan.fire[fire.length];
	return last && left ? { ...plan, fire, dealtWithUntil: last.moment, nextMoment: left.moment } : plan;
}

interface StartedTick {
	moment: number;
	statements: Statement[];
	/** Undefined where it could not be made. */
	task?: EnqueuedTask;
	/** That of the statements which writes the task, and returns what is to be sent. */
	insert?: Statement;
	error?: AppError;
}

/** The statements that make a tick's task and write the tick, in the transaction that claims it. */
export function fireTick<Services>(
	db: Database,
	registry: TaskRegistry<Services>,
	schedule: Schedule,
	tick: NewTick,
	condition = sql`true`,
	now = Date.now(),
): StartedTick {
	const { moment } = tick;
	try {
		const dueAt = Math.max(now, moment + jitterMs(schedule.id, moment, schedule.jitterSeconds));
		const id = newId();
		const request = scheduledTask(registry, schedule, { id, dueAt }, condition);
		const { task, statements, insertAt } = writeTask(db, request, now);
		const insert = statements[insertAt];
		const fired = { ...tick, taskId: id };
		return {
			moment,
			task,
			...(insert && { insert }),
			statements: [...statements, insertTick(db, fired, condition), noteEqualTask(db, fired, id)],
		};
	} catch (thrown) {
		const error = toAppError(thrown);
		return {
			moment,
			error,
			statements: [insertTick(db, { ...tick, outcome: "failed", reason: error.code }, condition)],
		};
	}
}
