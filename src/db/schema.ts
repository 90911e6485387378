/** The tables of D1. docs/data-model.md tells the same for people; times are milliseconds since 1970, UTC. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { RenditionWishes } from "../media/settings.ts";
import { overlapPolicies } from "../schedules/overlap.ts";
import { misfirePolicies } from "../schedules/plan-ticks.ts";
import type { TimingFields } from "../schedules/timing.ts";

export const itemTypes = ["jersey", "shorts", "outerwear", "tracksuit", "pants", "other"] as const;
export type ItemType = (typeof itemTypes)[number];

export const photoStates = ["processing", "processed", "failed"] as const;
export type PhotoState = (typeof photoStates)[number];

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

/** What a collector owns. `isProcessingPhotos` falls in the statement that finishes its last photo. */
export const items = sqliteTable(
	"items",
	{
		id: text("id").primaryKey(),
		ownerId: text("owner_id").notNull(),
		type: text("type", { enum: itemTypes }).notNull(),
		name: text("name").notNull(),
		isProcessingPhotos: integer("is_processing_photos", { mode: "boolean" }).notNull().default(false),
		createdAt: integer("created_at").notNull(),
		updatedAt: integer("updated_at").notNull(),
	},
	(table) => [index("items_by_owner").on(table.ownerId, table.id)],
);

/** One picture of an item, or one not yet attached (`itemId` null). */
export const photos = sqliteTable(
	"photos",
	{
		id: text("id").primaryKey(),
		itemId: text("item_id").references(() => items.id, { onDelete: "cascade" }),
		ownerId: text("owner_id").notNull(),
		order: integer("order").notNull().default(0),
		caption: text("caption").notNull().default(""),
		state: text("state", { enum: photoStates }).notNull(),
		error: text("error", { mode: "json" }).$type<StoredError>(),
		originalKey: text("original_key").notNull(),
		originalSha256: text("original_sha256").notNull(),
		originalType: text("original_type").notNull(),
		originalBytes: integer("original_bytes").notNull(),
		/** Upright pixels of the original, known once it was inspected. */
		originalWidth: integer("original_width"),
		originalHeight: integer("original_height"),
		renditionKey: text("rendition_key"),
		renditionSha256: text("rendition_sha256"),
		renditionBytes: integer("rendition_bytes"),
		renditionWidth: integer("rendition_width"),
		renditionHeight: integer("rendition_height"),
		taskId: text("task_id").notNull(),
		createdAt: integer("created_at").notNull(),
		updatedAt: integer("updated_at").notNull(),
		processedAt: integer("processed_at"),
		/**
		 * What the upload asked for; null for nothing. What it left out is not filled in: it follows the deployment's settings
		 * when the photo is processed, so that a change of those reaches photos that still wait, and retries.
		 */
		renditionWishes: text("rendition_wishes", { mode: "json" }).$type<RenditionWishes>(),
	},
	(table) => [
		index("photos_by_item").on(table.itemId, table.order, table.id).where(sql`${table.itemId} IS NOT NULL`),
		index("photos_unattached").on(table.createdAt).where(sql`${table.itemId} IS NULL`),
	],
);

export const importStates = ["importing", "imported", "failed"] as const;
export type ImportState = (typeof importStates)[number];

/** A picture of another site that an item is to have: one row for each URL of an item, however often it is asked for. */
export const imports = sqliteTable(
	"imports",
	{
		id: text("id").primaryKey(),
		itemId: text("item_id")
			.notNull()
			.references(() => items.id, { onDelete: "cascade" }),
		ownerId: text("owner_id").notNull(),
		/** As it is compared: with a scheme, without a fragment. */
		url: text("url").notNull(),
		/** The photo's place; null behind the others. */
		order: integer("order"),
		state: text("state", { enum: importStates }).notNull(),
		error: text("error", { mode: "json" }).$type<StoredError>(),
		/** The task that imports it, or did. */
		taskId: text("task_id").notNull(),
		/** The photo that was made of it. That photo may be deleted; another import then makes a new one. */
		photoId: text("photo_id"),
		/** What the source said of the bytes that were taken, to be asked whether they changed. */
		etag: text("etag"),
		lastModified: text("last_modified"),
		createdAt: integer("created_at").notNull(),
		/** The moment for which it was asked for last. What cannot be fetched for long after that is given up. */
		requestedAt: integer("requested_at").notNull(),
		updatedAt: integer("updated_at").notNull(),
		/** Whether the photo is this import's alone: made by it, and given by nobody else too. Only then it follows the source. */
		ownsPhoto: integer("owns_photo", { mode: "boolean" }).notNull().default(false),
	},
	(table) => [
		uniqueIndex("imports_by_url").on(table.itemId, table.url),
		index("imports_in_work").on(table.itemId).where(sql`${table.state} = 'importing'`),
	],
);

/**
 * A site that pictures are fetched from: when it may be visited next, and how it did lately. One row for all isolates, so
 * that together they are polite.
 */
export const sources = sqliteTable("sources", {
	host: text("host").primaryKey(),
	/** The first moment that is not given to a visit yet. */
	nextVisitAt: integer("next_visit_at").notNull(),
	/** Until then nobody visits: the site asked for it, or it failed too often. */
	closedUntil: integer("closed_until").notNull().default(0),
	/** Visits in a row that failed; each that succeeds sets it to none. */
	failuresInRow: integer("failures_in_row").notNull().default(0),
	lastError: text("last_error", { mode: "json" }).$type<StoredError>(),
	lastFailureAt: integer("last_failure_at"),
	lastSuccessAt: integer("last_success_at"),
	/** When the last visit began. */
	lastVisitAt: integer("last_visit_at").notNull().default(0),
});

/** A visit of a task to a site: its moment, and from its start until its end the right to be there. */
export const visits = sqliteTable(
	"visits",
	{
		host: text("host").notNull(),
		taskId: text("task_id").notNull(),
		startsAt: integer("starts_at").notNull(),
		/** Null before it starts. A visitor that died is counted until then. */
		leasedUntil: integer("leased_until"),
	},
	(table) => [
		primaryKey({ columns: [table.host, table.taskId] }),
		index("visits_in_progress").on(table.host, table.leasedUntil).where(sql`${table.leasedUntil} IS NOT NULL`),
		index("visits_by_start").on(table.startsAt),
	],
);

export const uploadStates = ["expected", "receiving", "received", "failed"] as const;
export type UploadState = (typeof uploadStates)[number];

/**
 * An object that is put into the bucket from outside and becomes a photo: one that was announced (its row comes first), or
 * one that was found in an item's inbox.
 */
export const uploads = sqliteTable(
	"uploads",
	{
		/** Of what was announced, the photo's id; of what was found, derived from the object's key and ETag. */
		id: text("id").primaryKey(),
		photoId: text("photo_id").notNull(),
		ownerId: text("owner_id").notNull(),
		itemId: text("item_id").references(() => items.id, { onDelete: "cascade" }),
		objectKey: text("object_key").notNull(),
		/** What was announced, and is checked. Null of what was found. */
		declaredType: text("declared_type"),
		declaredSha256: text("declared_sha256"),
		/** What was announced; of what was found, what R2 said. */
		bytes: integer("bytes").notNull(),
		order: integer("order"),
		caption: text("caption").notNull().default(""),
		renditionWishes: text("rendition_wishes", { mode: "json" }).$type<RenditionWishes>(),
		state: text("state", { enum: uploadStates }).notNull(),
		error: text("error", { mode: "json" }).$type<StoredError>(),
		/** The task that receives it; null as long as it is expected. */
		taskId: text("task_id"),
		createdAt: integer("created_at").notNull(),
		/** Until then it may be put. */
		expiresAt: integer("expires_at").notNull(),
		updatedAt: integer("updated_at").notNull(),
	},
	(table) => [
		index("uploads_by_item").on(table.itemId, table.state).where(sql`${table.itemId} IS NOT NULL`),
		index("uploads_open").on(table.ownerId, table.bytes).where(sql`${table.state} IN ('expected', 'receiving')`),
		index("uploads_expected").on(table.expiresAt).where(sql`${table.state} = 'expected'`),
		index("uploads_ended").on(table.updatedAt).where(sql`${table.state} IN ('received', 'failed')`),
	],
);

/** What an owner's photos come to. Triggers of the table of photos keep it true, whoever writes or deletes there. */
export const ownerUsage = sqliteTable("owner_usage", {
	ownerId: text("owner_id").primaryKey(),
	photoCount: integer("photo_count").notNull(),
	originalBytes: integer("original_bytes").notNull(),
});

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

export const eventTypes = ["item.processed", "photo.failed", "task.failed"] as const;
export type EventType = (typeof eventTypes)[number];

/** What others may want to know: written in the batch that makes it true, delivered by a task of its own. */
export const events = sqliteTable(
	"events",
	{
		id: integer("id").primaryKey({ autoIncrement: true }),
		type: text("type", { enum: eventTypes }).notNull(),
		ownerId: text("owner_id").notNull(),
		itemId: text("item_id"),
		photoId: text("photo_id"),
		taskId: text("task_id"),
		/** What the event says besides. */
		data: text("data", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
		createdAt: integer("created_at").notNull(),
		/** The task that delivers it; null until there is one. */
		deliveryTaskId: text("delivery_task_id"),
	},
	(table) => [
		index("events_undelivered").on(table.id).where(sql`${table.deliveryTaskId} IS NULL`),
		index("events_by_owner").on(table.ownerId, table.id),
		index("events_by_item").on(table.itemId, table.id).where(sql`${table.itemId} IS NOT NULL`),
		index("events_of_failures").on(table.type, table.id).where(sql`${table.type} <> 'item.processed'`),
	],
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

/**
 * Objects in R2 that no photo row holds (yet, or any more) and the moment from which they may be removed. Written
 * before the object is, and deleted in the batch that gives the object to a photo: so no object is ever without a row.
 * A key that ends in a slash names every object below it.
 */
export const removals = sqliteTable(
	"removals",
	{
		objectKey: text("object_key").primaryKey(),
		dueAt: integer("due_at").notNull(),
	},
	(table) => [index("removals_due").on(table.dueAt)],
);

/**
 * `finding`: looking, nothing is touched; `removing`: moving what was found to the trash; `refused`: more was found than a
 * run may remove; `undoing`, `undone`: what was moved is brought back.
 */
export const cleanupStates = ["finding", "removing", "done", "refused", "failed", "undoing", "undone"] as const;
export type CleanupState = (typeof cleanupStates)[number];

/**
 * A `photo` that was never attached, an `upload` that was announced and never put, an `object` of no row; and what is only
 * reported: rows whose original or rendition is not there.
 */
export const findKinds = ["photo", "upload", "object", "original_missing", "rendition_missing"] as const;
export type FindKind = (typeof findKinds)[number];

/** `moving`: its place in the trash is named, its copy may lie there; from `trashed` on it is gone from where it was. */
export const findStates = ["marked", "moving", "trashed", "skipped", "reported", "restored", "not_restored"] as const;
export type FindState = (typeof findStates)[number];

/** Where a run of a cleanup stands, in the words of whoever finds, removes or brings back. */
export interface CleanupCursor {
	/** What the run does, or was doing when it failed. */
	phase: "finding" | "removing" | "undoing";
	/** Which of the run's finders looks. */
	finder?: number;
	/** Where that finder goes on. */
	at?: unknown;
	/** The last find that was removed or brought back. */
	after?: string;
}

/** What a run comes to so far. */
export interface CleanupCounts {
	/** How many there are to look at, as far as that is known without looking: for progress. */
	expected: number;
	looked: { photos: number; uploads: number; objects: number };
	found: Partial<Record<FindKind, number>>;
	foundBytes: number;
	removed: Partial<Record<FindKind, number>>;
	removedBytes: number;
	/** By reason. */
	skipped: Record<string, number>;
	restored: number;
	/** By reason. */
	notRestored: Record<string, number>;
	/** Of `cleanup_task_results`: rows past their life, by table. */
	expired: Record<string, number>;
}

/** A run of a cleanup: what it was asked, how far it is, what it came to. */
export const cleanupRuns = sqliteTable(
	"cleanup_runs",
	{
		/** Of the task that began it. */
		id: text("id").primaryKey(),
		taskName: text("task_name").notNull(),
		options: text("options", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
		/** Whose task it is. */
		askedBy: text("asked_by").notNull(),
		state: text("state", { enum: cleanupStates }).notNull(),
		error: text("error", { mode: "json" }).$type<StoredError>(),
		/** Counts every write of this row: who read another step writes nothing. */
		step: integer("step").notNull().default(0),
		cursor: text("cursor", { mode: "json" }).$type<CleanupCursor>().notNull(),
		counts: text("counts", { mode: "json" }).$type<CleanupCounts>().notNull(),
		startedAt: integer("started_at").notNull(),
		endedAt: integer("ended_at"),
	},
	(table) => [index("cleanup_runs_open").on(table.taskName).where(sql`${table.endedAt} IS NULL`)],
);

/** What a run found: listed before anything is touched. */
export const cleanupFinds = sqliteTable(
	"cleanup_finds",
	{
		runId: text("run_id").notNull(),
		/** An object's key, or a row's id. */
		subject: text("subject").notNull(),
		kind: text("kind", { enum: findKinds }).notNull(),
		bytes: integer("bytes").notNull(),
		/** Of an object, R2's: another one means other bytes, or the same put again. */
		version: text("version"),
		state: text("state", { enum: findStates }).notNull(),
		/** Why it was skipped or not brought back, or what is to be known besides. */
		reason: text("reason"),
	},
	(table) => [primaryKey({ columns: [table.runId, table.subject] })],
);

/** What a cleanup took away, until it is gone for good: objects under `trash/`, rows as JSON. */
export const trash = sqliteTable(
	"trash",
	{
		/** `trash/<run>/<what it was>`: so a run's are a range of keys. Of a row no object lies there. */
		trashKey: text("trash_key").primaryKey(),
		runId: text("run_id").notNull(),
		/** Of an object. */
		originalKey: text("original_key"),
		/** The row that was removed, column by column. */
		row: text("row"),
		dueAt: integer("due_at").notNull(),
	},
	(table) => [index("trash_due").on(table.dueAt)],
);

/** Access tokens. Only the SHA-256 of a token is kept. */
export const tokens = sqliteTable(
	"tokens",
	{
		id: text("id").primaryKey(),
		tokenSha256: text("token_sha256").notNull(),
		ownerId: text("owner_id").notNull(),
		name: text("name").notNull(),
		scopes: text("scopes", { mode: "json" }).$type<string[]>().notNull(),
		createdAt: integer("created_at").notNull(),
		expiresAt: integer("expires_at"),
		revokedAt: integer("revoked_at"),
	},
	(table) => [uniqueIndex("tokens_by_sha256").on(table.tokenSha256)],
);

/** First answers to requests that carried an Idempotency-Key. */
export const idempotencyKeys = sqliteTable(
	"idempotency_keys",
	{
		ownerId: text("owner_id").notNull(),
		key: text("key").notNull(),
		/** Method and path of the request, so that a key reused for something else is told. */
		request: text("request").notNull(),
		status: integer("status").notNull(),
		location: text("location"),
		body: text("body", { mode: "json" }).$type<unknown>().notNull(),
		createdAt: integer("created_at").notNull(),
	},
	(table) => [
		primaryKey({ columns: [table.ownerId, table.key] }),
		index("idempotency_keys_by_age").on(table.createdAt),
	],
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

/** When a task is enqueued by itself, again and again or once. Times are of the schedule's own zone; see docs/schedules.md. */
export const schedules = sqliteTable(
	"schedules",
	{
		id: text("id").primaryKey(),
		name: text("name").notNull(),
		description: text("description").notNull().default(""),
		/** The task's name and arguments. */
		task: text("task").notNull(),
		arguments: text("arguments", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
		timing: text("timing", { mode: "json" }).$type<TimingFields>().notNull(),
		misfire: text("misfire", { enum: misfirePolicies }).notNull(),
		misfireLimit: integer("misfire_limit").notNull(),
		overlap: text("overlap", { enum: overlapPolicies }).notNull(),
		jitterSeconds: integer("jitter_seconds").notNull(),
		isEnabled: integer("is_enabled", { mode: "boolean" }).notNull(),
		/** Whose its tasks are. */
		ownerId: text("owner_id").notNull(),
		/** Moments up to it are none of the schedule's: it was created, enabled or given another timing then. */
		since: integer("since").notNull(),
		/** The latest moment that was fired or skipped. */
		dealtWithUntil: integer("dealt_with_until"),
		/** A tick that waits for the end of the one before. */
		heldMoment: integer("held_moment"),
		/** When the dispatcher looks again; null for never, and as long as it is disabled. */
		lookAt: integer("look_at"),
		/** Ticks that were fired, by hand too. No edit sets it back. */
		runCount: integer("run_count").notNull().default(0),
		/** Of the dispatcher or edit that changed the row last: who finds another is not the first. */
		claim: text("claim").notNull(),
		/** Which of the defaults it is; null for one that somebody made. */
		defaultName: text("default_name"),
		/** Whether somebody changed a default: then it is kept as it is. */
		isChanged: integer("is_changed", { mode: "boolean" }).notNull().default(false),
		createdAt: integer("created_at").notNull(),
		updatedAt: integer("updated_at").notNull(),
	},
	(table) => [
		uniqueIndex("schedules_by_name").on(table.name),
		uniqueIndex("schedules_by_default").on(table.defaultName).where(sql`${table.defaultName} IS NOT NULL`),
		index("schedules_to_look_at").on(table.lookAt).where(sql`${table.lookAt} IS NOT NULL`),
	],
);

export const tickOutcomes = ["fired", "held", "skipped", "failed"] as const;
export type TickOutcome = (typeof tickOutcomes)[number];

/** What became of a moment of a schedule: its history. */
export const ticks = sqliteTable(
	"ticks",
	{
		scheduleId: text("schedule_id")
			.notNull()
			.references(() => schedules.id, { onDelete: "cascade" }),
		/** When it was due; of a run by hand, when that was asked for. */
		moment: integer("moment").notNull(),
		isByHand: integer("is_by_hand", { mode: "boolean" }).notNull(),
		outcome: text("outcome", { enum: tickOutcomes }).notNull(),
		/** Why it was not fired. */
		reason: text("reason"),
		/** Of moments that were skipped together: the last of them, and how many. */
		lastMoment: integer("last_moment"),
		count: integer("count").notNull().default(1),
		taskId: text("task_id"),
		/** When it was dealt with: its delay is what lies between. */
		dealtWithAt: integer("dealt_with_at").notNull(),
	},
	(table) => [
		primaryKey({ columns: [table.scheduleId, table.moment, table.isByHand] }),
		index("ticks_by_age").on(table.dealtWithAt),
		// Of a schedule whose task takes a day, a thousand skipped ticks lie between two that fired.
		index("ticks_fired").on(table.scheduleId, table.moment).where(sql`${table.outcome} = 'fired'`),
	],
);
