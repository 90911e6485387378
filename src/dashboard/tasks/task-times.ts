/** How long a task waited and ran, as its row tells: of its last attempt, or so far. */
import type { ListedTask } from "../../db/task-lists.ts";
import { CLOCK_TOLERANCE_MS } from "../../tasks/claim.ts";

/** Null where nothing is to be told: it is not due yet, or no attempt of it is the last one. */
export interface TaskTimes {
	/** From when it was due, not from when it was made: a delay that was asked for is no wait. */
	waitMs: number | null;
	runMs: number | null;
}

export function timesOf(
	{ state, dueAt, startedAt, finishedAt }: Pick<ListedTask, "state" | "dueAt" | "startedAt" | "finishedAt">,
	now: number,
): TaskTimes {
	if (state === "pending" || state === "sent" || state === "retrying") {
		return { waitMs: dueAt > now ? null : now - dueAt, runMs: null };
	}
	// What became due after its start was ended while it waited for another attempt.
	if (startedAt === null || dueAt > startedAt + CLOCK_TOLERANCE_MS) return { waitMs: null, runMs: null };
	return { waitMs: Math.max(0, startedAt - dueAt), runMs: Math.max(0, (finishedAt ?? now) - startedAt) };
}
