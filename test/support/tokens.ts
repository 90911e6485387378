/** Access tokens for tests, written as the operator's command writes them: only their hash is stored. */
import { env } from "cloudflare:workers";
import { openDatabase } from "../../src/db/database.ts";
import { tokens } from "../../src/db/schema.ts";

export interface TokenWishes {
	ownerId?: string;
	scopes?: string[];
	expiresAt?: number;
	revokedAt?: number;
}

export interface IssuedToken {
	id: string;
	ownerId: string;
	secret: string;
}

/** What a collector's own back end holds; `admin` and `tasks:write` are given on purpose only. */
export const collectorScopes = ["photos:read", "photos:write", "tasks:read"];

let secrets: string[] = [];
export const issuedSecrets = (): readonly string[] => secrets;
export const forgetSecrets = (): void => {
	secrets = [];
};

export async function issueToken(wishes: TokenWishes = {}): Promise<IssuedToken> {
	const id = `token-${secrets.length + 1}`;
	const secret = `fc_test_secret_${secrets.length + 1}_${"x".repeat(24)}`;
	secrets.push(secret);
	const ownerId = wishes.ownerId ?? "ana";
	const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
	await openDatabase(env.DB)
		.insert(tokens)
		.values({
			id,
			tokenSha256: Buffer.from(digest).toString("hex"),
			ownerId,
			name: `${ownerId}'s`,
			scopes: wishes.scopes ?? collectorScopes,
			createdAt: Date.now(),
			expiresAt: wishes.expiresAt,
			revokedAt: wishes.revokedAt,
		});
	return { id, ownerId, secret };
}
