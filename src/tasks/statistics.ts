/** Counting what ended, by minute, in the batch that ends it: statistics then never read finished tasks. */
import { type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { Database, Statement } from "../db/database.ts";
import { type TaskState, taskStatistics } from "../db/schema.ts";
import type { TaskRow } from "./claim.ts";
import { bucketOf } from "./duration-buckets.ts";

/** What statistics are counted by. */
export const MINUTE_MS = 60_000;

/** @param condition true in SQL while the ending that is counted is being written */
export function countEnding(
	db: Database,
	task: Pick<TaskRow, "name" | "queue" | "dueAt" | "startedAt">,
	state: TaskState,
	now: number,
	condition: SQL,
): Statement {
	const minute = now - (now % MINUTE_MS);
	const { startedAt } = task;
	const waits = startedAt === null ? null : bucketOf(startedAt - Math.min(task.dueAt, startedAt));
	const runs = startedAt === null ? null : bucketOf(now - startedAt);
	const first = (bucket: number | null) => (bucket === null ? "{}" : JSON.stringify({ [bucket]: 1 }));
	const more = (column: SQLWrapper, bucket: number | null) => {
		if (bucket === null) return sql`${column}`;
		const path = `$."${bucket}"`;
		return sql`json_set(${column}, ${path}, coalesce(json_extract(${column}, ${path}), 0) + 1)`;
	};
	return db
		.insert(taskStatistics)
		.select(
			sql`SELECT ${minute}, ${task.name}, ${task.queue}, ${state}, 1, ${first(waits)}, ${first(runs)} WHERE ${condition}`,
		)
		.onConflictDoUpdate({
			target: sameMinute,
			set: {
				count: sql`${taskStatistics.count} + 1`,
				waits: more(taskStatistics.waits, waits),
				runs: more(taskStatistics.runs, runs),
			},
		});
}

/** What a row of the statistics stands for. */
const sameMinute = [taskStatistics.minute, taskStatistics.name, taskStatistics.state];

/** Counts tasks that are about to be cancelled unseen. @param ids as SQL: a subquery of them, in parentheses */
export const countCancelled = (db: Database, ids: SQL, now: number): Statement =>
	db
		.insert(taskStatistics)
		.select(
			sql`SELECT ${now - (now % MINUTE_MS)}, name, queue, 'cancelled', count(*), '{}', '{}' FROM tasks
				WHERE id IN ${ids} AND finished_at IS NULL GROUP BY name, queue`,
		)
		.onConflictDoUpdate({ target: sameMinute, set: { count: sql`${taskStatistics.count} + excluded.count` } });
