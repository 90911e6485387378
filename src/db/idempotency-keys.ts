/** Operations on first answers: a repeated POST with the same Idempotency-Key is answered with the first one's answer. */
import { and, eq } from "drizzle-orm";
import type { Database, Statement } from "./database.ts";
import { idempotencyKeys } from "./schema.ts";

export type FirstAnswer = typeof idempotencyKeys.$inferSelect;

export const findFirstAnswer = (db: Database, ownerId: string, key: string): Promise<FirstAnswer | undefined> =>
	db
		.select()
		.from(idempotencyKeys)
		.where(and(eq(idempotencyKeys.ownerId, ownerId), eq(idempotencyKeys.key, key)))
		.get();

/** Goes into the batch that does the work: of two equal requests at once, the second fails whole on the primary key. */
export const insertFirstAnswer = (db: Database, answer: FirstAnswer): Statement =>
	db.insert(idempotencyKeys).values(answer);
