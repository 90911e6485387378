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

/** What operators did in the dashboard: written before it is done, its status added behind it. */
export const auditEntries = sqliteTable(
	"audit_entries",
	{
		/** A UUIDv7: its first bits are the moment. */
		id: text("id").primaryKey(),
		at: integer("at").notNull(),
		/** Who: the token's name and owner, or the address that Cloudflare Access vouches for. */
		actor: text("actor").notNull(),
		/** What, as `noun.verb`: `task.retry`. */
		action: text("action").notNull(),
		/** What it was done to, as a path of the dashboard: `/tasks/ID`. */
		subject: text("subject").notNull(),
		/** What was asked for beyond that: the fields of the form. */
		detail: text("detail", { mode: "json" }).$type<Record<string, string>>().notNull(),
		/** HTTP status of the answer; null while it is done, and for ever if the Worker died over it. */
		status: integer("status"),
		/** Of the error, where it was refused. */
		code: text("code"),
	},
	(table) => [
		index("audit_entries_by_actor").on(table.actor, table.id),
		index("audit_entries_by_subject").on(table.subject, table.id),
	],
);
