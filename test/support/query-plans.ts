/** How SQLite answers the very statements that the code sends. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { type Database, openDatabase } from "../../src/db/database.ts";

export interface ExplainedStatement {
	sql: string;
	/** The steps of the plan, one a line. */
	plan: string;
}

/** D1 that remembers what was sent to it. */
function recordingDatabase(): { DB: D1Database; sent: { sql: string; params: unknown[] }[] } {
	const sent: { sql: string; params: unknown[] }[] = [];
	const prepare = (sql: string) => {
		const statement = env.DB.prepare(sql);
		const bind = (...params: unknown[]) => {
			sent.push({ sql, params });
			return statement.bind(...params);
		};
		return new Proxy(statement, {
			get(_, name) {
				if (name === "bind") return bind;
				const member: unknown = Reflect.get(statement, name);
				return typeof member === "function" ? member.bind(statement) : member;
			},
		});
	};
	const DB = new Proxy(env.DB, {
		get(_, name) {
			if (name === "prepare") return prepare;
			const member: unknown = Reflect.get(env.DB, name);
			return typeof member === "function" ? member.bind(env.DB) : member;
		},
	});
	return { DB, sent };
}

/** Every statement that `work` sends, with its plan. */
export async function explain(work: (db: Database) => Promise<unknown>): Promise<ExplainedStatement[]> {
	const { DB, sent } = recordingDatabase();
	await work(openDatabase(DB));
	expect(sent.length).toBeGreaterThan(0);
	return Promise.all(
		sent.map(async ({ sql, params }) => {
			const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
				.bind(...params)
				.all<{ detail: string }>();
			return { sql, plan: results.map(({ detail }) => detail).join("\n") };
		}),
	);
}

/** Tables that grow are searched; what is scanned is only what such a search brought. */
export async function expectNoScans(work: (db: Database) => Promise<unknown>): Promise<ExplainedStatement[]> {
	const statements = await explain(work);
	const growing =
		/(SCAN (tasks|attempts|task_statistics|events|dead_letters|photos|schedules|ticks|uploads|removals|trash|cleanup_runs|cleanup_finds|audit_entries)\b|AUTOMATIC)/;
	expect(statements.filter(({ plan }) => growing.test(plan))).toEqual([]);
	return statements;
}

/** How many rows D1 says that it read for the statements that `work` sends; that is also what it bills. */
export async function countRowsRead(work: (db: Database) => Promise<unknown>): Promise<number> {
	const { DB, sent } = recordingDatabase();
	await work(openDatabase(DB));
	const results = await env.DB.batch(sent.map(({ sql, params }) => env.DB.prepare(sql).bind(...params)));
	return results.reduce((sum, { meta }) => sum + meta.rows_read, 0);
}
