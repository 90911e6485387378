/** What messages and living workers missed: sends unsent tasks again and takes back expired leases. */
import { and, asc, eq, isNotNull, lte, not, or, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { runBatch } from "../db/database.ts";
import { isPaused, putOffPaused } from "../db/paused-queues.ts";
import { tasks } from "../db/schema.ts";
import { AppError } from "../errors.ts";
import { logEvent } from "../log.ts";
import { isTriedAgain, type TaskRow, takeBackStatements } from "./claim.ts";
import type { TaskRegistry } from "./define.ts";
import { endTasks } from "./end-from-outside.ts";
import { type EnqueuedTask, noteSentAgain, sendTasks, type TaskQueues } from "./enqueue.ts";

export interface TaskSweepReport {
	/** Messages sent for tasks that were unsent, unclaimed or due again. */
	sent: number;
	/** Attempts whose lease had expired. */
	lost: number;
	/** Tasks given up because no attempt was left. */
	failed: number;
	/** True when there may be more: the next run, a minute later, goes on. */
	more: boolean;
}

/** At most this many tasks a run: five messages' batches, far below the 30 s of CPU that a run has. */
const MAX_TASKS_PER_RUN = 500;
/**
 * Of those, at most this many with an expired lease, and this many given up. A run has 1,000 queries: 2 take back a lease
 * and up to 11 give a task up, 430 together; events (some 220) and removals (some 200) take most of the others.
 */
const MAX_EXPIRED_LEASES_PER_RUN = 50;
const MAX_GIVEN_UP_PER_RUN = 30;

/** Looks at the tasks whose moment has come, oldest first. Idempotent and resumable: a run that dies loses nothing. */
export async function sweepTasks<Services>(
	db: Database,
	queues: TaskQueues,
	registry: TaskRegistry<Services>,
	now: number,
): Promise<TaskSweepReport> {
	await putOffPaused(db, now);
	const due = await db
		.select()
		.from(tasks)
		.where(
			and(
				isNotNull(tasks.wakeAt),
				lte(tasks.wakeAt, now),
				or(eq(tasks.state, "started"), not(isPaused(sql`tasks.queue`))),
			),
		)
		.orderBy(asc(tasks.wakeAt))
		.limit(MAX_TASKS_PER_RUN);
	const report: TaskSweepReport = { sent: 0, lost: 0, failed: 0, more: due.length === MAX_TASKS_PER_RUN };
	const silent = due.filter(({ state }) => state === "started");
	const expired = silent.slice(0, MAX_EXPIRED_LEASES_PER_RUN);
	report.more ||= expired.length < silent.length;
	const freed = await takeBack(db, expired, now);
	report.lost = freed.length;

	const waiting: FreedTask[] = [...due.filter(({ state }) => state !== "started"), ...freed];
	const hopeless = waiting.filter((task) => !registry.has(task.name) || !isTriedAgain(task));
	const toSend: EnqueuedTask[] = [];
	report.more ||= hopeless.length > MAX_GIVEN_UP_PER_RUN;
	for (const [error, list] of byReason(hopeless.slice(0, MAX_GIVEN_UP_PER_RUN), registry)) {
		// Whoever took one of them since it was read keeps it.
		const isStillDue = sql`${tasks.wakeAt} <= ${now} AND ${tasks.state} <> 'started'`;
		const { ended, toSend: started } = await endTasks(db, registry, list, { kind: "discard", error }, now, isStillDue);
		report.failed += ended.length;
		toSend.push(...started);
		for (const id of ended) logEvent("error", "task.given_up", { task_id: id, code: error.code });
	}

	const again = waiting.flatMap(({ id, name, dueAt, isPaused = 0 }): EnqueuedTask[] => {
		const queue = registry.get(name)?.queue;
		return queue === undefined ? [] : [{ id, queue, dueAt, isPaused }];
	});
	const given = new Set(hopeless.map(({ id }) => id));
	const sent = await sendTasks(db, queues, [...again.filter(({ id }) => !given.has(id)), ...toSend], now);
	await noteSentAgain(db, sent, now);
	report.sent = sent.length;
	return report;
}

type FreedTask = TaskRow & Pick<EnqueuedTask, "isPaused">;

/** Frees tasks whose lease expired. Not those whose holder, after all, was quicker. */
async function takeBack(db: Database, expired: TaskRow[], now: number): Promise<FreedTask[]> {
	const results = await runBatch(
		db,
		expired.flatMap(({ id }) => takeBackStatements(db, id, now)),
	);
	const freed = results.filter((_, at) => at % 2 === 1).flatMap((rows) => rows as FreedTask[]);
	for (const { id, name, attemptCount } of freed) {
		logEvent("warn", "task.lease_expired", { task_id: id, task: name, attempt: attemptCount });
	}
	return freed;
}

function byReason<Services>(list: TaskRow[], registry: TaskRegistry<Services>): [AppError, TaskRow[]][] {
	const unknown = list.filter(({ name }) => !registry.has(name));
	const lost = list.filter(({ name }) => registry.has(name));
	const groups: [AppError, TaskRow[]][] = [
		[new AppError("unknown_task", "This version of the system knows no such task."), unknown],
		[
			new AppError(
				"task_lost",
				"The work was given up because its worker died each time. Try it again by hand; if it stays, tell the operator.",
			),
			lost,
		],
	];
	return groups.filter(([, members]) => members.length > 0);
}
