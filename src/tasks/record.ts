/** Writing what became of an attempt: its effects, the attempt and the task, in one transaction. */
import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Database, Statement } from "../db/database.ts";
import { insertEvent } from "../db/insert-event.ts";
import { isPaused } from "../db/paused-queues.ts";
import { type AttemptOutcome, attempts, type StoredError, tasks } from "../db/schema.ts";
import { type AppError, causesOf } from "../errors.ts";
import { retryDelaySeconds } from "./backoff.ts";
import { type ClaimedTask, isHeld, isTriedAgain, type TaskRow } from "./claim.ts";
import { type AnyTaskDefinition, DEFAULT_BACKOFF, type QueueName } from "./define.ts";
import { canBeSent, type EnqueuedTask, insertTask, returnedForSending, wakeUnlessPaused } from "./enqueue.ts";
import { joinGroup, startCallbacks } from "./groups.ts";
import type { Outcome } from "./outcome.ts";
import { countEnding } from "./statistics.ts";

/** How a task may end. */
export type EndState = "succeeded" | "failed" | "cancelled";
/** What the task became. `lease_lost`: another attempt had taken it, or it was cancelled; nothing was written. */
export type Recorded = EndState | "retrying" | "snoozed" | "lease_lost";

/** What an outcome came to once it was written. */
export interface RecordedOutcome {
	became: Recorded;
	/** What has to be sent now that it is committed: the task again, its children, the callback of its group. */
	toSend: EnqueuedTask[];
}

type TaskChanges = { [Column in keyof TaskRow]?: TaskRow[Column] | SQL };

/** An outcome as statements, and how their answers are read: for whoever has more to put into the batch. */
export interface OutcomeWrites {
	/** May be run again when it is not known whether they took effect: they take effect once. */
	statements: Statement[];
	/** @param results of `statements`, in their order */
	read(results: readonly unknown[]): RecordedOutcome;
	/** What they come to where they took effect and their results were lost; a callback that they started is the sweep's. */
	unread: RecordedOutcome;
}

/**
 * The statements that write an attempt's outcome; for one batch. Only the holder of the lease writes: every statement
 * carries the fencing token. A retry beyond the last attempt becomes a failure.
 */
export function writeOutcome<Services>(
	db: Database,
	task: ClaimedTask,
	definition: AnyTaskDefinition<Services> | undefined,
	outcome: Outcome,
	now: number,
): OutcomeWrites {
	const lease: Lease = { db, task, holdsLease: leaseFence(task.id, task.leaseToken), now };
	if (outcome.kind === "completed") {
		const children = (outcome.children ?? []).map(({ definition, arguments: args, options, condition }) => {
			const about = { ownerId: task.ownerId, parentId: task.id, ...options };
			const isWanted = condition === undefined ? lease.holdsLease : sql`${lease.holdsLease} AND ${condition}`;
			return insertTask(db, definition, args, about, now, isWanted);
		});
		const effects = [
			...(outcome.effects?.(lease.holdsLease) ?? []),
			...children.map(({ statement }) => statement),
			...children.flatMap(({ uniqueKey }, at) => {
				const groupId = outcome.children?.[at]?.options?.groupId;
				return groupId === undefined || uniqueKey === null ? [] : [joinGroup(db, groupId, uniqueKey, lease.holdsLease)];
			}),
			closeAttempt(lease, "completed", null, outcome.peakMemoryBytes),
		];
		const changes = { result: outcome.result, error: null };
		return end(
			lease,
			"succeeded",
			changes,
			effects,
			children,
			(outcome.children ?? []).flatMap(({ options }) => options?.callbackOf ?? []),
		);
	}
	if (outcome.kind === "snooze") {
		const dueAt = now + outcome.delaySeconds * 1000;
		const paused = isPaused(task.queue);
		const sent = canBeSent(dueAt, now)
			? {
					state: sql`CASE WHEN ${paused} THEN 'pending' ELSE 'sent' END`,
					sentAt: sql`CASE WHEN ${paused} THEN ${tasks.sentAt} ELSE ${now} END`,
				}
			: { state: "pending" as const };
		const changes = { ...sent, snoozeCount: task.snoozeCount + 1 };
		return waitUntil(lease, dueAt, changes, closeAttempt(lease, "snooze"), "snoozed");
	}
	const error = storedError(outcome.error);
	if (outcome.kind === "retry" && isTriedAgain(task)) {
		const attempt = task.attemptCount - task.snoozeCount;
		const backoff = definition?.backoff ?? DEFAULT_BACKOFF;
		const dueAt = now + (outcome.delaySeconds ?? retryDelaySeconds(backoff, attempt)) * 1000;
		return waitUntil(lease, dueAt, { state: "retrying", error }, closeAttempt(lease, "retry", error), "retrying");
	}
	const state = outcome.kind === "cancel" ? "cancelled" : "failed";
	return end(lease, state, { error }, [
		...effectsOfFailure(lease, definition, error),
		...(state === "failed" && !definition?.isSilent ? [tellFailure(lease, error)] : []),
		closeAttempt(lease, outcome.kind, error),
	]);
}

/** None where the arguments, of an older version, do not fit: such a task must end like any other. */
function effectsOfFailure<Services>(
	{ db, task, holdsLease }: Lease,
	definition: AnyTaskDefinition<Services> | undefined,
	error: StoredError,
): Statement[] {
	const args = definition?.arguments.safeParse(task.arguments);
	return args?.success ? (definition?.effectsOfFailure?.(db, args.data, error, holdsLease) ?? []) : [];
}

/** An attempt's right to write. */
interface Lease {
	db: Database;
	task: ClaimedTask;
	/** True in SQL while the attempt holds the task. */
	holdsLease: SQL;
	now: number;
}

function waitUntil(
	lease: Lease,
	dueAt: number,
	changes: TaskChanges,
	attempt: Statement,
	became: Recorded,
): OutcomeWrites {
	const { db, task, now } = lease;
	const wakeAt = wakeUnlessPaused(task.queue, dueAt, now);
	return {
		statements: [attempt, updateHeld(db, task, { dueAt, wakeAt, ...changes })],
		read(results) {
			const toSend = results.at(-1) as EnqueuedTask[];
			return { became: toSend.length === 0 ? "lease_lost" : became, toSend };
		},
		unread: { became, toSend: [{ id: task.id, queue: task.queue as QueueName, dueAt }] },
	};
}

function end(
	lease: Lease,
	state: EndState,
	changes: TaskChanges,
	effects: Statement[],
	children: { task: EnqueuedTask; statement: Statement }[] = [],
	/** Groups made of children: one whose tasks all belong to another one already has nobody whose end could start its callback. */
	newGroups: readonly string[] = [],
): OutcomeWrites {
	const { db, task, holdsLease, now } = lease;
	const before = [...effects, countEnding(db, task, state, now, holdsLease)];
	const keepsKey = task.uniqueUntil !== null && task.uniqueUntil > now;
	const ending = { state, finishedAt: now, wakeAt: null, ...(keepsKey ? {} : { uniqueKey: null }), ...changes };
	// Looked up as it is written: the task may have joined a group since it was claimed.
	const itsGroup = sql`SELECT ${tasks.groupId} FROM ${tasks} WHERE ${tasks.id} = ${task.id}`;
	const groups = [itsGroup, ...newGroups.map((id) => sql`${id}`)];
	const callbacks = groups.map((ids) => startCallbacks(db, ids, now));
	return {
		statements: [...before, updateHeld(db, task, ending), ...callbacks],
		read(results) {
			const [ended, ...ofGroups] = results.slice(before.length) as [unknown[], ...EnqueuedTask[][]];
			const started = ofGroups.flat();
			// A callback that was started by this very batch is sent even where the lease was lost: nobody else knows of it.
			if (ended.length === 0) return { became: "lease_lost", toSend: started };
			const written = children.flatMap(({ statement }) => results[before.indexOf(statement)] as EnqueuedTask[]);
			return { became: state, toSend: [...written, ...started] };
		},
		unread: { became: state, toSend: children.map(({ task }) => task) },
	};
}

const updateHeld = (db: Database, task: ClaimedTask, changes: TaskChanges): Statement =>
	db
		.update(tasks)
		.set({ leaseToken: null, ...changes })
		.where(isHeld(task))
		.returning(returnedForSending);

/** Whether an outcome of this attempt was written: it has ended, and not because its worker was thought to be dead. */
export async function isRecorded(db: Database, task: ClaimedTask): Promise<boolean> {
	const isOurs = and(eq(attempts.taskId, task.id), eq(attempts.number, task.attemptCount));
	const attempt = await db.select({ outcome: attempts.outcome }).from(attempts).where(isOurs).get();
	return attempt !== undefined && attempt.outcome !== null && attempt.outcome !== "lost";
}

/** True in SQL while this attempt holds the task. */
export const leaseFence = (taskId: string, leaseToken: string): SQL =>
	sql`EXISTS (SELECT 1 FROM ${tasks} WHERE ${isHeld({ id: taskId, leaseToken })})`;

/** Code and text are public; the causes are kept for administrators. */
const storedError = (error: AppError): StoredError => {
	const causes = causesOf(error);
	return { code: error.code, detail: error.detail, ...(causes.length === 0 ? {} : { causes }) };
};

function closeAttempt(
	{ db, task, holdsLease, now }: Lease,
	outcome: AttemptOutcome,
	error: StoredError | null = null,
	peakMemoryBytes: number | null = null,
): Statement {
	const isOurs = and(eq(attempts.taskId, task.id), eq(attempts.number, task.attemptCount), isNull(attempts.endedAt));
	return db.update(attempts).set({ endedAt: now, outcome, error, peakMemoryBytes }).where(and(isOurs, holdsLease));
}

const tellFailure = ({ db, task, holdsLease, now }: Lease, error: StoredError): Statement =>
	insertEvent(
		db,
		{
			type: "task.failed",
			ownerId: task.ownerId,
			itemId: task.itemId,
			photoId: task.photoId,
			taskId: task.id,
			data: { name: task.name, attempts: task.attemptCount, code: error.code, detail: error.detail },
		},
		sql`WHERE ${holdsLease}`,
		now,
	);
