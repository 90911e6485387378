/** Operations on access tokens. */
import { and, eq, gt, isNull, or } from "drizzle-orm";
import type { Database } from "./database.ts";
import { tokens } from "./schema.ts";

export type Token = typeof tokens.$inferSelect;

/** A token for people: what it is for, and whose. */
export const tellToken = ({ name, ownerId }: Token): string => `${name} (${ownerId})`;

/** The token of this hash or id, if it is neither revoked nor expired. */
export const findLivingToken = (
	db: Database,
	which: { sha256: string } | { id: string },
	now: number,
): Promise<Token | undefined> =>
	db
		.select()
		.from(tokens)
		.where(
			and(
				"id" in which ? eq(tokens.id, which.id) : eq(tokens.tokenSha256, which.sha256),
				isNull(tokens.revokedAt),
				or(isNull(tokens.expiresAt), gt(tokens.expiresAt, now)),
			),
		)
		.get();
