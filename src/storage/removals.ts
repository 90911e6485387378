/** Objects that no photo holds: named in D1 before they exist, removed when due, so that none is ever left without a row. */
import { asc, eq, inArray, lte, type SQL, sql } from "drizzle-orm";
import type { Database, Statement } from "../db/database.ts";
import { attempts, photos, removals, tasks } from "../db/schema.ts";
import { toAppError } from "../errors.ts";
import { errorFields, logEvent } from "../log.ts";
import { ORIGINALS_PREFIX, RENDITIONS_PREFIX } from "./object-keys.ts";

/** An upload that was not committed by then never will be: its deadline is far shorter. */
export const UPLOAD_GRACE_MS = 60 * 60_000;

/** The platform ends a queue's consumer after 15 minutes, whatever its lease said; a minute more for clocks that differ. */
export const MAX_ATTEMPT_MS = 16 * 60_000;

/** R2 lists and deletes at most 1,000 keys a call; a photo has a handful. */
const MAX_REMOVALS_PER_RUN = 200;

/** The statement that names objects as not held (yet). A key that ends in a slash names everything below it. */
export function scheduleRemovals(db: Database, objectKeys: string[], dueAt: number): Statement {
	return db
		.insert(removals)
		.values(objectKeys.map((objectKey) => ({ objectKey, dueAt })))
		.onConflictDoUpdate({ target: removals.objectKey, set: { dueAt: sql`excluded.due_at` } });
}

/**
 * The statements that name all objects of some photos, for the batch that deletes their rows. Renditions wait until no
 * attempt can write one any more: one that runs, or one that was overtaken, cancelled or cut off and does not know it.
 *
 * @param which tells the photos, in terms of their table
 */
export function schedulePhotoRemovals(db: Database, which: SQL, now: number): Statement[] {
	const lastWriteAt = sql`(SELECT max(${attempts.startedAt}) + ${MAX_ATTEMPT_MS} FROM ${attempts} WHERE ${attempts.taskId} IN (${photos.taskId}, (SELECT ${tasks.retryOf} FROM ${tasks} WHERE ${tasks.id} = ${photos.taskId})) AND (${attempts.endedAt} IS NULL OR ${attempts.outcome} IN ('lost', 'cancel', 'retry')))`;
	const schedule = (prefix: string, dueAt: SQL) =>
		db
			.insert(removals)
			.select(
				db
					.select({
						objectKey: sql<string>`${prefix} || ${photos.id} || '/'`.as("object_key"),
						dueAt: sql<number>`${dueAt}`.as("due_at"),
					})
					.from(photos)
					.where(which),
			)
			.onConflictDoNothing();
	return [schedule(ORIGINALS_PREFIX, sql`${now}`), schedule(RENDITIONS_PREFIX, sql`coalesce(${lastWriteAt}, ${now})`)];
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
