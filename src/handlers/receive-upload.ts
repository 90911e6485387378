/** `receive_upload`: an object that was put into the bucket from outside is checked, kept as an original and made a photo. */
import { z } from "zod";
import { sharePhoto } from "../db/imports.ts";
import { endUpload, findUpload, idOfFound, receiveStatements, type Upload } from "../db/uploads.ts";
import { AppError } from "../errors.ts";
import { imageFormats } from "../media/inspect/formats.ts";
import { FileReceiver, type ReceivedFile } from "../storage/received-file.ts";
import { defineTask } from "../tasks/define.ts";
import { completed, discard, type Outcome } from "../tasks/outcome.ts";
import { becomePhoto, keepOriginal } from "./received-photo.ts";
import type { Services } from "./services.ts";

const uploadArguments = z.object({ upload_id: z.string().min(1) });

/** How the object is named in errors. */
const LABEL = "The object";

export const receiveUpload = defineTask<z.infer<typeof uploadArguments>, Services>({
	name: "receive_upload",
	description: "Makes a photo of an object that was put into the bucket.",
	queue: "transfers",
	arguments: uploadArguments,
	// 7 waits of 10 s doubled: 21 min, longer than R2 or D1 are usually away.
	maxAttempts: 8,
	backoff: { baseSeconds: 10, maxSeconds: 3600 },
	softLimitMs: 60_000,
	hardLimitMs: 90_000,
	isInternal: true,
	unique: { key: ({ upload_id }) => upload_id },
	run: async ({ upload_id }, services, { signal }) => {
		const upload = await findUpload(services.db, upload_id, "everything");
		if (upload?.state !== "receiving") return completed({ skipped: "the upload is gone, or has ended" });
		const object = await services.media.get(upload.objectKey);
		if (!object) return discard(missing());
		const fault = faultOf(upload, object, services.configuration.maxUploadBytes);
		if (fault) {
			await object.body.cancel();
			return discard(fault);
		}
		const file = await receive(object, signal);
		requireAnnounced(upload, file);
		return makePhoto(upload, file, services);
	},
	effectsOfEnqueue: (db, { upload_id }, taskId, isEnqueued, now) =>
		receiveStatements(db, upload_id, taskId, isEnqueued, now),
	effectsOfFailure: (db, { upload_id }, error, holdsLease) =>
		endUpload(db, upload_id, { state: "failed", error }, Date.now(), holdsLease),
});

const missing = () =>
	new AppError(
		"upload_missing",
		"The uploaded object is no longer there: it was removed from the bucket. Upload it again.",
	);

/** What can be said before a byte is read. */
function faultOf(upload: Upload, { size, etag }: R2Object, maxBytes: number): AppError | undefined {
	if (upload.declaredSha256 === null) {
		if (idOfFound(upload.objectKey, etag) !== upload.id) {
			return new AppError(
				"upload_replaced",
				"Another object was put in its place before it was received; that one is an upload of its own.",
			);
		}
		if (size > maxBytes) {
			return new AppError(
				"body_too_large",
				`${LABEL} is larger than ${maxBytes / 1024 / 1024} MiB. Put a smaller picture.`,
				{
					extensions: { max_bytes: maxBytes },
				},
			);
		}
	} else if (size !== upload.bytes) {
		return new AppError(
			"length_mismatch",
			`${LABEL} has ${size} bytes, but ${upload.bytes} were announced. Announce it anew.`,
		);
	}
	return undefined;
}

/** @throws AppError as `FileReceiver` does; or the reason of `signal` */
async function receive(object: R2ObjectBody, signal: AbortSignal): Promise<ReceivedFile> {
	const receiver = new FileReceiver(object.size, LABEL);
	for await (const chunk of object.body as unknown as AsyncIterable<Uint8Array>) {
		signal.throwIfAborted();
		receiver.push(chunk);
	}
	return receiver.end();
}

/** R2 checks the sum of what is put by a signed URL; other ways into the bucket, and a local one, do not. */
function requireAnnounced({ declaredSha256, declaredType }: Upload, { sha256, format }: ReceivedFile): void {
	if (declaredSha256 !== null && declaredSha256 !== sha256) {
		throw new AppError(
			"checksum_mismatch",
			`${LABEL} is not the file that was announced: its SHA-256 is another. Upload it again.`,
		);
	}
	const { mime } = imageFormats[format];
	if (declaredType !== null && declaredType !== mime) {
		throw new AppError(
			"upload_type_mismatch",
			`${LABEL} was announced as ${declaredType}, but is ${mime}. Announce it as what it is.`,
		);
	}
}

/** Another object may be put meanwhile: R2 takes as the original only bytes of the hash that was made of the first reading. */
async function makePhoto(upload: Upload, file: ReceivedFile, services: Services): Promise<Outcome> {
	const { db } = services;
	const { id, photoId, itemId, ownerId, order, caption, renditionWishes } = upload;
	const about = { bytes: file.bytes, type: imageFormats[file.format].mime, sha256: file.sha256 };
	// Though the item may have a photo of these bytes: it may be deleted until the end is written, which decides.
	await keepOriginal(services, upload.objectKey, file, photoId);
	const toBe = { id: photoId, itemId, ownerId, order, caption, renditionWishes };
	const newcomer = becomePhoto(db, toBe, file, Date.now());
	return completed(
		{ ...about, photo_id: photoId },
		(holdsLease) => [
			...newcomer.effects(holdsLease),
			...endUpload(db, id, { state: "received", photoId: newcomer.photoId }, Date.now(), holdsLease),
			...(itemId === null ? [] : [sharePhoto(db, itemId, newcomer.photoId, holdsLease)]),
		],
		{ children: [newcomer.child] },
	);
}
