/** Whole rows of tasks that are about to be changed. */
import { desc, sql } from "drizzle-orm";
import { type Database, listed } from "./database.ts";
import { tasks } from "./schema.ts";

/** Newest first; those that are gone are left out. */
export const readTaskRows = (db: Database, ids: readonly string[]): Promise<(typeof tasks.$inferSelect)[]> =>
	db
		.select()
		.from(tasks)
		.where(sql`${tasks.id} IN ${listed(JSON.stringify(ids))}`)
		.orderBy(desc(tasks.id));
