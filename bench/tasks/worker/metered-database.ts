/** D1 that writes down every call: its statements, and the rows that D1 says it read and wrote for each. */

import type { MeteredStatementCall } from "../metered-calls.ts";

export type OnRoundTrip = (method: string, statements: MeteredStatementCall[]) => void;

/** The part of a D1 binding that drizzle uses. */
export const meteredDatabase = (database: D1Database, onRoundTrip: OnRoundTrip): D1Database =>
	({
		prepare: (sql: string) => meteredStatement(database.prepare(sql), sql, [], onRoundTrip),
		async batch(statements: MeteredStatement[]) {
			const results = await database.batch(statements.map(({ original }) => original));
			onRoundTrip(
				"batch",
				statements.map((statement, at) => statement.call(results[at]?.meta)),
			);
			return results;
		},
	}) as unknown as D1Database;

type Meta = D1Meta & Record<string, unknown>;

interface MeteredStatement {
	original: D1PreparedStatement;
	call(meta: Meta | undefined): MeteredStatementCall;
}

function meteredStatement(
	original: D1PreparedStatement,
	sql: string,
	parameters: unknown[],
	onRoundTrip: OnRoundTrip,
): MeteredStatement & Pick<D1PreparedStatement, "bind" | "run" | "all" | "raw"> {
	const call = (meta: Meta | undefined): MeteredStatementCall => ({
		sql,
		parameters,
		rowsRead: meta?.rows_read ?? 0,
		rowsWritten: meta?.rows_written ?? 0,
	});
	const metered =
		(method: "run" | "all") =>
		async <Row>(): Promise<D1Result<Row>> => {
			const result = await original[method]<Row>();
			onRoundTrip(method, [call(result.meta)]);
			return result;
		};
	const raw = async (): Promise<unknown[][]> => {
		// `raw` keeps D1's figures to itself. What only reads is read twice; what writes gives its columns by name.
		const { meta, results } = await original.all<Record<string, unknown>>();
		onRoundTrip("raw", [call(meta)]);
		return /^\s*(select|with)\b/i.test(sql) ? original.raw() : results.map((row) => Object.values(row));
	};
	return {
		original,
		call,
		bind: (...values) =>
			meteredStatement(original.bind(...values), sql, values, onRoundTrip) as unknown as D1PreparedStatement,
		run: metered("run"),
		all: metered("all"),
		raw: raw as D1PreparedStatement["raw"],
	};
}
