/** What messages and living workers missed: sends unsent tasks again and takes back expired leases. */
import { and, asc, eq, isNotNull, lte, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { runBatch } from "../db/database.ts";
import { attempts, tasks } from "../db/schema.ts";
import { AppError } from "../errors.ts";
import { logEvent } from "../log.ts";
import type { ClaimedTask } from "./claim.ts";
import type { TaskRegistry } from "./define.ts";
import { sendTasks, type TaskQueues } from "./enqueue.ts";
import { discard } from "./outcome.ts";
import { recordOutcome } from "./record.ts";

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
/** Of those, at most this many with an expired lease: each takes up to 8 of the 1,000 queries that a run has. */
const MAX_EXPIRED_LEASES_PER_RUN = 100;

/** Looks at the tasks whose moment has come, oldest first. Idempotent and resumable: a run that dies loses nothing. */
export async function sweepTasks<Services>(
	db: Database,
	queues: TaskQueues,
	registry: TaskRegistry<Services>,
	now: number,
): Promise<TaskSweepReport> {
	const due = await db
		.select()
		.from(tasks)
		.where(and(isNotNull(tasks.wakeAt), lte(tasks.wakeAt, now)))
		.orderBy(asc(tasks.wakeAt))
		.limit(MAX_TASKS_PER_RUN);
	const report: TaskSweepReport = { sent: 0, lost: 0, failed: 0, more: due.length === MAX_TASKS_PER_RUN };
	const toSend = [];
	for (const task of due) {
		if (task.state === "started") {
			if (report.lost === MAX_EXPIRED_LEASES_PER_RUN) {
				report.more = true;
				continue;
			}
			report.lost += 1;
			if (task.attemptCount >= task.maxAttempts) {
				report.failed += await giveUp(db, registry, task, now);
				continue;
			}
			if (!(await takeBack(db, task, now))) continue;
		}
		const queue = registry.get(task.name)?.queue;
		if (queue) toSend.push({ id: task.id, queue });
		else report.failed += await giveUp(db, registry, task, now);
	}
	report.sent = await sendTasks(db, queues, toSend);
	return report;
}

type TaskRow = typeof tasks.$inferSelect;

/** Frees a task whose lease expired. False when its holder, after all, was quicker. */
async function takeBack(db: Database, task: TaskRow, now: number): Promise<boolean> {
	const stillLost = and(eq(tasks.id, task.id), eq(tasks.state, "started"), eq(tasks.leaseToken, task.leaseToken ?? ""));
	const results = await runBatch(db, [
		db
			.update(attempts)
			.set({ endedAt: now, outcome: "lost" })
			.where(
				and(
					eq(attempts.taskId, task.id),
					eq(attempts.leaseToken, task.leaseToken ?? ""),
					sql`${attempts.endedAt} IS NULL`,
				),
			),
		db.update(tasks).set({ state: "pending", leaseToken: null }).where(stillLost).returning({ id: tasks.id }),
	]);
	logEvent("warn", "task.lease_expired", { task_id: task.id, task: task.name, attempt: task.attemptCount });
	return (results[1] as unknown[]).length > 0;
}

/** Fails a task for good. Its lease is taken first, so that the failure is written by a holder like any outcome. */
async function giveUp<Services>(
	db: Database,
	registry: TaskRegistry<Services>,
	task: TaskRow,
	now: number,
): Promise<number> {
	const leaseToken = crypto.randomUUID();
	const [taken] = await db
		.update(tasks)
		.set({ leaseToken, state: "started" })
		.where(and(eq(tasks.id, task.id), lte(tasks.wakeAt, now)))
		.returning();
	if (!taken) return 0;
	const error = new AppError(
		"task_lost",
		"The work was given up because its worker died each time. Upload the photo again; if it stays, tell the operator.",
	);
	const definition = registry.get(task.name) ?? ({} as never);
	const recorded = await recordOutcome(db, taken as ClaimedTask, definition, discard(error), now);
	await db
		.update(attempts)
		.set({ endedAt: now, outcome: "lost" })
		.where(and(eq(attempts.taskId, task.id), sql`${attempts.endedAt} IS NULL`));
	logEvent("error", "task.given_up", { task_id: task.id, task: task.name, attempt: task.attemptCount });
	return recorded === "failed" ? 1 : 0;
}
