/** The policies of schedules in plain sentences. */
import type { OverlapPolicy } from "../../schedules/overlap.ts";
import type { MisfirePolicy } from "../../schedules/plan-ticks.ts";

export const misfireChoices: Record<MisfirePolicy, string> = {
	skip: "Skip them: nothing of the past is fired",
	once: "Fire once, for all that were missed",
	all: "Fire each, up to the limit",
};

export const misfireWords = (policy: MisfirePolicy, limit: number): string =>
	policy === "all" ? `Fire each, at most the latest ${limit}` : misfireChoices[policy];

export const overlapWords: Record<OverlapPolicy, string> = {
	allow: "Start another beside it",
	skip: "Skip the tick",
	queue_one: "Let one tick wait for its end, and skip others",
};
