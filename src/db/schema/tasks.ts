/** The task engine: tasks, their attempts, what they came to by the minute, and messages that were given up. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

export const taskStates = ["pending", "sent", "started", "retrying", "succeeded", "failed", "cancelled"] as const;
export type TaskState = (typeof taskStates)[number];

/** How an attempt ended: what its handler said, or `lost` when its worker died or its lease ran out. */
export const attemptOutcomes = ["completed", "retry", "snooze", "discard", "cancel", "lost"] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

/** An error as it is kept and shown: the code is stable, the detail is for people. */
export interface StoredError {
	code: string;
	detail: string;
	/** What was thrown and why, outermost first; shown to administrators only. */
	causes?: string[];
}

/** What a handler reported last. */
export interface Progress {
	done: number;
	total: number;
	note?: string;
}

/** A unit of work. The queue's message carries only the id: this row is the truth. */
export const tasks = sqliteTable(
	"tasks",
	{
		id: text("id").primaryKey(),
		name: text("name").notNull(),
		queue: text("queue").notNull(),
		arguments: text("arguments", { mode: "json" }).$type<unknown>().notNull(),
		ownerId: text("owner_id").notNull(),
		itemId: text("item_id"),
		photoId: text("photo_id"),
		state: text("state", { enum: taskStates }).notNull(),
		attemptCount: integer("attempt_count").notNull().default(0),
		maxAttempts: integer("max_attempts").notNull(),
		/** Not to be started before: its creation, or the end of the wait before another attempt. */
		dueAt: integer("due_at").notNull(),
		/** How often a message was sent for it; the wait before the next one grows with it. */
		sendCount: integer("send_count").notNull().default(0),
		/** Fencing token of the attempt that holds the task; results are written only by its holder. */
		leaseToken: text("lease_token"),
		/**
		 * When the sweep has to look at this task again: unsent, unclaimed, or its lease expired. Null once it ended, and
		 * while it waits for a group.
		 */
		wakeAt: integer("wake_at"),
		createdAt: integer("created_at").notNull(),
		sentAt: integer("sent_at"),
		startedAt: integer("started_at"),
		finishedAt: integer("finished_at"),
		result: text("result", { mode: "json" }).$type<unknown>(),
		error: text("error", { mode: "json" }).$type<StoredError>(),
		/** Attempts that ended with a snooze: they are not counted against `maxAttempts`. */
		snoozeCount: integer("snooze_count").notNull().default(0),
		/** Attempts whose worker died; after two the task is not tried again. */
		lostCount: integer("lost_count").notNull().default(0),
		progress: text("progress", { mode: "json" }).$type<Progress>(),
		/** The task whose handler enqueued this one. */
		parentId: text("parent_id"),
		/** The ended task that this one tries again; at most one task does. */
		retryOf: text("retry_of"),
		/** The group that this task belongs to. */
		groupId: text("group_id"),
		/** The group whose end starts this task. */
		callbackOf: text("callback_of"),
		/** The caller's own: the same key of the same owner names the same task. */
		idempotencyKey: text("idempotency_key"),
		/** Only one task holds it; it is let go with the task's end, or with `uniqueUntil` when that is later. */
		uniqueKey: text("unique_key"),
		uniqueUntil: integer("unique_until"),
	},
	(table) => [
		// D1 bills each entry that is written, so an index holds only the rows that somebody looks for by it.
		index("tasks_to_wake").on(table.wakeAt).where(sql`${table.wakeAt} IS NOT NULL`),
		index("tasks_ended").on(table.state, table.id).where(sql`${table.finishedAt} IS NOT NULL`),
		index("tasks_by_name").on(table.name, table.id),
		index("tasks_by_owner").on(table.ownerId, table.id),
		index("tasks_by_item").on(table.itemId, table.id).where(sql`${table.itemId} IS NOT NULL`),
		index("tasks_by_parent").on(table.parentId, table.id).where(sql`${table.parentId} IS NOT NULL`),
		index("tasks_by_group").on(table.groupId, table.id).where(sql`${table.groupId} IS NOT NULL`),
		index("tasks_unended_of_group")
			.on(table.groupId)
			.where(sql`${table.groupId} IS NOT NULL AND ${table.finishedAt} IS NULL`),
		uniqueIndex("tasks_by_callback_of").on(table.callbackOf).where(sql`${table.callbackOf} IS NOT NULL`),
		uniqueIndex("tasks_by_retry_of").on(table.retryOf).where(sql`${table.retryOf} IS NOT NULL`),
		uniqueIndex("tasks_by_idempotency_key")
			.on(table.ownerId, table.idempotencyKey)
			.where(sql`${table.idempotencyKey} IS NOT NULL`),
		uniqueIndex("tasks_by_unique_key").on(table.uniqueKey).where(sql`${table.uniqueKey} IS NOT NULL`),
	],
);

/**
 * What ended in a minute, by task and state: counts, and how long tasks waited and ran as histograms (bucket → count,
 * see src/tasks/duration-buckets.ts). Kept up in the batch that ends a task, so statistics never read finished tasks. Of
 * hours that are past, the row of the first minute holds all (src/tasks/statistics-by-hour.ts).
 */
export const taskStatistics = sqliteTable(
	"task_statistics",
	{
		/** Milliseconds since 1970 of the start of the minute, or of the past hour. */
		minute: integer("minute").notNull(),
		name: text("name").notNull(),
		queue: text("queue").notNull(),
		state: text("state", { enum: taskStates }).notNull(),
		count: integer("count").notNull(),
		waits: text("waits", { mode: "json" }).$type<Record<string, number>>().notNull(),
		runs: text("runs", { mode: "json" }).$type<Record<string, number>>().notNull(),
	},
	(table) => [primaryKey({ columns: [table.minute, table.name, table.state] })],
);

/** Every try of a task, kept. `endedAt` null: it runs, or its worker died and the sweep has not come yet. */
export const attempts = sqliteTable(
	"attempts",
	{
		taskId: text("task_id")
			.notNull()
			.references(() => tasks.id, { onDelete: "cascade" }),
		number: integer("number").notNull(),
		leaseToken: text("lease_token").notNull(),
		isolateId: text("isolate_id").notNull(),
		startedAt: integer("started_at").notNull(),
		endedAt: integer("ended_at"),
		outcome: text("outcome", { enum: attemptOutcomes }),
		error: text("error", { mode: "json" }).$type<StoredError>(),
		/** From when the task was due to the attempt's start. */
		waitMs: integer("wait_ms"),
		/** What the handler measured of its memory, where it did. */
		peakMemoryBytes: integer("peak_memory_bytes"),
		/** The message that brought it: a later delivery of the same one tells that this attempt's worker died. */
		messageId: text("message_id"),
		delivery: integer("delivery"),
	},
	(table) => [primaryKey({ columns: [table.taskId, table.number] })],
);

/** Messages that the platform gave up on. */
export const deadLetters = sqliteTable("dead_letters", {
	id: text("id").primaryKey(),
	queue: text("queue").notNull(),
	taskId: text("task_id"),
	body: text("body", { mode: "json" }).$type<unknown>(),
	deliveries: integer("deliveries").notNull(),
	receivedAt: integer("received_at").notNull(),
});

/** Queues to which the operator lets nothing be sent for now: their tasks wait in the outbox. */
export const pausedQueues = sqliteTable("paused_queues", {
	queue: text("queue").primaryKey(),
	pausedAt: integer("paused_at").notNull(),
	/** Who, as in the audit log. */
	pausedBy: text("paused_by").notNull(),
});
