/** The schedules that a deployment begins with, and how they are brought into one that has some. The command line plans with it too. */
import { v7 as newId } from "uuid";
import type { schedules, ticks } from "../db/schema.ts";
import { nextMoment } from "../schedules/moments.ts";
import { summarizeMoments } from "../schedules/plan-ticks.ts";
import { type TimingFields, timingSchema } from "../schedules/timing.ts";

type Schedule = typeof schedules.$inferSelect;
type NewSchedule = typeof schedules.$inferInsert;
type NewTick = typeof ticks.$inferInsert;

/** What a default says; all else of it is the same for each. */
export interface DefaultSchedule {
	name: string;
	description: string;
	task: string;
	arguments: Record<string, unknown>;
	timing: TimingFields;
}

/** Whose the tasks of the defaults are: nobody's in particular. */
export const SYSTEM_OWNER = "system";

const crontab = (expression: string): TimingFields => ({
	kind: "crontab",
	expression,
	time_zone: "UTC",
	starts_at: null,
	ends_at: null,
});

/** As the original's `setup_beat_schedule`. */
export const defaultSchedules: readonly DefaultSchedule[] = [
	{
		name: "cleanup-orphaned-photos",
		description: "Photos that were never attached to an item, after a day.",
		task: "cleanup_orphaned_photos",
		arguments: { older_than_hours: 24, incomplete_only: true },
		timing: crontab("0 */6 * * *"),
	},
	{
		name: "cleanup-old-incomplete-photos",
		description: "The same after a week, with uploads that were announced and never came.",
		task: "cleanup_old_incomplete_photos",
		arguments: {},
		timing: crontab("30 3 * * *"),
	},
	{
		name: "cleanup-all-orphaned-photos",
		description: "Objects without a row, and rows without their object.",
		task: "cleanup_all_orphaned_photos",
		arguments: {},
		timing: crontab("0 4 * * 0"),
	},
	{
		name: "cleanup-task-results",
		description: "Tasks, attempts, ticks and events past their life.",
		task: "cleanup_task_results",
		arguments: {},
		timing: crontab("15 4 * * *"),
	},
];

/** The row of a default, as if it were made now. */
export function rowOfDefault({ name, ...said }: DefaultSchedule, now: number): NewSchedule {
	return {
		id: newId(),
		name,
		...said,
		misfire: "once",
		misfireLimit: 1,
		overlap: "skip",
		jitterSeconds: 0,
		isEnabled: true,
		ownerId: SYSTEM_OWNER,
		since: now,
		lookAt: nextMoment(timingSchema.parse(said.timing), now),
		claim: crypto.randomUUID(),
		defaultName: name,
		createdAt: now,
		updatedAt: now,
	};
}

/** What becomes of a default in a deployment that has been running. */
export type DefaultAction = "add" | "update" | "keep_changed" | "keep" | "name_taken";

/** What a default says of the schedule that is made from it. */
const followed = ["description", "task", "arguments", "timing"] as const;
export type FollowedField = (typeof followed)[number];

/** What is known of a schedule that was made from a default, or only has the name of one. */
export type KnownDefault = Pick<Schedule, "name" | "defaultName" | "isChanged" | FollowedField>;

export interface PlannedDefault<Known extends KnownDefault> {
	schedule: DefaultSchedule;
	action: DefaultAction;
	/** The schedule that was made from it. */
	known?: Known;
	/** What an update changes. */
	changed: FollowedField[];
}

/** A schedule that the operator changed stays as it is; one that nobody touched follows the default. */
export function planDefaults<Known extends KnownDefault>(
	known: readonly Known[],
	wanted: readonly DefaultSchedule[] = defaultSchedules,
): PlannedDefault<Known>[] {
	return wanted.map((schedule): PlannedDefault<Known> => {
		const made = known.find(({ defaultName }) => defaultName === schedule.name);
		if (!made) {
			const isTaken = known.some(({ name }) => name === schedule.name);
			return { schedule, action: isTaken ? "name_taken" : "add", changed: [] };
		}
		const changed = followed.filter((field) => JSON.stringify(made[field]) !== JSON.stringify(schedule[field]));
		if (made.isChanged) return { schedule, action: "keep_changed", known: made, changed: [] };
		return { schedule, action: changed.length > 0 ? "update" : "keep", known: made, changed };
	});
}

/**
 * What bringing a schedule up to date comes to. Another timing begins anew: none of its moments that have passed is fired,
 * and those of the old one that nobody dealt with yet are a note in the history. What is counted stays.
 *
 * @param row as it was read: it is changed only while its claim is the same
 */
export function changesOfDefault(
	row: Schedule,
	{ description, task, arguments: args, timing }: DefaultSchedule,
	now: number,
): { changes: Partial<NewSchedule>; notes: NewTick[] } {
	const said = { description, task, arguments: args, claim: crypto.randomUUID(), updatedAt: now };
	if (JSON.stringify(row.timing) === JSON.stringify(timing)) return { changes: said, notes: [] };
	const dealtWithUntil = Math.max(row.since, row.dealtWithUntil ?? row.since);
	const next = nextMoment(timingSchema.parse(timing), Math.max(now, dealtWithUntil));
	// A tick that waits for the end of another is looked at each minute, and the new moments with it.
	const lookAt = row.heldMoment === null ? next : row.lookAt;
	const old = timingSchema.safeParse(row.timing);
	const left = row.isEnabled && old.success ? summarizeMoments(old.data, dealtWithUntil, now) : undefined;
	return {
		changes: { ...said, timing, since: now, lookAt: row.isEnabled ? lookAt : null },
		notes: left
			? [
					{
						scheduleId: row.id,
						moment: left.first,
						isByHand: false,
						outcome: "skipped",
						reason: "replaced",
						lastMoment: left.last,
						count: left.count,
						dealtWithAt: now,
					},
				]
			: [],
	};
}
