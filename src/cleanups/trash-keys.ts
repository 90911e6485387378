/** Where in the trash things are, and the statements that say so before they are. */
import { getTableColumns, is, SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database, Statement } from "../db/database.ts";
import { trash } from "../db/schema.ts";
import { trashOf } from "../storage/object-keys.ts";
import { MAX_ATTEMPT_MS } from "../storage/removals.ts";

export const trashKeyOf = (runId: string, originalKey: string): string => `${trashOf(runId)}${originalKey}`;

/** Of a row no object lies there; the key is its place among the run's. */
export const trashKeyOfRow = (runId: string, table: "photos" | "uploads", id: string): string =>
	`${trashOf(runId)}rows/${table}/${id}`;

/** A run, until when what it takes is kept, and whether it is still this attempt's to take it. */
export interface TrashBin {
	runId: string;
	dueAt: number;
	/** True in SQL while the run stands where this attempt read it. */
	isOurs: SQL;
}

/** Whether it is now; what comes next may still come too late. */
export async function isStillOurs(db: Database, { isOurs }: TrashBin): Promise<boolean> {
	const [answer] = await db.all<{ isOurs: number }>(sql`SELECT ${isOurs} AS "isOurs"`);
	return answer?.isOurs === 1;
}

/** An object that is about to be copied. */
export interface NamedCopy {
	key: string;
	/** Of the row that holds it; null where none does. */
	rowId: string | null;
}

/**
 * The statement that names copies before they are made: so none is ever left without a row. One that a dead attempt had named
 * is kept as long as one that is named now: else it would go before the row that goes into the trash with it.
 * @param condition true in SQL of those that are named; `rowIdOfCopy` is theirs
 */
export const nameCopies = (
	db: Database,
	{ runId, dueAt, isOurs }: TrashBin,
	copies: readonly NamedCopy[],
	condition: SQL = sql`true`,
): Statement => {
	const key = sql`json_extract(value, '$.key')`;
	return db
		.insert(trash)
		.select(
			sql`SELECT ${trashOf(runId)} || ${key}, ${runId}, ${key}, NULL, ${dueAt} FROM json_each(${JSON.stringify(copies)}) WHERE ${isOurs} AND ${condition}`,
		)
		.onConflictDoUpdate({ target: trash.trashKey, set: { dueAt: sql`max(${trash.dueAt}, excluded.due_at)` } });
};

/** In SQL, for the condition of `nameCopies`. */
export const rowIdOfCopy: SQL = sql`json_extract(value, '$.rowId')`;

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

/**
 * The statement that writes a kept row again. A column that its table has only had since has its default.
 * @param condition of it, as SQL
 */
export const restoreRow = (db: Database, table: SQLiteTable, trashKey: string, condition: SQL): Statement => {
	const values = Object.values(getTableColumns(table)).map((column) => {
		const kept = sql`json_extract(${trash.row}, ${`$."${column.name}"`})`;
		if (column.default === undefined) return kept;
		const fallback = is(column.default, SQL) ? column.default : sql.param(column.default, column);
		return sql`CASE WHEN json_type(${trash.row}, ${`$."${column.name}"`}) IS NULL THEN ${fallback} ELSE ${kept} END`;
	});
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

/**
 * The statement that lets the sweep take copies which nobody needs; not before an attempt that was overtaken has come to its
 * end, for it puts back from them what it deletes too late.
 */
export const discardCopies = (db: Database, trashKeys: readonly string[], now: number): Statement =>
	db
		.update(trash)
		.set({ dueAt: sql`min(${trash.dueAt}, ${now + MAX_ATTEMPT_MS})` })
		.where(sql`${trash.trashKey} IN (SELECT value FROM json_each(${JSON.stringify(trashKeys)}))`);
