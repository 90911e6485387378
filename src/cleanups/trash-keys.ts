/** Where in the trash things are, and the statements that say so before they are. */
import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database, Statement } from "../db/database.ts";
import { trash } from "../db/schema.ts";
import { trashOf } from "../storage/object-keys.ts";

export const trashKeyOf = (runId: string, originalKey: string): string => `${trashOf(runId)}${originalKey}`;

/** Of a row no object lies there; the key is its place among the run's. */
export const trashKeyOfRow = (runId: string, table: "photos" | "uploads", id: string): string =>
	`${trashOf(runId)}rows/${table}/${id}`;

/** A run, and until when what it takes is kept. */
export interface TrashBin {
	runId: string;
	dueAt: number;
}

/** The statement that names copies before they are made: so none is ever left without a row. */
export const nameCopies = (db: Database, { runId, dueAt }: TrashBin, originalKeys: readonly string[]): Statement =>
	db
		.insert(trash)
		.select(
			sql`SELECT ${trashOf(runId)} || value, ${runId}, value, NULL, ${dueAt} FROM json_each(${JSON.stringify(originalKeys)}) WHERE true`,
		)
		.onConflictDoNothing();

/** The statement that keeps rows, column by column, before the same batch deletes them. @param which tells them, in terms of their table */
export const keepRows = (
	db: Database,
	{ runId, dueAt }: TrashBin,
	table: SQLiteTable & { id: unknown },
	name: "photos" | "uploads",
	which: SQL,
): Statement =>
	db
		.insert(trash)
		.select(
			sql`SELECT ${trashKeyOfRow(runId, name, "")} || ${table.id}, ${runId}, NULL, ${rowAsJson(table)}, ${dueAt} FROM ${table} WHERE ${which}`,
		)
		.onConflictDoNothing();

/** The statement that writes a kept row again. @param condition of it, as SQL */
export const restoreRow = (db: Database, table: SQLiteTable, trashKey: string, condition: SQL): Statement => {
	const values = Object.values(getTableColumns(table)).map(
		(column) => sql`json_extract(${trash.row}, ${`$."${column.name}"`})`,
	);
	return db
		.insert(table)
		.select(
			sql`SELECT ${sql.join(values, sql`, `)} FROM ${trash} WHERE ${trash.trashKey} = ${trashKey} AND ${condition}`,
		)
		.onConflictDoNothing();
};

const rowAsJson = (table: SQLiteTable): SQL => {
	const pairs = Object.values(getTableColumns(table)).map((column) => sql`${sql.raw(`'${column.name}'`)}, ${column}`);
	return sql`json_object(${sql.join(pairs, sql`, `)})`;
};

/** The statement that lets the sweep take copies which nobody needs. */
export const discardCopies = (db: Database, trashKeys: readonly string[], now: number): Statement =>
	db
		.update(trash)
		.set({ dueAt: now })
		.where(sql`${trash.trashKey} IN (SELECT value FROM json_each(${JSON.stringify(trashKeys)}))`);
