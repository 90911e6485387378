/** The tables as the code knows them are the tables that the migrations make, and what is asked often is indexed. */
import { env } from "cloudflare:workers";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { expect, it } from "vitest";
import * as schema from "../../src/db/schema.ts";

const tables = Object.values(schema)
	.filter((value) => value instanceof SQLiteTable)
	.map((table) => getTableConfig(table));

const columnsInDatabase = async (table: string) => {
	const { results } = await env.DB.prepare('SELECT name, type, "notnull" AS isNotNull, pk FROM pragma_table_info(?)')
		.bind(table)
		.all<{ name: string; type: string; isNotNull: number; pk: number }>();
	return results;
};

const planOf = async (query: string) => {
	const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query}`).all<{ detail: string }>();
	return results.map(({ detail }) => detail).join("; ");
};

it.each(tables.map((table) => [table.name, table] as const))(
	"%s has exactly the columns of the code",
	async (name, table) => {
		const expected = table.columns.map((column) => [column.name, column.getSQLType().toUpperCase(), column.notNull]);
		const columns = await columnsInDatabase(name);
		expect(columns.map((column) => [column.name, column.type.toUpperCase(), column.isNotNull === 1])).toEqual(expected);
		expect(columns.some(({ pk }) => pk > 0)).toBe(true);
	},
);

it("there is no table that the code does not know", async () => {
	const { results } = await env.DB.prepare(
		"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name <> 'd1_migrations'",
	).all<{ name: string }>();
	expect(results.map(({ name }) => name).sort()).toEqual(tables.map(({ name }) => name).sort());
});

it.each([
	[
		"an owner's page of items",
		"SELECT * FROM items WHERE owner_id = 'a' AND id < 'x' ORDER BY id DESC LIMIT 20",
		"items_by_owner",
	],
	["an item's photos in order", "SELECT * FROM photos WHERE item_id = 'a' ORDER BY \"order\", id", "photos_by_item"],
	[
		"tasks to wake",
		"SELECT * FROM tasks WHERE wake_at IS NOT NULL AND wake_at <= 5 ORDER BY wake_at LIMIT 500",
		"tasks_to_wake",
	],
	[
		"removals that are due",
		"SELECT object_key FROM removals WHERE due_at <= 5 ORDER BY due_at LIMIT 200",
		"removals_due",
	],
	["old idempotency keys", "DELETE FROM idempotency_keys WHERE created_at < 5", "idempotency_keys_by_age"],
	["a token", "SELECT * FROM tokens WHERE token_sha256 = 'a'", "tokens_by_sha256"],
])("%s are found by an index, without a scan or a sort", async (_, query, index) => {
	const plan = await planOf(query);
	expect(plan).toContain(index);
	expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
});
