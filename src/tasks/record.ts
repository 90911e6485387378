/** Writing what became of an attempt: its effects, the attempt and the task, in one transaction. */
import { and, eq, type SQL, sql } from "drizzle-orm";
import { type Database, runBatch, type Statement } from "../db/database.ts";
import { type AttemptOutcome, attempts, type StoredError, tasks } from "../db/schema.ts";
import type { AppError } from "../errors.ts";
import type { ClaimedTask } from "./claim.ts";
import type { AnyTaskDefinition } from "./define.ts";
import { SEND_GRACE_MS } from "./enqueue.ts";
import type { Outcome } from "./outcome.ts";

/** What the task became. `lease_lost`: another attempt had taken it, or it was cancelled; nothing was written. */
export type Recorded = "succeeded" | "failed" | "retrying" | "lease_lost";

type Ending = Partial<typeof tasks.$inferInsert> & { state: Exclude<Recorded, "lease_lost"> };

/**
 * Records an attempt's outcome. Only the holder of the lease writes: every statement carries the fencing token.
 * A retry beyond the last attempt becomes a failure.
 */
export async function recordOutcome<Services>(
	db: Database,
	task: ClaimedTask,
	definition: AnyTaskDefinition<Services>,
	outcome: Outcome,
	now: number,
): Promise<Recorded> {
	const holdsLease = leaseFence(task.id, task.leaseToken);
	const close = closeAttempt(db, task, holdsLease, now);
	const finish = async (attempt: Statement, ending: Ending, effects: Statement[]): Promise<Recorded> => {
		const results = await runBatch(db, [
			...effects,
			attempt,
			db
				.update(tasks)
				.set({ leaseToken: null, ...ending })
				.where(and(eq(tasks.id, task.id), eq(tasks.leaseToken, task.leaseToken), eq(tasks.state, "started")))
				.returning({ id: tasks.id }),
		]);
		const written = results.at(-1) as { id: string }[];
		return written.length > 0 ? ending.state : "lease_lost";
	};
	const ended = { wakeAt: null, finishedAt: now };

	if (outcome.kind === "completed") {
		const effects = outcome.effects?.(holdsLease) ?? [];
		return finish(close("completed"), { state: "succeeded", ...ended, result: outcome.result, error: null }, effects);
	}
	const error = storedError(outcome.error);
	if (outcome.kind === "retry" && task.attemptCount < task.maxAttempts) {
		const dueAt = now + outcome.delaySeconds * 1000;
		return finish(close("retry", error), { state: "retrying", dueAt, wakeAt: dueAt + SEND_GRACE_MS, error }, []);
	}
	const effects = definition.effectsOfFailure?.(db, task.arguments, error, holdsLease) ?? [];
	return finish(close(outcome.kind, error), { state: "failed", ...ended, error }, effects);
}

/** True in SQL while this attempt holds the task. */
const leaseFence = (taskId: string, leaseToken: string): SQL =>
	sql`EXISTS (SELECT 1 FROM ${tasks} WHERE ${tasks.id} = ${taskId} AND ${tasks.leaseToken} = ${leaseToken} AND ${tasks.state} = 'started')`;

/** The public part of an error; log text and causes stay in the log. */
const storedError = (error: AppError): StoredError => ({ code: error.code, detail: error.detail });

const closeAttempt =
	(db: Database, task: ClaimedTask, holdsLease: SQL, now: number) =>
	(outcome: AttemptOutcome, error: StoredError | null = null): Statement =>
		db
			.update(attempts)
			.set({ endedAt: now, outcome, error })
			.where(and(eq(attempts.taskId, task.id), eq(attempts.leaseToken, task.leaseToken), holdsLease));
