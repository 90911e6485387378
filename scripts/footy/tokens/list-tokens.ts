/** The tokens there are, as people and machines read them. */
import { stripControls } from "../logs/format-entry.ts";
import { formatTable } from "../table/format-table.ts";

interface ListedToken {
	id: string;
	owner_id: string;
	name: string;
	scopes: string[];
	created_at: string;
	expires_at: string | null;
	revoked_at: string | null;
}

/** Rows of `listTokensSql` with their times as ISO text and their scopes as a list. */
export function presentTokens(rows: Record<string, unknown>[]): ListedToken[] {
	return rows.map((row) => ({
		id: String(row.id),
		owner_id: String(row.owner_id),
		name: String(row.name),
		scopes: JSON.parse(String(row.scopes)) as string[],
		created_at: new Date(Number(row.created_at)).toISOString(),
		expires_at: toIso(row.expires_at),
		revoked_at: toIso(row.revoked_at),
	}));
}

/** The lines of a table of tokens. */
export function formatTokens(tokens: ListedToken[], now = Date.now()): string[] {
	const columns = ["id", "owner", "name", "scopes", "created", "state"].map(
		(title) => ({ title, align: "left", maxWidth: 60 }) as const,
	);
	return formatTable(
		columns,
		tokens.map(({ id, owner_id, name, scopes, created_at, expires_at, revoked_at }) =>
			[id, owner_id, name, scopes.join(","), created_at.slice(0, 10), describeState(expires_at, revoked_at, now)].map(
				stripControls,
			),
		),
	);
}

function describeState(expiresAt: string | null, revokedAt: string | null, now: number): string {
	if (revokedAt) return `revoked ${revokedAt.slice(0, 10)}`;
	if (!expiresAt) return "valid";
	return `${Date.parse(expiresAt) > now ? "valid until" : "expired"} ${expiresAt.slice(0, 10)}`;
}

function toIso(value: unknown): string | null {
	return typeof value === "number" ? new Date(value).toISOString() : null;
}
