/** The outbox of facts for others. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

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
