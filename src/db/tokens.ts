/** Operations on access tokens. */
import { and, eq, gt, isNull, or } from "drizzle-orm";
import type { Database } from "./database.ts";
import { tokens } from "./schema.ts";

export type Token = typeof tokens.$inferSelect;

/** The token with this hash, if it is neither revoked nor expired. */
export const findLivingToken = (db: Database, tokenSha256: string, now: number): Promise<Token | undefined> =>
	db
		.select()
		.from(tokens)
		.where(
			and(
				eq(tokens.tokenSha256, tokenSha256),
				isNull(tokens.revokedAt),
				or(isNull(tokens.expiresAt), gt(tokens.expiresAt, now)),
			),
		)
		.get();
