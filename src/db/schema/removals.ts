/** Objects that no row holds. */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

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
