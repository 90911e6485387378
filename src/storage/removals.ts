/** Objects that no photo holds: named in D1 before they exist, removed when due, so that none is ever left without a row. */
import { asc, eq, inArray, lte, sql } from "drizzle-orm";
import type { Database, Statement } from "../db/database.ts";
import { removals } from "../db/schema.ts";
import { toAppError } from "../errors.ts";
import { errorFields, logEvent } from "../log.ts";

/** An upload that was not committed by then never will be: its deadline is far shorter. */
export const UPLOAD_GRACE_MS = 60 * 60_000;

/** R2 lists and deletes at most 1,000 keys a call; a photo has a handful. */
const MAX_REMOVALS_PER_RUN = 200;

/** The statement that names objects as not held (yet). A key that ends in a slash names everything below it. */
export function scheduleRemovals(db: Database, objectKeys: string[], dueAt: number): Statement {
	return db
		.insert(removals)
		.values(objectKeys.map((objectKey) => ({ objectKey, dueAt })))
		.onConflictDoUpdate({ target: removals.objectKey, set: { dueAt: sql`excluded.due_at` } });
}

/** The statement that gives the objects to whatever row the same batch writes. */
export const cancelRemovals = (db: Database, objectKeys: string[]): Statement =>
	db.delete(removals).where(inArray(removals.objectKey, objectKeys));

/** Deletes what these keys name, then forgets them. Safe to repeat; a failure leaves the rows for the next sweep. */
export async function removeNow(db: Database, bucket: R2Bucket, objectKeys: string[]): Promise<number> {
	let removedCount = 0;
	for (const objectKey of objectKeys) {
		if (objectKey.endsWith("/")) {
			const { objects, truncated } = await bucket.list({ prefix: objectKey });
			if (objects.length > 0) await bucket.delete(objects.map((object) => object.key));
			removedCount += objects.length;
			if (truncated) continue; // the row stays, and the next sweep takes the rest
		} else {
			await bucket.delete(objectKey);
			removedCount += 1;
		}
		await db.delete(removals).where(eq(removals.objectKey, objectKey));
	}
	return removedCount;
}

/** Waits for a removal that nobody waits for. One that fails is logged; the rows that name the objects stay for the sweep. */
export async function settleRemoval(removal: Promise<number>): Promise<void> {
	try {
		await removal;
	} catch (thrown) {
		logEvent("warn", "removal.failed", { error: errorFields(toAppError(thrown)) });
	}
}

/** Removes what is due, oldest first, bounded per run. Returns how many objects went. */
export async function sweepRemovals(db: Database, bucket: R2Bucket, now: number): Promise<number> {
	const due = await db
		.select({ objectKey: removals.objectKey })
		.from(removals)
		.where(lte(removals.dueAt, now))
		.orderBy(asc(removals.dueAt))
		.limit(MAX_REMOVALS_PER_RUN);
	return removeNow(
		db,
		bucket,
		due.map((row) => row.objectKey),
	);
}
