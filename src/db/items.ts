/** Operations on items. */
import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import { cancelWorkStatements } from "./cancel-work.ts";
import type { Database, Statement } from "./database.ts";
import { insertEvent } from "./insert-event.ts";
import { type ItemType, imports, items, photos, uploads } from "./schema.ts";

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

/** The same of everybody's, each with how many photos it has. */
export async function listItemsWithCounts(db: Database, page: { before?: string | undefined; limit: number }) {
	const photoCount = sql<number>`(SELECT count(*) FROM photos WHERE photos.item_id = items.id)`;
	return db
		.select({
			id: items.id,
			name: items.name,
			type: items.type,
			ownerId: items.ownerId,
			isProcessingPhotos: items.isProcessingPhotos,
			createdAt: items.createdAt,
			photoCount,
		})
		.from(items)
		.where(page.before === undefined ? undefined : lt(items.id, page.before))
		.orderBy(desc(items.id))
		.limit(page.limit);
}

export type ItemWithCount = Awaited<ReturnType<typeof listItemsWithCounts>>[number];

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
 * The statements that set `is_processing_photos` to whether one of the item's photos is still in work or on its way, and
 * write the event `item.processed` where it falls: for the batch that changes a photo, an import or an upload. What was only
 * announced is not on its way: it may never come.
 *
 * @param itemId may be a subquery; null changes nothing
 * @param options.exceptPhotoId a photo that counts no more, because the same batch deletes it
 */
export const refreshItemProcessing = (
	db: Database,
	itemId: string | SQL,
	now: number,
	options: { condition?: SQL; exceptPhotoId?: string } = {},
): Statement[] => {
	const { condition = sql`true`, exceptPhotoId } = options;
	const others = exceptPhotoId === undefined ? sql`` : sql`AND ${photos.id} <> ${exceptPhotoId}`;
	const inWork = sql`(EXISTS (SELECT 1 FROM ${photos} WHERE ${photos.itemId} = ${items.id} AND ${photos.state} = 'processing' ${others}) OR EXISTS (SELECT 1 FROM ${imports} WHERE ${imports.itemId} = ${items.id} AND ${imports.state} = 'importing') OR EXISTS (SELECT 1 FROM ${uploads} WHERE ${uploads.itemId} = ${items.id} AND ${uploads.state} = 'receiving'))`;
	const photoCount = (state: string) =>
		sql`(SELECT count(*) FROM ${photos} WHERE ${photos.itemId} = ${items.id} AND ${photos.state} = ${state} ${others})`;
	return [
		insertEvent(
			db,
			{
				type: "item.processed",
				ownerId: sql`${items.ownerId}`,
				itemId: sql`${items.id}`,
				data: sql`json_object('photos_processed', ${photoCount("processed")}, 'photos_failed', ${photoCount("failed")})`,
			},
			sql`FROM ${items} WHERE ${items.id} = ${itemId} AND ${items.isProcessingPhotos} AND NOT ${inWork} AND ${condition}`,
			now,
		),
		db
			.update(items)
			.set({ isProcessingPhotos: inWork as unknown as SQL<boolean>, updatedAt: now })
			.where(and(sql`${items.id} = ${itemId}`, sql`${items.isProcessingPhotos} <> ${inWork}`, condition)),
	];
};

/** Removes the item, its photos and their waiting work. Objects: see removals. */
export const deleteItemStatements = (db: Database, id: string, now: number): Statement[] => [
	...cancelWorkStatements(db, eq(photos.itemId, id), now),
	db.delete(photos).where(eq(photos.itemId, id)),
	db.delete(items).where(eq(items.id, id)),
];
