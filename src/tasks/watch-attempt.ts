/**
 * Watches over an attempt that runs: its soft limit, whether it still holds its task, and what it reported. A photo takes
 * less than the first look, so that the usual task costs D1 nothing here.
 */
import type { Database } from "../db/database.ts";
import { type Progress, tasks } from "../db/schema.ts";
import { AppError, toAppError } from "../errors.ts";
import { errorFields, logEvent } from "../log.ts";
import { type ClaimedTask, isHeld } from "./claim.ts";
import type { AnyTaskDefinition } from "./define.ts";

/** How soon a cancelled task's handler is told, and how old shown progress may be. */
const LOOK_EVERY_MS = 5000;

/** What an attempt is given of its watch. */
export interface AttemptWatch {
	signal: AbortSignal;
	report(progress: Progress): void;
	/** Rejects with `task_timeout` when the hard limit is reached. */
	hardLimit: Promise<never>;
	/** Has to be called when the attempt is over: until then it looks. */
	stop(): void;
}

/** Begins at once. @param limits of the task's kind */
export function watchAttempt<Services>(
	db: Database,
	task: ClaimedTask,
	{ softLimitMs, hardLimitMs }: Pick<AnyTaskDefinition<Services>, "softLimitMs" | "hardLimitMs">,
): AttemptWatch {
	const controller = new AbortController();
	const { promise: hardLimit, reject: passLimit } = Promise.withResolvers<never>();
	hardLimit.catch(() => {}); // it may be reached when nobody waits any longer
	let progress: Progress | undefined;
	let isLooking = false;

	async function look(): Promise<void> {
		if (isLooking) return; // D1 is slow: one look at a time
		isLooking = true;
		const reported = progress;
		progress = undefined;
		try {
			if (!(await holdsTask(db, task, reported))) {
				controller.abort(new AppError("task_cancelled", "The task was cancelled, or another attempt took it."));
				clearInterval(looks);
			}
		} catch (thrown) {
			progress ??= reported; // the next look tries again
			logEvent("warn", "task.look_failed", { task_id: task.id, error: errorFields(toAppError(thrown)) });
		} finally {
			isLooking = false;
		}
	}

	const looks = setInterval(look, LOOK_EVERY_MS);
	const soft = setTimeout(() => controller.abort(tookTooLong(softLimitMs)), softLimitMs);
	const hard = setTimeout(() => passLimit(tookTooLong(hardLimitMs)), hardLimitMs);
	return {
		signal: controller.signal,
		report(reported) {
			progress = reported;
		},
		hardLimit,
		stop() {
			clearInterval(looks);
			clearTimeout(soft);
			clearTimeout(hard);
		},
	};
}

/** Whether the attempt holds its task; what was reported is kept with the same statement. */
async function holdsTask(db: Database, task: ClaimedTask, progress: Progress | undefined): Promise<boolean> {
	const rows =
		progress === undefined
			? await db.select({ id: tasks.id }).from(tasks).where(isHeld(task))
			: await db.update(tasks).set({ progress }).where(isHeld(task)).returning({ id: tasks.id });
	return rows.length > 0;
}

const tookTooLong = (limitMs: number): AppError =>
	new AppError("task_timeout", `The task took longer than the ${limitMs / 1000} s that it may take.`);
