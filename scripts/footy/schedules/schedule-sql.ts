/** Statements about schedules. wrangler takes SQL as text without parameters, so values are quoted here. */
import { type Column, getTableColumns } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { schedules, ticks } from "../../../src/db/schema.ts";
import { quoteSql } from "../tokens/token-sql.ts";

export type Schedule = typeof schedules.$inferSelect;
type NewSchedule = typeof schedules.$inferInsert;
type NewTick = typeof ticks.$inferInsert;

/** Those that were made from a default, and those that have the name of one. */
export const listDefaultsSql = (names: readonly string[]): string =>
	`SELECT * FROM schedules WHERE default_name IS NOT NULL OR name IN (${names.map(quoteSql).join(", ")})`;

/** A row of `listDefaultsSql` as the Worker reads it. */
export function readSchedule(row: Record<string, unknown>): Schedule {
	const columns = Object.entries(getTableColumns(schedules));
	return Object.fromEntries(
		columns.map(([field, column]) => {
			const value = row[column.name] ?? null;
			return [field, value === null ? null : column.mapFromDriverValue(value as never)];
		}),
	) as Schedule;
}

/** Writes a schedule; its id comes back, unless the Worker wrote the same default at that moment. */
export function insertScheduleSql(row: NewSchedule): string {
	const values = literalsOf(schedules, row);
	const names = values.map(([name]) => name).join(", ");
	return `INSERT INTO schedules (${names}) VALUES (${values.map(([, literal]) => literal).join(", ")}) ON CONFLICT DO NOTHING RETURNING id`;
}

/** Changes a schedule as it was read; its id comes back, unless somebody else changed or fired it meanwhile. */
export function changeScheduleSql(
	{ id, claim }: Pick<Schedule, "id" | "claim">,
	changes: Partial<NewSchedule>,
): string {
	const set = literalsOf(schedules, changes).map(([name, literal]) => `${name} = ${literal}`);
	return `UPDATE schedules SET ${set.join(", ")} WHERE id = ${quoteSql(id)} AND claim = ${quoteSql(claim)} AND is_changed = 0 RETURNING id`;
}

/** Writes a tick where the schedule carries this claim: where the change before it was made. */
export function insertTickSql(tick: NewTick, claim: string): string {
	const values = literalsOf(ticks, tick);
	const names = values.map(([name]) => name).join(", ");
	return `INSERT INTO ticks (${names}) SELECT ${values.map(([, literal]) => literal).join(", ")} FROM schedules WHERE id = ${quoteSql(tick.scheduleId)} AND claim = ${quoteSql(claim)}`;
}

/** The names and values of the columns that are given. */
function literalsOf(table: typeof schedules | typeof ticks, row: object): [name: string, literal: string][] {
	const columns: Record<string, Column> = getTableColumns<SQLiteTable>(table);
	return Object.entries(row).map(([field, value]) => {
		const column = columns[field] as Column;
		return [column.name, literalOf(value === null ? null : column.mapToDriverValue(value))];
	});
}

function literalOf(value: unknown): string {
	if (value === null) return "NULL";
	if (typeof value === "number") return String(value);
	if (typeof value === "string") return quoteSql(value);
	throw new Error(`no SQL literal is made of ${typeof value}`);
}
