/** What an id is the id of. */
import { sql } from "drizzle-orm";
import type { Database } from "./database.ts";

/** Where ids stand, in the order in which they are looked for. */
const places = {
	tasks: ["tasks", "id"],
	photos: ["photos", "id"],
	items: ["items", "id"],
	schedules: ["schedules", "id"],
	cleanups: ["cleanup_runs", "id"],
	groups: ["tasks", "group_id"],
} as const;

/** What has this id, or whose it is; a task that began a cleanup is told as the task. One round trip. */
export async function findNamed(db: Database, id: string): Promise<keyof typeof places | undefined> {
	// No UNION ALL: D1 takes five terms of one.
	const cases = Object.entries(places).map(
		([kind, [table, column]]) =>
			sql`WHEN EXISTS (SELECT 1 FROM ${sql.identifier(table)} WHERE ${sql.identifier(column)} = ${id}) THEN ${kind}`,
	);
	const [found] = await db.all<{ kind: keyof typeof places | null }>(
		sql`SELECT CASE ${sql.join(cases, sql` `)} END AS kind`,
	);
	return found?.kind ?? undefined;
}
