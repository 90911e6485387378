/** Cancelling the work on photos that are being deleted. */
import { and, isNull, type SQL, sql } from "drizzle-orm";
import { startCallbacks } from "../tasks/groups.ts";
import { countCancelled } from "../tasks/statistics.ts";
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
		countCancelled(db, theirs, now),
		db
			.update(tasks)
			.set({ state: "cancelled", wakeAt: null, leaseToken: null, uniqueKey: null, finishedAt: now })
			.where(and(sql`${tasks.id} IN ${theirs}`, isNull(tasks.finishedAt))),
		startCallbacks(db, sql`SELECT ${tasks.groupId} FROM ${tasks} WHERE ${tasks.id} IN ${theirs}`, now),
	];
}
