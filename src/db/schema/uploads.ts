/** Objects that are put into the bucket from outside. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { RenditionWishes } from "../../media/settings.ts";
import { items } from "./items.ts";
import type { StoredError } from "./tasks.ts";

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
		index("uploads_open")
			.on(table.ownerId, table.id, table.bytes)
			.where(sql`${table.state} IN ('expected', 'receiving')`),
		index("uploads_expected").on(table.expiresAt).where(sql`${table.state} = 'expected'`),
		index("uploads_ended").on(table.updatedAt).where(sql`${table.state} IN ('received', 'failed')`),
	],
);
