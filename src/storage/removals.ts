/** Objects that no photo holds: named in D1 before they exist, removed when due, so that none is ever left without a row. */
import { and, asc, eq, gt, inArray, lte, not, type SQL, sql } from "drizzle-orm";
import { type Database, runBatch, type Statement } from "../db/database.ts";
import { attempts, photos, removals, tasks, uploads } from "../db/schema.ts";
import { idOfFound, noteFoundObjects, selectUploads, type Upload } from "../db/uploads.ts";
import { toAppError } from "../errors.ts";
import { errorFields, logEvent } from "../log.ts";
import { itemOfInboxKey, ORIGINALS_PREFIX, RENDITIONS_PREFIX, UPLOADS_PREFIX } from "./object-keys.ts";

/** An upload that was not committed by then never will be: its deadline is far shorter. */
export const UPLOAD_GRACE_MS = 60 * 60_000;

/** The platform ends a queue's consumer after 15 minutes, whatever its lease said; a minute more for clocks that differ. */
export const MAX_ATTEMPT_MS = 16 * 60_000;

/** How long a run may take to come to the end of its list, and a minute for clocks that differ. */
const MAX_SWEEP_MS = 3 * 60_000;
/** When it is certain that what a run had on its list is gone, or is on nobody's. */
export const HELD_BACK_SECONDS = MAX_SWEEP_MS / 1000;

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

/**
 * Keeps an object that is named for removal until a row holds it, which its writer is about to write. Where a sweep may
 * have it on its list already that is too late: what it removes next might be the new one.
 *
 * @returns false where it is to be asked again once the object is gone
 */
export async function holdBack(db: Database, objectKey: string, now: number): Promise<boolean> {
	const isIt = eq(removals.objectKey, objectKey);
	const lastListedAt = now + MAX_SWEEP_MS;
	const [, onItsWay] = (await runBatch(db, [
		db
			.update(removals)
			.set({ dueAt: sql`max(${removals.dueAt}, ${now + UPLOAD_GRACE_MS})` })
			.where(and(isIt, gt(removals.dueAt, lastListedAt))),
		db
			.select({ objectKey: removals.objectKey })
			.from(removals)
			.where(and(isIt, lte(removals.dueAt, lastListedAt))),
	])) as [unknown, unknown[]];
	return onItsWay.length === 0;
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
		} else if (await isNewInInbox(db, bucket, objectKey)) {
			continue;
		} else {
			await bucket.delete(objectKey);
			removedCount += 1;
		}
		await db.delete(removals).where(eq(removals.objectKey, objectKey));
	}
	return removedCount;
}

/**
 * Whether another object was put under the key of an inbox since the one that is to go: then the name is taken back, and
 * the new one is an upload of its own, whether or not its event has come. R2 deletes under no condition, so one that is put
 * in the very moment of the deletion goes with it; its upload then fails as `upload_missing`.
 */
async function isNewInInbox(db: Database, bucket: R2Bucket, key: string): Promise<boolean> {
	const itemId = itemOfInboxKey(key);
	const now = Date.now();
	const object = itemId === undefined ? null : await bucket.head(key);
	if (itemId === undefined || !object) return false;
	const { etag, size: bytes, uploaded } = object;
	const [, found] = (await runBatch(db, [
		noteFoundObjects(db, [{ key, itemId, etag, bytes, putAt: uploaded.getTime() }], now),
		selectUploads(db, [idOfFound(key, etag)]),
	])) as [unknown, Upload[]];
	// No row: the item is gone, and its inbox with it.
	const isNew = found[0]?.state === "expected" || found[0]?.state === "receiving";
	if (isNew) await db.delete(removals).where(and(eq(removals.objectKey, key), lte(removals.dueAt, now)));
	return isNew;
}

/** Waits for a removal that nobody waits for. One that fails is logged; the rows that name the objects stay for the sweep. */
export async function settleRemoval(removal: Promise<number>): Promise<void> {
	try {
		await removal;
	} catch (thrown) {
		logEvent("warn", "removal.failed", { error: errorFields(toAppError(thrown)) });
	}
}

/** True in SQL of the key of an announced picture that nothing was heard of: it may lie there and not have been looked for. */
const mayHaveBeenPut = sql`EXISTS (SELECT 1 FROM ${uploads} WHERE ${uploads.id} = substr(${removals.objectKey}, ${UPLOADS_PREFIX.length + 1}) AND ${uploads.objectKey} = ${removals.objectKey} AND ${uploads.state} = 'expected')`;

/**
 * Removes what is due, oldest first, bounded per run. What may have been put waits until the sweep of uploads has looked for
 * it: after a standstill that takes more than one run. One that fails keeps its name, and nobody else from going.
 *
 * @returns how many objects went
 * @throws what the first that failed did, once the others were tried
 */
export async function sweepRemovals(db: Database, bucket: R2Bucket, now: number): Promise<number> {
	const due = await db
		.select({ objectKey: removals.objectKey })
		.from(removals)
		.where(and(lte(removals.dueAt, now), not(mayHaveBeenPut)))
		.orderBy(asc(removals.dueAt))
		.limit(MAX_REMOVALS_PER_RUN);
	let removedCount = 0;
	const failures: unknown[] = [];
	for (const { objectKey } of due) {
		try {
			removedCount += await removeNow(db, bucket, [objectKey]);
		} catch (thrown) {
			failures.push(thrown);
		}
	}
	if (failures.length > 0) throw failures[0];
	return removedCount;
}
