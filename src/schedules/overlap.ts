/** What becomes of ticks while a former one's task has not ended. */

export const overlapPolicies = ["allow", "skip", "queue_one"] as const;
export type OverlapPolicy = (typeof overlapPolicies)[number];

export interface OverlapState {
	/** A task of an earlier tick has not ended. */
	isRunning: boolean;
	/** The moment of the tick that waits for that end, null when none does. */
	heldMoment: number | null;
}

export interface OverlapDecision {
	/** Start a task for each, oldest first. */
	fire: number[];
	/** The tick that waits from now on, null when none does. */
	held: number | null;
	skipped: { moment: number; reason: OverlapReason }[];
}

/** The earlier task still runs; another tick already waits for its end. */
export type OverlapReason = "still_running" | "one_waits_already";

/**
 * Decides about due ticks. A held tick fires as soon as nothing runs, also when the policy has been changed meanwhile: it was
 * promised. Call it with no moments to let a held tick go when a task has ended.
 *
 * @param moments due ticks, oldest first
 */
export function decideOverlap(
	policy: OverlapPolicy,
	moments: readonly number[],
	{ isRunning, heldMoment }: OverlapState,
): OverlapDecision {
	const decision: OverlapDecision = { fire: [], held: heldMoment, skipped: [] };
	let isBusy = isRunning;
	if (decision.held !== null && (!isBusy || policy === "allow")) {
		decision.fire.push(decision.held);
		decision.held = null;
		isBusy = true;
	}
	for (const moment of moments) {
		if (!isBusy || policy === "allow") decision.fire.push(moment);
		else if (policy === "skip") decision.skipped.push({ moment, reason: "still_running" });
		else if (decision.held === null) decision.held = moment;
		else decision.skipped.push({ moment, reason: "one_waits_already" });
		isBusy = true;
	}
	return decision;
}
