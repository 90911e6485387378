/** Pictures of other sites: what is asked for, and when each site may be visited. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { items } from "./items.ts";
import type { StoredError } from "./tasks.ts";

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
		/** It has its moment before the line, because a redirect led there; one of the line gave it up. */
		goesFirst: integer("goes_first", { mode: "boolean" }).notNull().default(false),
	},
	(table) => [
		primaryKey({ columns: [table.host, table.taskId] }),
		index("visits_in_progress").on(table.host, table.leasedUntil).where(sql`${table.leasedUntil} IS NOT NULL`),
		index("visits_by_start").on(table.startsAt),
		index("visits_that_go_first").on(table.host, table.startsAt).where(sql`${table.goesFirst} = 1`),
	],
);
