/** Cancelling the work on photos that are being deleted. */
import { and, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import type { Database, Statement } from "./database.ts";
import { attempts, photos, tasks } from "./schema.ts";

/** Cancels the tasks that still wait or work on some photos; an attempt that runs ends as cancelled and writes nothing. */
export function cancelWorkStatements(db: Database, which: SQL, now: number): Statement[] {
	const theirs = sql`(SELECT ${photos.taskId} FROM ${photos} WHERE ${which})`;
	return [
		db
			.update(attempts)
			.set({ endedAt: now, outcome: "cancel" })
			.where(and(sql`${attempts.taskId} IN ${theirs}`, isNull(attempts.endedAt))),
		db
			.update(tasks)
			.set({ state: "cancelled", wakeAt: null, leaseToken: null, finishedAt: now })
			.where(and(sql`${tasks.id} IN ${theirs}`, isNotNull(tasks.wakeAt))),
	];
}
