/** The schedules that a deployment begins with, and how they are brought into one that has some. */
import { v7 as newId } from "uuid";
import type { Database } from "../db/database.ts";
import { hasSchedules, type NewSchedule } from "../db/schedules.ts";
import { schedules } from "../db/schema.ts";
import { nextMoment } from "../schedules/moments.ts";
import { type TimingFields, timingSchema } from "../schedules/timing.ts";

/** What a default says; all else of it is the same for each. */
export interface DefaultSchedule {
	name: string;
	description: string;
	task: string;
	arguments: Record<string, unknown>;
	timing: TimingFields;
}

/** Whose the tasks of the defaults are: nobody's in particular. */
const SYSTEM_OWNER = "system";

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

/** Where there is no schedule at all, the defaults are made. @returns whether they were */
export async function seedSchedules(db: Database, now: number): Promise<boolean> {
	if (await hasSchedules(db)) return false;
	const rows = defaultSchedules.map((each) => rowOfDefault(each, now));
	await db.insert(schedules).values(rows).onConflictDoNothing();
	return true;
}

/** What becomes of a default in a deployment that has been running. */
export type DefaultAction = "add" | "update" | "keep_changed" | "keep";

/** What is known of the schedule that was made from a default. */
export interface KnownDefault {
	defaultName: string;
	isChanged: boolean;
	description: string;
	task: string;
	arguments: unknown;
	timing: unknown;
}

/** A schedule that the operator changed stays as it is; one that nobody touched follows the default. */
export function planDefaults(known: readonly KnownDefault[]): { schedule: DefaultSchedule; action: DefaultAction }[] {
	const byName = new Map(known.map((each) => [each.defaultName, each]));
	return defaultSchedules.map((schedule) => ({ schedule, action: actionOn(schedule, byName.get(schedule.name)) }));
}

function actionOn(schedule: DefaultSchedule, known: KnownDefault | undefined): DefaultAction {
	if (!known) return "add";
	if (known.isChanged) return "keep_changed";
	const isSame = (["description", "task", "arguments", "timing"] as const).every(
		(field) => JSON.stringify(known[field]) === JSON.stringify(schedule[field]),
	);
	return isSame ? "keep" : "update";
}
