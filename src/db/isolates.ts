/** Isolates that worked lately, from the newest attempts: SQLite numbers rows as they are written, so no index is needed. */
import { desc, eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { tasks } from "./schema.ts";

/** So many of the newest attempts are looked at, some 10 ms of D1. */
export const MAX_ATTEMPTS_LOOKED_AT = 2000;

/** What an isolate did among the attempts that were looked at. */
export interface IsolateWork {
	isolateId: string;
	firstAt: number;
	lastAt: number;
	attempts: number;
	working: number;
	completed: number;
	/** Retried or given up. */
	failed: number;
	/** It died over them. */
	lost: number;
	/** Of attempts whose handler measured it. */
	peakMemoryBytes: number | null;
	lastTaskId: string;
}

const newest = sql`(SELECT * FROM attempts ORDER BY rowid DESC LIMIT ${MAX_ATTEMPTS_LOOKED_AT})`;

/** Last seen first. */
export const listIsolates = (db: Database): Promise<IsolateWork[]> =>
	db
		.select({
			isolateId: sql<string>`isolate_id`,
			firstAt: sql<number>`min(started_at)`,
			attempts: sql<number>`count(*)`,
			working: sql<number>`sum(ended_at IS NULL)`,
			completed: sql<number>`coalesce(sum(outcome = 'completed'), 0)`,
			failed: sql<number>`coalesce(sum(outcome IN ('retry', 'discard')), 0)`,
			lost: sql<number>`coalesce(sum(outcome = 'lost'), 0)`,
			peakMemoryBytes: sql<number | null>`max(peak_memory_bytes)`,
			lastAt: sql<number>`max(started_at)`,
			// The moment as 13 digits before it: the greatest is the newest.
			lastTaskId: sql<string>`substr(max(printf('%013d', started_at) || task_id), 14)`,
		})
		.from(sql`${newest} AS newest`)
		.groupBy(sql`isolate_id`)
		.orderBy(sql`max(started_at) DESC`);

/** Its attempts among those, newest first, with the names of their tasks. */
export const listAttemptsOfIsolate = (db: Database, isolateId: string, limit: number) =>
	db
		.select({
			taskId: sql<string>`newest.task_id`,
			number: sql<number>`newest.number`,
			startedAt: sql<number>`newest.started_at`,
			endedAt: sql<number | null>`newest.ended_at`,
			outcome: sql<string | null>`newest.outcome`,
			peakMemoryBytes: sql<number | null>`newest.peak_memory_bytes`,
			name: tasks.name,
		})
		.from(sql`${newest} AS newest`)
		.leftJoin(tasks, eq(tasks.id, sql`newest.task_id`))
		.where(sql`newest.isolate_id = ${isolateId}`)
		.orderBy(desc(sql`newest.started_at`))
		.limit(limit);

export type AttemptOfIsolate = Awaited<ReturnType<typeof listAttemptsOfIsolate>>[number];
