/** Work that is done again and again on the large table: how long it takes, what it reads, and by which plans. */
import { getTableName, is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import * as schema from "../../../src/db/schema.ts";
import { median } from "../../statistics.ts";
import type { LocalDatabase } from "../local-database.ts";
import type { MeteredServer } from "../metered-server.ts";

export interface MeasuredWork {
	what: string;
	medianMs: number;
	worstMs: number;
	/** Of each series that was run, in turn; more than one where the first was disturbed. */
	worstOfSeriesMs: number[];
	/** Of one time, mean. */
	rowsRead: number;
	statements: PlannedStatement[];
}

export interface PlannedStatement {
	sql: string;
	plan: string[];
	/** Tables and indexes that are gone through from end to end. */
	scans: string[];
}

export const TIMES = 20;
/** Where something else on the machine came in between, the series is run again; the quietest one counts. */
const MOST_SERIES = 3;

/**
 * @param act does it once and resolves when it is done; called once more before the clock runs
 * @param enoughMs a series whose worst is below needs no other
 */
export async function measureWork(
	server: MeteredServer,
	what: string,
	enoughMs: number,
	act: () => Promise<void>,
): Promise<MeasuredWork> {
	await act();
	await server.takeCalls();
	const series = [await timeSeries(act)];
	while (Math.max(...quietest(series)) > enoughMs && series.length < MOST_SERIES) series.push(await timeSeries(act));
	const times = quietest(series);
	const statements = (await server.takeCalls()).calls.flatMap((call) => call.statements);
	const rowsRead = statements.reduce((sum, statement) => sum + statement.rowsRead, 0) / (TIMES * series.length);
	const distinct = new Map(statements.map((statement) => [statement.sql, statement.parameters]));
	const planned = await Promise.all(
		[...distinct].map(([sql, parameters]) => planStatement(server.database, sql, parameters)),
	);
	return {
		what,
		medianMs: median(times),
		worstMs: Math.max(...times),
		worstOfSeriesMs: series.map((one) => Math.max(...one)),
		rowsRead,
		statements: planned,
	};
}

async function timeSeries(act: () => Promise<void>): Promise<number[]> {
	const times: number[] = [];
	for (let time = 0; time < TIMES; time++) {
		const startedAt = performance.now();
		await act();
		times.push(performance.now() - startedAt);
	}
	return times;
}

const quietest = (series: number[][]): number[] =>
	series.toSorted((one, other) => Math.max(...one) - Math.max(...other))[0] ?? [];

async function planStatement(database: LocalDatabase, sql: string, parameters: unknown[]): Promise<PlannedStatement> {
	const { results } = await database
		.prepare(`EXPLAIN QUERY PLAN ${sql}`)
		.bind(...parameters)
		.all<{ detail: string }>();
	const plan = results.map(({ detail }) => detail);
	return { sql, plan, scans: plan.filter((detail) => isScan(detail, sql)) };
}

const tables: string[] = Object.values(schema).flatMap((value) =>
	is(value, SQLiteTable) ? [getTableName(value)] : [],
);

/**
 * `SCAN tasks` goes through a table from end to end; of another name, it goes through what a search brought, unless that
 * is what the statement calls a table. `SCAN tasks USING INDEX` goes along an index, which is no scan where a LIMIT ends
 * it; what it reads until then, the rows read tell.
 */
function isScan(detail: string, sql: string): boolean {
	const [, scanned] = /^SCAN (\w+)/.exec(detail) ?? [];
	if (scanned === undefined) return false;
	const [, table = scanned] = new RegExp(`"?(\\w+)"? AS "?${scanned}\\b`, "i").exec(sql) ?? [];
	if (!tables.includes(table)) return false;
	return !(/USING (COVERING )?INDEX/.test(detail) && /\blimit\b/i.test(sql));
}
