/** Uploads that go straight into the bucket, as the JSON of the API. */
import type { z } from "@hono/zod-openapi";
import type { Upload } from "../../db/uploads.ts";
import type { DirectUploadSettings } from "../../env.ts";
import { iso, presentError } from "../present.ts";
import type { announcedUpload, uploadJson } from "./schemas.ts";
import { signPut } from "./sign-put.ts";

export const presentUpload = (upload: Upload): z.infer<typeof uploadJson> => ({
	id: upload.id,
	photo_id: upload.photoId,
	item_id: upload.itemId,
	owner_id: upload.ownerId,
	state: upload.state,
	error: presentError(upload.error),
	type: upload.declaredType,
	bytes: upload.bytes,
	sha256: upload.declaredSha256,
	order: upload.order,
	caption: upload.caption,
	task_id: upload.taskId,
	created_at: iso(upload.createdAt),
	expires_at: iso(upload.expiresAt),
});

/** With a URL of its own, as long as the file may be put. */
export async function presentAnnounced(
	upload: Upload,
	settings: DirectUploadSettings,
	now: number,
): Promise<z.infer<typeof announcedUpload>> {
	const { objectKey: key, declaredType: type, declaredSha256: sha256, bytes, state, expiresAt } = upload;
	const mayBePut = state === "expected" && expiresAt >= now + 1000;
	const put =
		mayBePut && type !== null && sha256 !== null
			? await signPut(settings, { key, type, sha256, bytes }, expiresAt, now)
			: null;
	return { ...presentUpload(upload), upload: put && { ...put, expires_at: iso(expiresAt) } };
}
