/**
 * Statistics of the past are kept by the hour: a week of them is read as quickly as a morning. Minutes are added to the
 * row of their hour's first minute, in one transaction, which finds nothing to add the next time.
 */
import { and, gt, lt, sql } from "drizzle-orm";
import { type Database, runBatch, type Statement } from "../db/database.ts";
import { taskStatistics } from "../db/schema.ts";
import { MINUTE_MS } from "./statistics.ts";

/** For so long every minute can be told from the next. */
export const KEPT_BY_MINUTE_MS = 120 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** Hours in one run: one is due an hour, so that what a standstill left is caught up with sixty times as fast. */
const MAX_HOURS_PER_RUN = 1;

/** @returns how many hours were put together */
export async function keepStatisticsByHour(db: Database, oldest: number, now: number): Promise<number> {
	const hours = await findHoursInMinutes(db, oldest, now - KEPT_BY_MINUTE_MS - MINUTE_MS);
	await runBatch(
		db,
		hours.flatMap((hour) => addMinutes(db, hour)),
	);
	return hours.length;
}

/** Hours that ended by then and of which there are still minutes; one probe of the primary key an hour. */
async function findHoursInMinutes(db: Database, oldest: number, endedBy: number): Promise<number[]> {
	const first = oldest - (oldest % HOUR_MS);
	const last = endedBy - (endedBy % HOUR_MS) - HOUR_MS;
	const hours = sql`WITH RECURSIVE hours(start) AS (
			SELECT ${first} UNION ALL SELECT start + ${HOUR_MS} FROM hours WHERE start < ${last}
		)
		SELECT start FROM hours
		WHERE start <= ${last} AND EXISTS (SELECT 1 FROM task_statistics WHERE minute > start AND minute < start + ${HOUR_MS})
		LIMIT ${MAX_HOURS_PER_RUN}`;
	const rows = await db.select({ start: sql<number>`start` }).from(sql`(${hours})`);
	return rows.map(({ start }) => start);
}

function addMinutes(db: Database, hour: number): Statement[] {
	const end = hour + HOUR_MS;
	const added = (column: "waits" | "runs") =>
		sql`(SELECT json_group_object(bucket, tasks) FROM (
				SELECT entry.key AS bucket, sum(entry.value) AS tasks FROM task_statistics AS part, json_each(part.${sql.identifier(column)}) AS entry
				WHERE part.minute >= ${hour} AND part.minute < ${end} AND part.name = whole.name AND part.state = whole.state
				GROUP BY entry.key))`;
	return [
		db
			.insert(taskStatistics)
			.select(
				sql`SELECT ${hour}, name, min(queue), state, sum(count), ${added("waits")}, ${added("runs")} FROM task_statistics AS whole
					WHERE minute >= ${hour} AND minute < ${end} GROUP BY name, state`,
			)
			.onConflictDoUpdate({
				target: [taskStatistics.minute, taskStatistics.name, taskStatistics.state],
				set: { count: sql`excluded.count`, waits: sql`excluded.waits`, runs: sql`excluded.runs` },
			}),
		db.delete(taskStatistics).where(and(gt(taskStatistics.minute, hour), lt(taskStatistics.minute, end))),
	];
}
