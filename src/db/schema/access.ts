/** Who may call the API, and what was answered. */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Access tokens. Only the SHA-256 of a token is kept. */
export const tokens = sqliteTable(
	"tokens",
	{
		id: text("id").primaryKey(),
		tokenSha256: text("token_sha256").notNull(),
		ownerId: text("owner_id").notNull(),
		name: text("name").notNull(),
		scopes: text("scopes", { mode: "json" }).$type<string[]>().notNull(),
		createdAt: integer("created_at").notNull(),
		expiresAt: integer("expires_at"),
		revokedAt: integer("revoked_at"),
	},
	(table) => [uniqueIndex("tokens_by_sha256").on(table.tokenSha256)],
);

/** First answers to requests that carried an Idempotency-Key. */
export const idempotencyKeys = sqliteTable(
	"idempotency_keys",
	{
		ownerId: text("owner_id").notNull(),
		key: text("key").notNull(),
		/** Method and path of the request, so that a key reused for something else is told. */
		request: text("request").notNull(),
		status: integer("status").notNull(),
		location: text("location"),
		body: text("body", { mode: "json" }).$type<unknown>().notNull(),
		createdAt: integer("created_at").notNull(),
	},
	(table) => [
		primaryKey({ columns: [table.ownerId, table.key] }),
		index("idempotency_keys_by_age").on(table.createdAt),
	],
);
