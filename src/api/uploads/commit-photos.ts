/** The one transaction that makes received files photos: their rows, their tasks, their item, their first answer. */
import { sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import type { Database, Statement } from "../../db/database.ts";
import { refreshItemProcessing } from "../../db/items.ts";
import { insertPhoto, type Photo } from "../../db/photos.ts";
import { photos as photosTable } from "../../db/schema.ts";
import { processPhotoToAvif } from "../../handlers/process-photo-to-avif.ts";
import { imageFormats } from "../../media/inspect/formats.ts";
import { keyOfOriginal } from "../../storage/keep-originals.ts";
import { originalsOf } from "../../storage/object-keys.ts";
import { cancelRemovals } from "../../storage/removals.ts";
import { insertTask } from "../../tasks/enqueue.ts";
import type { Answer } from "../idempotency.ts";
import { presentPhoto } from "../present.ts";
import type { StagedFile } from "./stage-upload.ts";
import type { UploadWishes } from "./upload-wishes.ts";

export interface PhotosCommit {
	/** The photos' inserts come first and return their rows, in the order of the files; then the tasks', with what is to be sent. */
	statements: Statement[];
	/** The rows as they will be, but for an order that the database decides. */
	photos: Photo[];
}

/** The statements that make each file a photo with its task. A given order is the first photo's; the others
 * follow. All else that is wished for holds for each. */
export function photosCommit(
	db: Database,
	files: readonly StagedFile[],
	owner: { ownerId: string; itemId: string | null },
	wishes: UploadWishes,
	now: number,
): PhotosCommit {
	const made = files.map((file, index) => {
		const taskId = newId();
		const photo = {
			id: file.photoId,
			...owner,
			order: wishes.order === undefined ? undefined : wishes.order + index,
			caption: wishes.caption ?? "",
			state: "processing" as const,
			originalKey: keyOfOriginal(file),
			originalSha256: file.sha256,
			originalType: imageFormats[file.format].mime,
			originalBytes: file.bytes,
			renditionWishes: wishes.rendition,
			taskId,
			createdAt: now,
			updatedAt: now,
		};
		const about = { id: taskId, ...owner, photoId: photo.id };
		return { photo, ...insertTask(db, processPhotoToAvif, { photo_id: photo.id }, about, now) };
	});
	return {
		statements: [
			...made.map(({ photo }) => insertPhoto(db, photo)),
			...made.map(({ statement }) => statement),
			cancelRemovals(
				db,
				files.map((file) => originalsOf(file.photoId)),
			),
			...(owner.itemId ? refreshItemProcessing(db, owner.itemId, now) : []),
		],
		photos: made.map(({ photo }) => ({ ...notYetKnown, ...photo, order: photo.order ?? 0 })),
	};
}

/** What a photo's row does not say before it was processed. */
const notYetKnown = {
	error: null,
	originalWidth: null,
	originalHeight: null,
	renditionKey: null,
	renditionSha256: null,
	renditionBytes: null,
	renditionWidth: null,
	renditionHeight: null,
	processedAt: null,
};

/** The answer as it is remembered: its body is SQL, because the rows' order is decided in the same batch. */
export function photosAnswer(itemId: string | null, photos: Photo[]): Answer {
	const [first] = photos;
	const location = photos.length === 1 || !itemId ? `/v1/photos/${first?.id}` : `/v1/items/${itemId}/processing`;
	const orders = photos.map(
		({ id }, index) =>
			sql`, ${`$.photos[${index}].order`}, (SELECT ${photosTable.order} FROM ${photosTable} WHERE ${photosTable.id} = ${id})`,
	);
	const body = sql`json_set(${JSON.stringify({ photos: photos.map(presentPhoto) })}${sql.join(orders)})`;
	return { status: 202, location, body };
}
