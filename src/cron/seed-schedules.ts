/** A deployment without any schedule is given the defaults. */
import type { Database } from "../db/database.ts";
import { hasSchedules } from "../db/schedules.ts";
import { schedules } from "../db/schema.ts";
import { defaultSchedules, rowOfDefault } from "./default-schedules.ts";

/** Where there is no schedule at all, the defaults are made. @returns whether they were */
export async function seedSchedules(db: Database, now: number): Promise<boolean> {
	if (await hasSchedules(db)) return false;
	const rows = defaultSchedules.map((each) => rowOfDefault(each, now));
	await db.insert(schedules).values(rows).onConflictDoNothing();
	return true;
}
