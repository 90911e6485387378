/** The statements against the tables that the migrations make. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, expect, it } from "vitest";
import { createToken, knownScopes, parseScopes } from "../../../../scripts/footy/tokens/new-token.ts";
import {
	deleteExpiredTokensSql,
	insertTokenSql,
	listTokensSql,
	quoteSql,
	revokeTokenSql,
} from "../../../../scripts/footy/tokens/token-sql.ts";

const migrations = new URL("../../../../migrations/", import.meta.url);
let database: DatabaseSync;

beforeEach(() => {
	database = new DatabaseSync(":memory:");
	for (const file of readdirSync(migrations)
		.filter((name) => name.endsWith(".sql"))
		.sort()) {
		database.exec(readFileSync(new URL(file, migrations), "utf8"));
	}
});

const wishes = { ownerId: "owner-1", name: "test", scopes: ["photos:read"] } as const;

it("stores the hash of the token and never the token", () => {
	const made = createToken(wishes, 1000);
	expect(made.token).toMatch(/^fce_[\w-]{43}$/);
	database.exec(insertTokenSql(made));
	const row = database.prepare("SELECT * FROM tokens").get();
	expect(row).toMatchObject({
		id: made.id,
		token_sha256: createHash("sha256").update(made.token).digest("hex"),
		owner_id: "owner-1",
		scopes: '["photos:read"]',
		created_at: 1000,
		expires_at: null,
		revoked_at: null,
	});
	expect(JSON.stringify(row)).not.toContain(made.token);
});

it("makes every token new", () => {
	expect(new Set(Array.from({ length: 100 }, () => createToken(wishes).token)).size).toBe(100);
});

it.each(["it's", "'; DROP TABLE tokens; --", "''", 'a"b', "\\", "写真 👕", "/* */"])("stores %j as it is", (text) => {
	database.exec(insertTokenSql(createToken({ ...wishes, name: text })));
	expect(database.prepare("SELECT name FROM tokens").get()).toEqual({ name: text });
});

it.each(["a\0b", "a\nb", "\u001b[1m"])("refuses the control characters of %j", (text) => {
	expect(() => quoteSql(text)).toThrow();
});

it("revokes a token once", () => {
	const made = createToken(wishes);
	database.exec(insertTokenSql(made));
	expect(database.prepare(revokeTokenSql(made.id, 5)).all()).toEqual([{ id: made.id }]);
	expect(database.prepare(revokeTokenSql(made.id, 6)).all()).toEqual([]);
	expect(database.prepare(listTokensSql).all()).toMatchObject([{ id: made.id, revoked_at: 5 }]);
});

it("removes expired tokens of one name only", () => {
	const expired = createToken({ ...wishes, expiresInDays: 1 }, 0);
	const living = createToken({ ...wishes, expiresInDays: 2 }, 0);
	const endless = createToken(wishes, 0);
	const foreign = createToken({ ...wishes, name: "other", expiresInDays: 1 }, 0);
	for (const made of [expired, living, endless, foreign]) database.exec(insertTokenSql(made));
	database.exec(deleteExpiredTokensSql("test", 86_400_001));
	const left = database
		.prepare("SELECT id FROM tokens")
		.all()
		.map(({ id }) => id);
	expect(new Set(left)).toEqual(new Set([living.id, endless.id, foreign.id]));
});

it("knows the scopes that the API asks for", () => {
	const source = readFileSync(new URL("../../../../src/api/middleware/authenticate.ts", import.meta.url), "utf8");
	const [, list] = /export const scopes = (\[[^\]]*\])/.exec(source) ?? [];
	expect(knownScopes).toEqual(JSON.parse(list ?? "null"));
});

it("reads a list of scopes, each once", () => {
	expect(parseScopes(" photos:read ,admin,photos:read")).toEqual(["photos:read", "admin"]);
});
