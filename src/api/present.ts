/** Rows as the JSON of the API. */
import type { z } from "@hono/zod-openapi";
import type { Import } from "../db/imports.ts";
import type { Item } from "../db/items.ts";
import type { Photo, readItemProcessing } from "../db/photos.ts";
import type { StoredError } from "../db/schema.ts";
import type { RenditionWishes } from "../media/settings.ts";
import type { importJson } from "./imports/schemas.ts";
import type { itemJson, photoJson, processingJson } from "./schemas.ts";

/** Enough of a hash to tell two contents apart in a URL. */
export const VERSION_LENGTH = 16;

export const iso = (time: number): string => new Date(time).toISOString();
export const isoOrNull = (time: number | null): string | null => (time === null ? null : iso(time));

/** What everybody may know of an error. */
export const presentError = (error: StoredError | null): { code: string; detail: string } | null =>
	error && { code: error.code, detail: error.detail };

export const presentItem = (item: Item): z.infer<typeof itemJson> => ({
	id: item.id,
	owner_id: item.ownerId,
	type: item.type,
	name: item.name,
	is_processing_photos: item.isProcessingPhotos,
	created_at: iso(item.createdAt),
	updated_at: iso(item.updatedAt),
});

export function presentPhoto(photo: Photo): z.infer<typeof photoJson> {
	const url = (path: string, sha256: string) => `/v1/photos/${photo.id}/${path}?v=${sha256.slice(0, VERSION_LENGTH)}`;
	return {
		id: photo.id,
		item_id: photo.itemId,
		owner_id: photo.ownerId,
		order: photo.order,
		caption: photo.caption,
		state: photo.state,
		error: presentError(photo.error),
		original: {
			type: photo.originalType,
			bytes: photo.originalBytes,
			sha256: photo.originalSha256,
			width: photo.originalWidth,
			height: photo.originalHeight,
			url: url("original", photo.originalSha256),
		},
		rendition:
			photo.renditionSha256 === null || photo.renditionBytes === null
				? null
				: {
						type: "image/avif",
						bytes: photo.renditionBytes,
						sha256: photo.renditionSha256,
						width: photo.renditionWidth,
						height: photo.renditionHeight,
						url: url("image", photo.renditionSha256),
					},
		requested_settings: presentWishes(photo.renditionWishes ?? {}),
		image_url: url("image", photo.renditionSha256 ?? photo.originalSha256),
		task_id: photo.taskId,
		created_at: iso(photo.createdAt),
		processed_at: isoOrNull(photo.processedAt),
	};
}

const presentWishes = (wishes: RenditionWishes): z.infer<typeof photoJson>["requested_settings"] => ({
	quality: wishes.quality ?? null,
	speed: wishes.speed ?? null,
	max_width: wishes.maxWidth ?? null,
	max_height: wishes.maxHeight ?? null,
	chroma_subsampling: wishes.chromaSubsampling ?? null,
});

export function presentProcessing(
	item: NonNullable<Awaited<ReturnType<typeof readItemProcessing>>>,
): z.infer<typeof processingJson> {
	const inState = (state: Photo["state"]) => item.photos.filter((photo) => photo.state === state);
	const { length: photoCount } = item.photos;
	return {
		item_id: item.itemId,
		is_processing: item.isProcessing,
		has_photos: photoCount > 0,
		photo_count: photoCount,
		photos_processing: inState("processing").length,
		photos_in_work: inState("processing").map(({ id, order, task }) => ({
			id,
			order,
			task: task && {
				id: task.id,
				state: task.state,
				attempt: task.attemptCount - task.snoozeCount,
				max_attempts: task.maxAttempts,
				progress: task.progress,
			},
		})),
		photos_failed: inState("failed").map(({ id, order, error }) => ({
			id,
			order,
			code: error?.code ?? "internal_error",
			reason: error?.detail ?? "",
		})),
		imports_in_work: item.imports.filter(({ state }) => state === "importing").length,
		imports_failed: item.imports.flatMap(({ url, state, error }) =>
			state === "failed" ? { url, code: error?.code ?? "internal_error", reason: error?.detail ?? "" } : [],
		),
		uploads_in_work: item.uploads.filter(({ state }) => state === "receiving").length,
		uploads_failed: item.uploads.flatMap(({ id, order, state, error }) =>
			state === "failed" ? { id, order, code: error?.code ?? "internal_error", reason: error?.detail ?? "" } : [],
		),
		all_processed: photoCount > 0 && inState("processed").length === photoCount && !item.isProcessing,
	};
}

export const presentImport = (row: Import): z.infer<typeof importJson> => ({
	id: row.id,
	item_id: row.itemId,
	url: row.url,
	order: row.order,
	state: row.state,
	error: presentError(row.error),
	photo_id: row.photoId,
	task_id: row.taskId,
	requested_at: iso(row.requestedAt),
	updated_at: iso(row.updatedAt),
});
