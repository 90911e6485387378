/** Operations on items. */
import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import type { Database, Statement } from "./database.ts";
import { type ItemType, items, photos, removals, tasks } from "./schema.ts";

export type Item = typeof items.$inferSelect;

/** Whose rows may be seen: an owner's, or everybody's for an administrator. */
export type Visibility = { ownerId: string } | "everything";

export const visibleItems = (visibility: Visibility): SQL | undefined =>
	visibility === "everything" ? undefined : eq(items.ownerId, visibility.ownerId);

export function newItem(values: { ownerId: string; type: ItemType; name: string }, now: number): Item {
	return { id: newId(), ...values, isProcessingPhotos: false, createdAt: now, updatedAt: now };
}

export const insertItem = (db: Database, item: Item): Statement => db.insert(items).values(item);

export const findItem = (db: Database, id: string, visibility: Visibility): Promise<Item | undefined> =>
	db
		.select()
		.from(items)
		.where(and(eq(items.id, id), visibleItems(visibility)))
		.get();

/** One page, newest first. Ids are UUIDv7, so their order is the order of creation. `before` is the last id seen. */
export const listItems = (
	db: Database,
	visibility: Visibility,
	page: { before?: string | undefined; limit: number },
): Promise<Item[]> =>
	db
		.select()
		.from(items)
		.where(and(visibleItems(visibility), page.before === undefined ? undefined : lt(items.id, page.before)))
		.orderBy(desc(items.id))
		.limit(page.limit);

export const updateItem = (
	db: Database,
	id: string,
	visibility: Visibility,
	changes: { type?: ItemType | undefined; name?: string | undefined },
	now: number,
): Promise<Item | undefined> =>
	db
		.update(items)
		.set({
			...(changes.type === undefined ? {} : { type: changes.type }),
			...(changes.name === undefined ? {} : { name: changes.name }),
			updatedAt: now,
		})
		.where(and(eq(items.id, id), visibleItems(visibility)))
		.returning()
		.get();

/**
 * Sets `is_processing_photos` to whether one of the item's photos is still in work: one statement that reads and writes,
 * to be put in the batch that changes a photo. `itemId` may be a subquery; null changes nothing.
 */
export const refreshItemProcessing = (db: Database, itemId: string | SQL, now: number, condition?: SQL): Statement => {
	const inWork = sql`EXISTS (SELECT 1 FROM ${photos} WHERE ${photos.itemId} = ${items.id} AND ${photos.state} = 'processing')`;
	return db
		.update(items)
		.set({ isProcessingPhotos: inWork as unknown as SQL<boolean>, updatedAt: now })
		.where(and(sql`${items.id} = ${itemId}`, sql`${items.isProcessingPhotos} <> ${inWork}`, condition));
};

/** Removes the item, its photos and their waiting work; the photos' objects are named for removal in the same batch. */
export function deleteItemStatements(db: Database, id: string, now: number, lateRemovalAt: number): Statement[] {
	const ofItem = eq(photos.itemId, id);
	const schedule = (prefix: string, dueAt: SQL) =>
		db
			.insert(removals)
			.select(
				db
					.select({
						objectKey: sql<string>`${prefix} || ${photos.id} || '/'`.as("object_key"),
						dueAt: dueAt.as("due_at"),
					})
					.from(photos)
					.where(ofItem),
			)
			.onConflictDoNothing();
	return [
		schedule("originals/", sql`${now}`),
		schedule("renditions/", sql`CASE ${photos.state} WHEN 'processing' THEN ${lateRemovalAt} ELSE ${now} END`),
		db
			.update(tasks)
			.set({ state: "cancelled", wakeAt: null, leaseToken: null, finishedAt: now })
			.where(
				and(
					sql`${tasks.id} IN (SELECT ${photos.taskId} FROM ${photos} WHERE ${ofItem})`,
					sql`${tasks.wakeAt} IS NOT NULL`,
				),
			),
		db.delete(photos).where(ofItem),
		db.delete(items).where(eq(items.id, id)),
	];
}
