/** Whose the items and photos are that tasks are about. */
import { and, sql } from "drizzle-orm";
import type { Subject } from "../tasks/define.ts";
import { type Database, listed, runBatch } from "./database.ts";
import { type Visibility, visibleItems } from "./items.ts";
import { visiblePhotos } from "./photos.ts";
import { items, photos } from "./schema.ts";

/** What was found of the subjects that were asked for. */
export interface SubjectOwners {
	/** Undefined where what the task is about is not there, or must not be seen. */
	of(subject: Subject): { ownerId: string; itemId: string | null; photoId: string | null } | undefined;
}

/** One round trip, and none where no subject is named. */
export async function findSubjectOwners(
	db: Database,
	subjects: readonly Subject[],
	visibility: Visibility,
): Promise<SubjectOwners> {
	const idsOf = (kind: keyof Subject) => JSON.stringify(subjects.flatMap((subject) => subject[kind] ?? []));
	const [itemIds, photoIds] = [idsOf("itemId"), idsOf("photoId")];
	const isNamed = itemIds !== "[]" || photoIds !== "[]";
	const [itemRows, photoRows] = (
		isNamed
			? await runBatch(db, [
					db
						.select({ id: items.id, ownerId: items.ownerId })
						.from(items)
						.where(and(sql`${items.id} IN ${listed(itemIds)}`, visibleItems(visibility))),
					db
						.select({ id: photos.id, ownerId: photos.ownerId, itemId: photos.itemId })
						.from(photos)
						.where(and(sql`${photos.id} IN ${listed(photoIds)}`, visiblePhotos(visibility))),
				])
			: [[], []]
	) as [{ id: string; ownerId: string }[], { id: string; ownerId: string; itemId: string | null }[]];
	const ownedItems = new Map(itemRows.map(({ id, ownerId }) => [id, { ownerId, itemId: id, photoId: null }]));
	const ownedPhotos = new Map(
		photoRows.map(({ id, ownerId, itemId }) => [id, { ownerId, itemId, photoId: id }] as const),
	);
	return {
		of: ({ itemId, photoId }) => (photoId === undefined ? ownedItems.get(itemId ?? "") : ownedPhotos.get(photoId)),
	};
}
