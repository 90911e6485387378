/** What an id is the id of. */
import { sql } from "drizzle-orm";
import type { Database } from "./database.ts";

const tables = ["tasks", "photos", "items", "schedules", "cleanups"] as const;

/** The table that has this id; a task that began a cleanup is told as the task. One round trip. */
export async function findNamed(db: Database, id: string): Promise<(typeof tables)[number] | undefined> {
	const lookups = tables.map(
		(table) =>
			sql`SELECT ${table} AS "table" WHERE EXISTS (SELECT 1 FROM ${sql.identifier(tableOf(table))} WHERE id = ${id})`,
	);
	const [found] = await db.all<{ table: (typeof tables)[number] }>(sql.join(lookups, sql` UNION ALL `));
	return found?.table;
}

const tableOf = (name: (typeof tables)[number]): string => (name === "cleanups" ? "cleanup_runs" : name);
