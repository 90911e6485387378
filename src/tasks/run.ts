/** Running a task is a sentence: claim, resolve, perform, record, report. */
import type { Database } from "../db/database.ts";
import { AppError, toAppError } from "../errors.ts";
import { errorFields, type LogFields, logEvent } from "../log.ts";
import { retryDelaySeconds } from "./backoff.ts";
import { type ClaimedTask, claimTask } from "./claim.ts";
import type { AnyTaskDefinition, TaskRegistry } from "./define.ts";
import { discard, type Outcome, retry } from "./outcome.ts";
import { type Recorded, recordOutcome } from "./record.ts";

/** Everything an attempt needs that is not its arguments. */
export interface TaskRuntime<Services> {
	db: Database;
	registry: TaskRegistry<Services>;
	services: Services;
	/** Names the isolate, so that two attempts that met in one can be told apart from two that did not. */
	isolateId: string;
}

/** What the consumer has to do afterwards. */
export type AfterRun = { kind: "done" } | { kind: "send_again"; delaySeconds: number };

/** What an attempt gets when nothing is registered. A claim does not know the kind yet, so it takes the longest lease. */
const UNKNOWN_TASK_LEASE_MS = 60_000;

/**
 * One delivery of a task's message. Throws only when D1 itself does not answer; then the platform's own retry,
 * or the sweep once the lease has expired, brings the task back.
 */
export async function runTask<Services>(runtime: TaskRuntime<Services>, taskId: string): Promise<AfterRun> {
	const { db, registry, isolateId } = runtime;
	const startedAt = Date.now();
	const task = await claimTask(db, taskId, { now: startedAt, leaseMs: longestLeaseMs(registry), isolateId });
	if (!task) {
		logEvent("info", "task.nothing_to_claim", { task_id: taskId });
		return { kind: "done" };
	}
	const about = {
		task_id: task.id,
		task: task.name,
		attempt: task.attemptCount,
		photo_id: task.photoId,
		item_id: task.itemId,
	};
	logEvent("info", "task.started", { ...about, wait_ms: startedAt - task.createdAt });
	const definition = registry.get(task.name);
	const outcome = definition ? await perform(definition, task, runtime.services) : unknownTask(task);
	const now = Date.now();
	const recorded = await recordOutcome(db, task, definition ?? nameless, outcome, now);
	report(recorded, outcome, { ...about, duration_ms: now - startedAt });
	return recorded === "retrying" && outcome.kind === "retry"
		? { kind: "send_again", delaySeconds: outcome.delaySeconds }
		: { kind: "done" };
}

/** Runs the handler. Whatever it throws becomes an outcome, so that the task is always released. */
async function perform<Services>(
	definition: AnyTaskDefinition<Services>,
	task: ClaimedTask,
	services: Services,
): Promise<Outcome> {
	const args = definition.arguments.safeParse(task.arguments);
	if (!args.success) {
		const detail = `The arguments of ${task.name} do not fit: ${args.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ")}`;
		return discard(new AppError("invalid_request", detail));
	}
	try {
		const { attemptCount: attempt, maxAttempts } = task;
		return await definition.run(args.data, services, { taskId: task.id, attempt, maxAttempts });
	} catch (thrown) {
		const error = toAppError(thrown);
		return error.retryable ? retry(retryDelaySeconds(task.attemptCount), error) : discard(error);
	}
}

const unknownTask = (task: ClaimedTask): Outcome =>
	discard(new AppError("not_found", `No task is registered under the name ${task.name}.`));

/** Stands in for a definition that is not there: it has no effects. */
const nameless = {} as AnyTaskDefinition<never>;

const longestLeaseMs = (registry: TaskRegistry<never> | TaskRegistry<unknown>): number =>
	Math.max(UNKNOWN_TASK_LEASE_MS, ...[...registry.values()].map((definition) => definition.leaseMs));

function report(recorded: Recorded, outcome: Outcome, fields: LogFields): void {
	const error = outcome.kind === "completed" ? undefined : errorFields(outcome.error);
	const level = recorded === "succeeded" ? "info" : recorded === "failed" ? "error" : "warn";
	logEvent(level, `task.${recorded}`, error ? { ...fields, error } : fields);
}
