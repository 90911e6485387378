/** How a picture that a task received becomes a photo: its original is kept first, its row is written with the task's end. */
import { and, eq, type SQL, sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import { cancelWorkStatements } from "../db/cancel-work.ts";
import { type Database, runBatch, type Statement } from "../db/database.ts";
import { insertPhotoWhere } from "../db/photos.ts";
import { photos, removals } from "../db/schema.ts";
import { imageFormats } from "../media/inspect/formats.ts";
import type { RenditionWishes } from "../media/settings.ts";
import { keepOriginals, keyOfOriginal } from "../storage/keep-originals.ts";
import { originalsOf } from "../storage/object-keys.ts";
import type { ReceivedFile } from "../storage/received-file.ts";
import { holdBack, scheduleRemovals, UPLOAD_GRACE_MS } from "../storage/removals.ts";
import type { Child } from "../tasks/outcome.ts";
import { processPhotoToAvif } from "./process-photo-to-avif.ts";

/** Whose the photo will be, and what is known of it before its bytes. */
export interface PhotoToBe {
	id: string;
	itemId: string | null;
	ownerId: string;
	/** Null behind the item's others. */
	order: number | null;
	caption: string;
	renditionWishes: RenditionWishes | null;
}

/** Copies the received bytes to where their content says, named for removal until a photo holds them. */
export async function keepOriginal(
	{ db, media }: { db: Database; media: R2Bucket },
	stagedKey: string,
	file: ReceivedFile,
	photoId: string,
): Promise<void> {
	await runBatch(db, [scheduleRemovals(db, [originalsOf(photoId)], Date.now() + UPLOAD_GRACE_MS)]);
	await keepOriginals(media, stagedKey, [{ ...file, photoId, offset: 0 }]);
}

/** What makes it a photo, with the end of the task that received it. */
export interface Newcomer {
	/** They write nothing where the item has a photo of the same bytes already, or is gone. */
	effects(holdsLease: SQL): Statement[];
	/** Makes its rendition; written where the photo is. */
	child: Child;
	/** The photo of these bytes once the effects ran, as SQL: this one, or the one that was there. Null where the item is gone. */
	photoId: SQL;
}

/** The item's own state is left to whoever ends the import or upload in the same batch. */
export function becomePhoto(db: Database, photo: PhotoToBe, file: ReceivedFile, now: number): Newcomer {
	const taskId = newId();
	const { itemId, order, ...said } = photo;
	const row = {
		...said,
		itemId,
		order: order ?? undefined,
		state: "processing" as const,
		originalKey: keyOfOriginal({ ...file, photoId: photo.id, offset: 0 }),
		originalSha256: file.sha256,
		originalType: imageFormats[file.format].mime,
		originalBytes: file.bytes,
		taskId,
		createdAt: now,
		updatedAt: now,
	};
	const isOfSameBytes = sql`${photos.itemId} = ${itemId} AND ${photos.originalSha256} = ${file.sha256}`;
	const isThere = sql`EXISTS (SELECT 1 FROM ${photos} WHERE ${photos.id} = ${photo.id})`;
	return {
		effects: (holdsLease) => [
			insertPhotoWhere(db, row, sql`${holdsLease} AND NOT EXISTS (SELECT 1 FROM ${photos} WHERE ${isOfSameBytes})`),
			db.delete(removals).where(and(eq(removals.objectKey, originalsOf(photo.id)), isThere, holdsLease)),
		],
		child: {
			definition: processPhotoToAvif,
			arguments: { photo_id: photo.id },
			options: { id: taskId, itemId, photoId: photo.id },
			condition: isThere,
		},
		photoId:
			itemId === null
				? sql`${photo.id}`
				: sql`(SELECT ${photos.id} FROM ${photos} WHERE ${isOfSameBytes} ORDER BY ${photos.id} = ${photo.id} DESC LIMIT 1)`,
	};
}

/**
 * Copies the received bytes beside the photo's original, named for removal until the photo takes them.
 *
 * @returns false where the photo had the same original before, which is being removed: nothing was done
 */
export async function keepNextOriginal(
	{ db, media }: { db: Database; media: R2Bucket },
	stagedKey: string,
	file: ReceivedFile,
	photoId: string,
): Promise<boolean> {
	const original = { ...file, photoId, offset: 0 };
	if (!(await holdBack(db, keyOfOriginal(original), Date.now()))) return false;
	await runBatch(db, [scheduleRemovals(db, [keyOfOriginal(original)], Date.now() + UPLOAD_GRACE_MS)]);
	await keepOriginals(media, stagedKey, [original]);
	return true;
}

/** A site may show a broken picture, or another one, in place of what a collector chose: the one before can be had for a week. */
const REPLACED_ORIGINAL_LIFE_MS = 7 * 24 * 3_600_000;

/**
 * What gives a photo another original: it is in work again, and shows its rendition meanwhile. Whoever works on the one
 * before is stopped, or the photo would end with its picture.
 *
 * @param mayBeTaken true in SQL as long as the photo may be given another original. Where it may not, or was deleted
 * meanwhile, nothing is written
 */
export function takeNextOriginal(
	db: Database,
	photo: { id: string; itemId: string },
	file: ReceivedFile,
	mayBeTaken: SQL,
	now: number,
): Newcomer {
	const taskId = newId();
	const originalKey = keyOfOriginal({ ...file, photoId: photo.id, offset: 0 });
	const isOurs = sql`${photos.id} = ${photo.id} AND ${mayBeTaken}`;
	const isTaken = sql`EXISTS (SELECT 1 FROM ${photos} WHERE ${photos.id} = ${photo.id} AND ${photos.originalKey} = ${originalKey})`;
	return {
		effects: (holdsLease) => [
			...cancelWorkStatements(db, sql`${isOurs} AND ${holdsLease}`, now),
			db
				.insert(removals)
				.select(
					sql`SELECT ${photos.originalKey}, ${now + REPLACED_ORIGINAL_LIFE_MS} FROM ${photos} WHERE ${isOurs} AND ${photos.originalKey} <> ${originalKey} AND ${holdsLease}`,
				)
				.onConflictDoNothing(),
			db
				.update(photos)
				.set({
					state: "processing",
					error: null,
					originalKey,
					originalSha256: file.sha256,
					originalType: imageFormats[file.format].mime,
					originalBytes: file.bytes,
					originalWidth: null,
					originalHeight: null,
					taskId,
					processedAt: null,
					updatedAt: now,
				})
				.where(and(isOurs, holdsLease)),
			db.delete(removals).where(and(eq(removals.objectKey, originalKey), isTaken, holdsLease)),
		],
		child: {
			definition: processPhotoToAvif,
			arguments: { photo_id: photo.id },
			options: { id: taskId, itemId: photo.itemId, photoId: photo.id },
			condition: sql`EXISTS (SELECT 1 FROM ${photos} WHERE ${photos.taskId} = ${taskId} AND ${photos.id} = ${photo.id})`,
		},
		photoId: sql`${photo.id}`,
	};
}

/** The item's photo of these bytes, if it has one. */
export const findPhotoOfBytes = (db: Database, itemId: string, sha256: string) =>
	db
		.select({ id: photos.id })
		.from(photos)
		.where(and(eq(photos.itemId, itemId), eq(photos.originalSha256, sha256)))
		.get();
