/** The tasks of a photo: what is done with it now, and what made the AVIF that it has. */
import type { Database } from "./database.ts";
import type { Photo } from "./photos.ts";
import { type ListedTask, listTasks } from "./task-lists.ts";
import { findTask, type TaskWithAttempts } from "./tasks.ts";

const PROCESSING = "process_photo_to_avif";

export interface PhotoTasks {
	/** The newest of those that process it; undefined where it is no longer kept. */
	latest: TaskWithAttempts | undefined;
	/** The one that made its AVIF: another one than the latest, while that makes it again, or where it could not. */
	maker: TaskWithAttempts | undefined;
	/** The newest of all. */
	listed: readonly ListedTask[];
}

/** One round trip; two or three more where its AVIF is made again. */
export async function readPhotoTasks(db: Database, photo: Photo, limit: number): Promise<PhotoTasks> {
	const { id: photoId, itemId } = photo;
	const [latest, ofItem] = await Promise.all([
		findTask(db, photo.taskId, "everything"),
		// Tasks are found by their item; of a photo without one the last task is shown alone.
		itemId === null ? undefined : listTasks(db, { itemId, photoId }, "everything", { limit }),
	]);
	const listed = ofItem?.tasks ?? [];
	const isListed = listed.some(({ id }) => id === latest?.id);
	return {
		latest,
		maker: latest?.state === "succeeded" ? latest : await findMaker(db, photo),
		listed: latest && !isListed ? [latest, ...listed] : listed,
	};
}

/** By so much the clocks that give ids and moments may differ. */
const CLOCK_SLACK_MS = 60_000;

/**
 * The newest that succeeded. It was enqueued before the photo was processed, and mostly not long before: it is looked for from
 * there backwards, among a bounded number. Where the ids are not of those moments it is looked for among the newest.
 */
async function findMaker(db: Database, photo: Photo): Promise<TaskWithAttempts | undefined> {
	const { id: photoId, itemId, renditionKey, processedAt } = photo;
	if (renditionKey === null || processedAt === null) return undefined;
	const filter = { photoId, itemId: itemId ?? undefined, name: PROCESSING, state: "succeeded" } as const;
	for (const createdBefore of [processedAt + CLOCK_SLACK_MS, undefined]) {
		const { tasks } = await listTasks(db, { ...filter, createdBefore }, "everything", { limit: 1 });
		if (tasks[0]) return findTask(db, tasks[0].id, "everything");
	}
	return undefined;
}
