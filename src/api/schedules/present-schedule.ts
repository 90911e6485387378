/** Schedules and ticks as the JSON of the API. */
import type { z } from "@hono/zod-openapi";
import type { Schedule, Tick } from "../../db/schedules.ts";
import { describeSchedule } from "../../schedules/describe.ts";
import { explainMoment } from "../../schedules/explain-moment.ts";
import { nextMoment, nextMoments } from "../../schedules/moments.ts";
import { type Timing, timingSchema } from "../../schedules/timing.ts";
import { iso, isoOrNull } from "../present.ts";
import type { momentJson, scheduleJson, tickJson } from "./schemas.ts";

export function presentSchedule(row: Schedule): z.infer<typeof scheduleJson> {
	return {
		id: row.id,
		name: row.name,
		description: row.description,
		task: row.task,
		arguments: row.arguments,
		timing: row.timing,
		in_words: inWords(row),
		misfire: row.misfire,
		misfire_limit: row.misfireLimit,
		overlap: row.overlap,
		jitter_seconds: row.jitterSeconds,
		enabled: row.isEnabled,
		next_at: isoOrNull(nextMomentOf(row)),
		held_moment: isoOrNull(row.heldMoment),
		run_count: row.runCount,
		default_name: row.defaultName,
		created_at: iso(row.createdAt),
		updated_at: iso(row.updatedAt),
	};
}

/** When it is due next; null where it is disabled, cannot be read, or is never due again. */
export function nextMomentOf({ timing, lookAt, heldMoment, since, dealtWithUntil }: Schedule): number | null {
	const read = timingSchema.safeParse(timing);
	if (!read.success || lookAt === null) return null;
	// While a tick waits the schedule is looked at each minute, due or not.
	return heldMoment === null ? lookAt : nextMoment(read.data, Math.max(since, dealtWithUntil ?? since));
}

function inWords({ timing }: Schedule): string {
	const read = timingSchema.safeParse(timing);
	return read.success ? describeSchedule(read.data) : "Its timing cannot be read by this version. Give it another one.";
}

/** @param after moments later than this */
export const presentMoments = (timing: Timing, after: number, count: number): z.infer<typeof momentJson>[] =>
	nextMoments(timing, after, count).map((moment) => {
		const { local, offset, note } = explainMoment(timing, moment);
		return { at: iso(moment), local, offset, note };
	});

export const presentTick = (tick: Tick): z.infer<typeof tickJson> => ({
	moment: iso(tick.moment),
	by_hand: tick.isByHand,
	outcome: tick.outcome,
	reason: tick.reason,
	last_moment: isoOrNull(tick.lastMoment),
	count: tick.count,
	task_id: tick.taskId,
	dealt_with_at: iso(tick.dealtWithAt),
	delay_ms: Math.max(0, tick.dealtWithAt - tick.moment),
});
