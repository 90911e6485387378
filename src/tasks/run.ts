/** Running a task is a sentence: claim, resolve, perform, record, report. */
import { type Database, runBatch } from "../db/database.ts";
import { AppError, toAppError } from "../errors.ts";
import { errorFields, type LogFields, logEvent } from "../log.ts";
import { type ClaimedTask, claimTask, type Delivery, findClaimed } from "./claim.ts";
import type { AnyTaskDefinition, TaskRegistry } from "./define.ts";
import type { EnqueuedTask } from "./enqueue.ts";
import { findGroupOf, readGroup } from "./groups.ts";
import { discard, isOutcome, type Outcome, retry } from "./outcome.ts";
import { isRecorded, type OutcomeWrites, type RecordedOutcome, writeOutcome } from "./record.ts";
import { watchAttempt } from "./watch-attempt.ts";

/** Everything an attempt needs that is not its arguments. */
export interface TaskRuntime<Services> {
	db: Database;
	registry: TaskRegistry<Services>;
	services: Services;
	/** Names the isolate, so that two attempts that met in one can be told apart from two that did not. */
	isolateId: string;
	wait(ms: number): Promise<unknown>;
}

const CLAIM_AGAIN_AFTER_MS = 100;
/** Pauses between tries to write an outcome: work that is done should not be done again for one lost connection. */
const RECORD_AGAIN_AFTER_MS = [100, 1000];

/**
 * One delivery of a task's message. Throws only when D1 itself does not answer; then the platform's own retry,
 * or the sweep once the lease has expired, brings the task back.
 * @returns what has to be sent
 */
export async function runTask<Services>(
	runtime: TaskRuntime<Services>,
	taskId: string,
	delivery?: Delivery,
): Promise<EnqueuedTask[]> {
	const { registry } = runtime;
	const startedAt = Date.now();
	const task = await claimPatiently(runtime, taskId, startedAt, delivery);
	if (!task) {
		logEvent("info", "task.nothing_to_claim", { task_id: taskId });
		return [];
	}
	const about = {
		task_id: task.id,
		task: task.name,
		attempt: task.attemptCount,
		photo_id: task.photoId,
		item_id: task.itemId,
	};
	logEvent("info", "task.started", { ...about, wait_ms: Math.max(0, startedAt - task.dueAt) });
	const definition = registry.get(task.name);
	const outcome = definition ? await perform(definition, task, runtime) : unknownTask(task);
	const recorded = await recordPatiently(runtime, task, definition, outcome);
	report(recorded, outcome, { ...about, duration_ms: Date.now() - startedAt });
	return recorded.toSend;
}

/** Runs the handler. Whatever it throws becomes an outcome, so that the task is always released. */
async function perform<Services>(
	definition: AnyTaskDefinition<Services>,
	task: ClaimedTask,
	{ db, services }: TaskRuntime<Services>,
): Promise<Outcome> {
	const args = definition.arguments.safeParse(task.arguments);
	if (!args.success) {
		const faults = args.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`);
		return discard(new AppError("invalid_request", `The arguments of ${task.name} do not fit: ${faults.join("; ")}`));
	}
	const watch = watchAttempt(db, task, definition);
	try {
		const { attemptCount, snoozeCount, maxAttempts } = task;
		const groupId = await findGroupOf(db, task);
		const info = {
			taskId: task.id,
			attempt: attemptCount - snoozeCount,
			maxAttempts,
			signal: watch.signal,
			report: watch.report,
			...(groupId === null ? {} : { group: await readGroup(db, groupId) }),
		};
		const outcome: unknown = await Promise.race([definition.run(args.data, services, info), watch.hardLimit]);
		return isOutcome(outcome) ? outcome : discard(notAnOutcome(task, outcome));
	} catch (thrown) {
		// What a handler throws because its signal fired is the signal's reason, however the library named it.
		const { aborted, reason } = watch.signal;
		const error = toAppError(aborted && isAbort(thrown) ? reason : thrown);
		return error.retryable ? retry(error) : discard(error);
	} finally {
		watch.stop();
	}
}

const isAbort = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === "AbortError";

/**
 * Claims once more where the first answer was lost: whether it took effect is looked up by its token. Else a lost answer
 * would count as a dead worker.
 */
async function claimPatiently<Services>(
	{ db, isolateId, registry, wait }: TaskRuntime<Services>,
	taskId: string,
	now: number,
	delivery: Delivery | undefined,
): Promise<ClaimedTask | undefined> {
	const leaseToken = crypto.randomUUID();
	const claim = { now, isolateId, registry, leaseToken, ...(delivery && { delivery }) };
	try {
		return await claimTask(db, taskId, claim);
	} catch (thrown) {
		logEvent("warn", "task.not_claimed", { task_id: taskId, error: errorFields(toAppError(thrown)) });
		await wait(CLAIM_AGAIN_AFTER_MS);
		return (await findClaimed(db, taskId, leaseToken)) ?? claimTask(db, taskId, claim);
	}
}

/** Writes the outcome again where it is not known to be written: work that is done should not be done again. */
async function recordPatiently<Services>(
	{ db, wait }: TaskRuntime<Services>,
	task: ClaimedTask,
	definition: AnyTaskDefinition<Services> | undefined,
	outcome: Outcome,
): Promise<RecordedOutcome> {
	const { statements, read, unread } = writesOf(db, task, definition, outcome);
	for (let tries = 0; ; tries++) {
		try {
			const recorded = read(await runBatch(db, statements));
			const mayBeOurs = recorded.became === "lease_lost" && tries > 0;
			return mayBeOurs && (await isRecorded(db, task)) ? unread : recorded;
		} catch (thrown) {
			const pauseMs = RECORD_AGAIN_AFTER_MS[tries];
			if (pauseMs === undefined) throw thrown;
			logEvent("warn", "task.not_recorded", { task_id: task.id, error: errorFields(toAppError(thrown)) });
			await wait(pauseMs);
		}
	}
}

/** An outcome whose effects throw or whose children do not fit can never be written: the task fails with that reason. */
function writesOf<Services>(
	db: Database,
	task: ClaimedTask,
	definition: AnyTaskDefinition<Services> | undefined,
	outcome: Outcome,
): OutcomeWrites {
	const now = Date.now();
	try {
		return writeOutcome(db, task, definition, outcome, now);
	} catch (thrown) {
		const error = notAnOutcome(task, outcome, thrown);
		logEvent("error", "task.outcome_unwritable", { task_id: task.id, error: errorFields(error) });
		return writeOutcome(db, task, definition, discard(error), now);
	}
}

const unknownTask = (task: ClaimedTask): Outcome =>
	discard(new AppError("unknown_task", `No task is registered under the name ${task.name}.`));

const notAnOutcome = (task: ClaimedTask, value: unknown, cause?: unknown): AppError =>
	new AppError("invalid_outcome", `The handler of ${task.name} did not answer with an outcome. Tell the operator.`, {
		log: `${task.name} answered with ${value === null ? "null" : typeof value}`,
		cause,
	});

function report({ became }: RecordedOutcome, outcome: Outcome, fields: LogFields): void {
	const error = "error" in outcome ? errorFields(outcome.error) : undefined;
	const level = became === "failed" ? "error" : became === "succeeded" || became === "snoozed" ? "info" : "warn";
	logEvent(level, `task.${became}`, error ? { ...fields, error } : fields);
}
