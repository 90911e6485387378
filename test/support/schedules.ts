/** Schedules in D1, and what became of their ticks. */
import { env } from "cloudflare:workers";
import { asc, eq } from "drizzle-orm";
import { v7 as newId } from "uuid";
import { openDatabase } from "../../src/db/database.ts";
import type { NewSchedule } from "../../src/db/schedules.ts";
import { schedules, tasks, ticks } from "../../src/db/schema.ts";
import { nextMoment } from "../../src/schedules/moments.ts";
import { type TimingFields, timingSchema } from "../../src/schedules/timing.ts";

const database = () => openDatabase(env.DB);

export const crontab = (expression: string, time_zone = "UTC"): TimingFields => ({
	kind: "crontab",
	expression,
	time_zone,
	starts_at: null,
	ends_at: null,
});

/** Hourly with a plain task unless told otherwise, made at `since`. @returns its id */
export async function writeSchedule(since: number, changes: Partial<NewSchedule> = {}): Promise<string> {
	const timing = changes.timing ?? crontab("0 * * * *");
	const row: NewSchedule = {
		id: newId(),
		name: `schedule-${newId()}`,
		task: "plain_task",
		arguments: { word: "goal" },
		timing,
		misfire: "once",
		misfireLimit: 10,
		overlap: "allow",
		jitterSeconds: 0,
		isEnabled: true,
		ownerId: "ana",
		since,
		lookAt: changes.lookAt === undefined ? nextMoment(timingSchema.parse(timing), since) : null,
		claim: newId(),
		createdAt: since,
		updatedAt: since,
		...changes,
	};
	await database().insert(schedules).values(row);
	return row.id;
}

export const readSchedule = async (id: string) => {
	const row = await database().select().from(schedules).where(eq(schedules.id, id)).get();
	if (!row) throw new Error(`no schedule ${id}`);
	return row;
};

export const readTicks = (scheduleId: string) =>
	database().select().from(ticks).where(eq(ticks.scheduleId, scheduleId)).orderBy(asc(ticks.moment));

/** Of all schedules, oldest first. */
export const readTasks = () => database().select().from(tasks).orderBy(asc(tasks.id));
