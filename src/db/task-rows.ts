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

/** Which of them another task tries again already. */
export async function readRetriedIds(db: Database, ids: readonly string[]): Promise<ReadonlySet<string>> {
	const rows = await db
		.select({ retryOf: tasks.retryOf })
		.from(tasks)
		.where(sql`${tasks.retryOf} IN ${listed(JSON.stringify(ids))}`);
	return new Set(rows.flatMap(({ retryOf }) => retryOf ?? []));
}
