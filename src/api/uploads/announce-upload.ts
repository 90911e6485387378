/** Writes down what a client will put into the bucket, if it fits its owner's quota. */
import { v7 as newId } from "uuid";
import { type Database, isConstraintFailure, runBatch } from "../../db/database.ts";
import { announceUpload, readUsage, type Upload } from "../../db/uploads.ts";
import type { DirectUploadSettings } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { uploadKey } from "../../storage/object-keys.ts";
import { scheduleRemovals } from "../../storage/removals.ts";
import type { IdempotentRequest } from "../idempotency.ts";
import { noSuchItem } from "../require-item.ts";
import { presentUpload } from "./present-upload.ts";

/** 15 MiB over a slow phone's 0.5 Mbit/s take 250 s; several files may wait for each other. */
const MAY_BE_PUT_FOR_MS = 15 * 60_000;
/** Far behind everything that may still receive it: the sweep looks for the object a quarter of an hour after the expiry. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/** What a client says of the file. */
export type Announcement = Pick<Upload, "ownerId" | "itemId" | "bytes" | "order" | "caption" | "renditionWishes"> & {
	declaredType: string;
	declaredSha256: string;
};

export function newUploadRow(announcement: Announcement, now: number): Upload {
	const id = newId();
	return {
		...announcement,
		id,
		photoId: id,
		objectKey: uploadKey(id),
		state: "expected",
		error: null,
		taskId: null,
		createdAt: now,
		expiresAt: now + MAY_BE_PUT_FOR_MS,
		updatedAt: now,
	};
}

/**
 * Writes the row, the object's name for removal and the answer that a repeated request gets: all or nothing. No URL is
 * remembered: each answer is signed anew.
 *
 * @throws AppError `upload_quota_exceeded`, `not_found` where the item was deleted meanwhile; whatever D1 fails with
 */
export async function writeAnnouncement(
	db: Database,
	upload: Upload,
	{ quota }: DirectUploadSettings,
	idempotent: IdempotentRequest,
): Promise<void> {
	const body = presentUpload(upload);
	try {
		await runBatch(db, [
			// First: an equal request that was quicker is answered, whatever the quota says by now.
			...idempotent.remember({ status: 201, location: `/v1/uploads/${upload.id}`, body }),
			announceUpload(db, upload, quota),
			scheduleRemovals(db, [upload.objectKey], upload.expiresAt + ABANDONED_AFTER_MS),
		]);
	} catch (cause) {
		if (isConstraintFailure(cause, "FOREIGN KEY")) throw noSuchItem();
		if (isConstraintFailure(cause, "NOT NULL", "uploads"))
			throw quotaExceeded(await readUsage(db, upload.ownerId), quota);
		throw cause;
	}
}

function quotaExceeded(used: DirectUploadSettings["quota"], allowed: DirectUploadSettings["quota"]): AppError {
	const inMegabytes = (bytes: number) => Math.ceil(bytes / 1e6);
	return new AppError(
		"upload_quota_exceeded",
		`The owner's photos and announced uploads come to ${used.photos} with ${inMegabytes(used.bytes)} MB; ${allowed.photos} with ${inMegabytes(allowed.bytes)} MB are allowed, and this upload would exceed that. Delete photos, or give up uploads that are not needed.`,
		{
			extensions: {
				used_bytes: used.bytes,
				used_photos: used.photos,
				max_bytes: allowed.bytes,
				max_photos: allowed.photos,
			},
		},
	);
}
