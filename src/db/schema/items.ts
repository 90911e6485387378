/** Items, their photos, and what an owner's photos come to. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { RenditionWishes } from "../../media/settings.ts";
import type { StoredError } from "./tasks.ts";

export const itemTypes = ["jersey", "shorts", "outerwear", "tracksuit", "pants", "other"] as const;
export type ItemType = (typeof itemTypes)[number];

export const photoStates = ["processing", "processed", "failed"] as const;
export type PhotoState = (typeof photoStates)[number];

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

/** What an owner's photos come to. Triggers of the table of photos keep it true, whoever writes or deletes there. */
export const ownerUsage = sqliteTable("owner_usage", {
	ownerId: text("owner_id").primaryKey(),
	photoCount: integer("photo_count").notNull(),
	originalBytes: integer("original_bytes").notNull(),
});
