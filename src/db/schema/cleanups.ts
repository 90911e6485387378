/** Runs of cleanups, what they found, and what they took away. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { StoredError } from "./tasks.ts";

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
	/** Of a run that is undone: how long it took until its own end. */
	tookMs?: number;
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
