/** What a request makes of a schedule's row. */
import { v7 as newId } from "uuid";
import type { z } from "zod";
import { readTiming } from "../../cron/read-timing.ts";
import type { NewSchedule, Schedule } from "../../db/schedules.ts";
import { AppError } from "../../errors.ts";
import { taskRegistry } from "../../handlers/registry.ts";
import { nextMoment } from "../../schedules/moments.ts";
import { type Timing, writeTiming } from "../../schedules/timing.ts";
import { scheduledTask } from "../../tasks/scheduled-task.ts";
import type { newScheduleBody, scheduleChanges } from "./schemas.ts";

/** @throws AppError `unknown_task`, `invalid_request` where its task could not be enqueued */
export function rowOfNew(body: z.output<typeof newScheduleBody>, ownerId: string, now: number): NewSchedule {
	const { timing, misfire_limit: misfireLimit, jitter_seconds: jitterSeconds, enabled: isEnabled, ...said } = body;
	requireTask({ ...said, ownerId });
	const next = requireMoment(timing, now);
	return {
		id: newId(),
		...said,
		timing: writeTiming(timing),
		misfireLimit,
		jitterSeconds,
		isEnabled,
		ownerId,
		since: now,
		lookAt: isEnabled ? next : null,
		claim: crypto.randomUUID(),
		createdAt: now,
		updatedAt: now,
	};
}

/**
 * What a change comes to. Another timing, and enabling, begin anew: moments that have passed are none of the schedule's, so
 * neither fires anything at once. What is counted stays.
 *
 * @throws AppError `unknown_task`, `invalid_request` where its task could not be enqueued or the timing has passed, `conflict`
 *   where that of one to be enabled has
 */
export function changesOf(
	schedule: Schedule,
	changes: z.output<typeof scheduleChanges>,
	now: number,
): Partial<NewSchedule> {
	const { timing, misfire_limit: misfireLimit, jitter_seconds: jitterSeconds, enabled, ...rest } = changes;
	const said = withoutUndefined(rest);
	if (said.task !== undefined || said.arguments !== undefined) requireTask({ ...schedule, ...said });
	if (timing !== undefined) requireMoment(timing, now);
	const isEnabled = enabled ?? schedule.isEnabled;
	const beginsAnew = timing !== undefined || (isEnabled && !schedule.isEnabled);
	const since = beginsAnew ? now : schedule.since;
	return {
		...said,
		...(timing === undefined ? {} : { timing: writeTiming(timing) }),
		...(misfireLimit === undefined ? {} : { misfireLimit }),
		...(jitterSeconds === undefined ? {} : { jitterSeconds }),
		isEnabled,
		since,
		...(isEnabled ? {} : { heldMoment: null }),
		lookAt: isEnabled ? lookAt(schedule, timing ?? readTiming(schedule), since, beginsAnew) : null,
		isChanged: schedule.defaultName !== null,
	};
}

function lookAt(schedule: Schedule, timing: Timing, since: number, beginsAnew: boolean): number | null {
	if (schedule.heldMoment !== null) return schedule.lookAt;
	const next = nextMoment(timing, Math.max(since, schedule.dealtWithUntil ?? since));
	if (next === null && beginsAnew) {
		throw new AppError(
			"conflict",
			"All moments of the schedule have passed. Give it another timing, and enable it then.",
		);
	}
	return next;
}

function requireMoment(timing: Timing, now: number): number {
	const next = nextMoment(timing, now);
	if (next !== null) return next;
	throw new AppError(
		"invalid_request",
		"The schedule would never be due: all its moments have passed. Give it another timing.",
		{ extensions: { faults: [{ field: "timing", expected: "a timing with a moment to come" }] } },
	);
}

const requireTask = (schedule: Pick<Schedule, "task" | "arguments" | "ownerId">): void => {
	scheduledTask(taskRegistry, schedule, {});
};

/** What was left out of a request is `undefined` to its parser, and would be written as such. */
const withoutUndefined = <Fields extends object>(fields: Fields) =>
	Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
		[Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
	};
