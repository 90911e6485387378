/** An insert that happens only where something holds: `INSERT … SELECT … WHERE`. */
import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "./database.ts";

/**
 * Drizzle writes an insert from a select with every column in the table's order: what the row leaves out is the column's
 * default, or null.
 *
 * @param row values, or SQL that makes them
 * @param source `WHERE …`, or `FROM … WHERE …`: the row is written for each row of it
 */
export function insertRowWhere<Table extends SQLiteTable>(
	db: Database,
	table: Table,
	row: { [Column in keyof Table["$inferInsert"]]: Table["$inferInsert"][Column] | SQL },
	source: SQL,
) {
	const given: Record<string, unknown> = row;
	const values = Object.entries(getTableColumns(table)).map(([name, column]) => {
		const value = given[name] ?? column.default ?? null;
		if (value === null) return sql`NULL`;
		return isSql(value) ? value : sql.param(value, column);
	});
	return db.insert(table).select(sql`SELECT ${sql.join(values, sql`, `)} ${source}`);
}

/** Whether a value is SQL and not what stands for itself. */
export const isSql = (value: unknown): value is SQL =>
	typeof value === "object" && value !== null && "queryChunks" in value;
