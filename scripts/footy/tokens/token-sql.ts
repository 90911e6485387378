/** Statements about access tokens. wrangler takes SQL as text without parameters, so values are quoted here. */
import type { NewToken } from "./new-token.ts";

/** A text as an SQL literal. Controls are refused: none of our values has them, and NUL would end the statement. */
export function quoteSql(text: string): string {
	if (/\p{Cc}/u.test(text)) throw new Error("control characters have no place in SQL text");
	return `'${text.replaceAll("'", "''")}'`;
}

/** Stores a token; the token itself is not in it, only its hash. */
export function insertTokenSql({ id, sha256, ownerId, name, scopes, createdAt, expiresAt }: NewToken): string {
	const values = [
		quoteSql(id),
		quoteSql(sha256),
		quoteSql(ownerId),
		quoteSql(name),
		quoteSql(JSON.stringify(scopes)),
		createdAt,
		expiresAt ?? "NULL",
	];
	return `INSERT INTO tokens (id, token_sha256, owner_id, name, scopes, created_at, expires_at) VALUES (${values.join(", ")})`;
}

export const listTokensSql =
	"SELECT id, owner_id, name, scopes, created_at, expires_at, revoked_at FROM tokens ORDER BY created_at, id";

/** Revokes a token that is not revoked yet; the row comes back if there was one. */
export const revokeTokenSql = (id: string, now: number): string =>
	`UPDATE tokens SET revoked_at = ${now} WHERE id = ${quoteSql(id)} AND revoked_at IS NULL RETURNING id`;

/** Removes what earlier runs of a command made for themselves and nobody can use any more. */
export const deleteExpiredTokensSql = (name: string, now: number): string =>
	`DELETE FROM tokens WHERE name = ${quoteSql(name)} AND expires_at < ${now}`;
