/** Operations on photos. */
import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import { cancelWorkStatements } from "./cancel-work.ts";
import { type Database, listed, type Statement } from "./database.ts";
import { insertEvent } from "./insert-event.ts";
import { insertRowWhere } from "./insert-row-where.ts";
import { refreshItemProcessing, type Visibility } from "./items.ts";
import { imports, items, photos, removals, type StoredError, tasks, uploads } from "./schema.ts";

export type Photo = typeof photos.$inferSelect;
export type NewPhoto = Omit<typeof photos.$inferInsert, "order"> & { order?: number | undefined };

export const visiblePhotos = (visibility: Visibility): SQL | undefined =>
	visibility === "everything" ? undefined : eq(photos.ownerId, visibility.ownerId);

/** An item's photos as the collector ordered them. */
const inOrder = [asc(photos.order), asc(photos.id)];

/** The statement that writes a photo and returns its row. Without an order it goes behind the item's last one. */
export const insertPhoto = (db: Database, photo: NewPhoto): Statement =>
	db
		.insert(photos)
		.values({
			...photo,
			order:
				photo.order ??
				(photo.itemId
					? sql`(SELECT coalesce(max(${photos.order}) + 1, 0) FROM ${photos} WHERE ${photos.itemId} = ${photo.itemId})`
					: 0),
		})
		.returning();

/**
 * The statement that writes a photo where the condition holds and the item that it is for, if any, is still there.
 * Returns its id.
 */
export function insertPhotoWhere(db: Database, photo: NewPhoto, condition: SQL): Statement {
	const { itemId = null, order } = photo;
	const behind = sql`(SELECT coalesce(max(${photos.order}) + 1, 0) FROM ${photos} WHERE ${photos.itemId} = ${itemId})`;
	const source =
		itemId === null ? sql`WHERE ${condition}` : sql`FROM ${items} WHERE ${items.id} = ${itemId} AND ${condition}`;
	const row = { ...photo, order: order ?? (itemId === null ? 0 : behind) };
	return insertRowWhere(db, photos, row, source).onConflictDoNothing().returning({ id: photos.id });
}

export const findPhoto = (db: Database, id: string, visibility: Visibility): Promise<Photo | undefined> =>
	db
		.select()
		.from(photos)
		.where(and(eq(photos.id, id), visiblePhotos(visibility)))
		.get();

export const listPhotosOfItem = (db: Database, itemId: string): Promise<Photo[]> =>
	db
		.select()
		.from(photos)
		.where(eq(photos.itemId, itemId))
		.orderBy(...inOrder);

export const updatePhoto = (
	db: Database,
	id: string,
	visibility: Visibility,
	changes: { order?: number | undefined; caption?: string | undefined },
	now: number,
): Promise<Photo | undefined> =>
	db
		.update(photos)
		.set({
			...(changes.order === undefined ? {} : { order: changes.order }),
			...(changes.caption === undefined ? {} : { caption: changes.caption }),
			updatedAt: now,
		})
		.where(and(eq(photos.id, id), visiblePhotos(visibility)))
		.returning()
		.get();

/** What the photo's place in the list is, as SQL. */
const placeIn = (ids: string): SQL<number> =>
	sql`(SELECT key FROM json_each(${ids}) WHERE value = ${photos.id})` as SQL<number>;

/**
 * The statements that attach photos to an item in the order given, the item's other photos behind them. Nothing is
 * written unless every photo is the owner's and either attached to nothing or to this item: all or none.
 * The first statement returns the ids that were attached.
 */
export function attachPhotosStatements(
	db: Database,
	item: { id: string; ownerId: string },
	photoIds: string[],
	now: number,
): Statement[] {
	const ids = JSON.stringify(photoIds);
	const free = sql`(${photos.itemId} IS NULL OR ${photos.itemId} = ${item.id})`;
	const allFree = sql`(SELECT count(*) FROM ${photos} WHERE ${photos.id} IN ${listed(ids)} AND ${photos.ownerId} = ${item.ownerId} AND ${free}) = ${photoIds.length}`;
	const allAttached = sql`(SELECT count(*) FROM ${photos} WHERE ${photos.id} IN ${listed(ids)} AND ${photos.itemId} = ${item.id}) = ${photoIds.length}`;
	return [
		db
			.update(photos)
			.set({ itemId: item.id, order: placeIn(ids), updatedAt: now })
			.where(and(sql`${photos.id} IN ${listed(ids)}`, allFree))
			.returning({ id: photos.id }),
		moveBehind(db, item.id, ids, photoIds.length, now, allAttached),
		db
			.update(tasks)
			.set({ itemId: item.id })
			.where(
				and(
					sql`${tasks.id} IN (SELECT ${photos.taskId} FROM ${photos} WHERE ${photos.id} IN ${listed(ids)})`,
					allAttached,
				),
			),
		...refreshItemProcessing(db, item.id, now),
	];
}

/**
 * Photos of the item that the list does not name keep their order among themselves, behind those it names. They move
 * together and only as far as needed: the same call again moves nothing.
 */
const moveBehind = (
	db: Database,
	itemId: string,
	ids: string,
	listedCount: number,
	now: number,
	condition: SQL,
): Statement => {
	const ofOthers = sql`${photos.itemId} = ${itemId} AND ${photos.id} NOT IN ${listed(ids)}`;
	// Refers to no row of the update, so it is read once, before the first row changes.
	const shift = sql`(SELECT ${listedCount} - min(${photos.order}) FROM ${photos} WHERE ${ofOthers})`;
	return db
		.update(photos)
		.set({ order: sql`${photos.order} + ${shift}`, updatedAt: now })
		.where(and(ofOthers, sql`${shift} > 0`, condition));
};

/** Puts an item's photos in the order given, in one statement. Writes nothing unless the list names exactly its photos. */
export const orderPhotos = (
	db: Database,
	itemId: string,
	photoIds: string[],
	now: number,
): Promise<{ id: string }[]> => {
	const ids = JSON.stringify(photoIds);
	return db
		.update(photos)
		.set({ order: placeIn(ids), updatedAt: now })
		.where(
			and(
				eq(photos.itemId, itemId),
				sql`(SELECT count(*) FROM ${photos} WHERE ${photos.itemId} = ${itemId}) = ${photoIds.length}`,
				sql`(SELECT count(*) FROM ${photos} WHERE ${photos.itemId} = ${itemId} AND ${photos.id} IN ${listed(ids)}) = ${photoIds.length}`,
			),
		)
		.returning({ id: photos.id });
};

export interface RenditionFacts {
	key: string;
	sha256: string;
	bytes: number;
	width: number;
	height: number;
}

/** The statements that finish a photo and, if it was the item's last one in work, the item. */
export const finishPhotoStatements = (
	db: Database,
	photoId: string,
	result:
		| { state: "processed"; original: { width: number; height: number }; rendition: RenditionFacts }
		| { state: "failed"; error: StoredError },
	now: number,
	condition: SQL,
): Statement[] => [
	...(result.state === "failed"
		? [tellFailure(db, photoId, result.error, now, condition)]
		: replaceRendition(db, photoId, result.rendition.key, now, condition)),
	db
		.update(photos)
		.set(
			result.state === "failed"
				? { state: "failed", error: result.error, processedAt: now, updatedAt: now }
				: {
						state: "processed",
						error: null,
						originalWidth: result.original.width,
						originalHeight: result.original.height,
						renditionKey: result.rendition.key,
						renditionSha256: result.rendition.sha256,
						renditionBytes: result.rendition.bytes,
						renditionWidth: result.rendition.width,
						renditionHeight: result.rendition.height,
						processedAt: now,
						updatedAt: now,
					},
		)
		// A photo that was processed before keeps its rendition, whatever becomes of another try.
		.where(and(eq(photos.id, photoId), condition, result.state === "failed" ? isInWork : undefined)),
	...refreshItemProcessing(db, itemOfPhoto(photoId), now, { condition }),
];

const isInWork = eq(photos.state, "processing");

/** Who was told the picture's URL before is given the time to fetch it. */
const OLD_RENDITION_LIFE_MS = 3_600_000;

/** Names the rendition that another one takes the place of; the other may have been named so itself. */
const replaceRendition = (db: Database, photoId: string, key: string, now: number, condition: SQL): Statement[] => [
	db
		.insert(removals)
		.select(
			sql`SELECT ${photos.renditionKey}, ${now + OLD_RENDITION_LIFE_MS} FROM ${photos} WHERE ${photos.id} = ${photoId} AND ${photos.renditionKey} <> ${key} AND ${condition}`,
		)
		.onConflictDoNothing(),
	db.delete(removals).where(and(eq(removals.objectKey, key), condition)),
];

const tellFailure = (db: Database, photoId: string, { code, detail }: StoredError, now: number, condition: SQL) =>
	insertEvent(
		db,
		{
			type: "photo.failed",
			ownerId: sql`${photos.ownerId}`,
			itemId: sql`${photos.itemId}`,
			photoId: sql`${photos.id}`,
			data: { code, detail },
		},
		sql`FROM ${photos} WHERE ${photos.id} = ${photoId} AND ${isInWork} AND ${condition}`,
		now,
	);

/**
 * The statements that give a photo to another task. One whose processing had failed is in work again; one that was
 * processed keeps its rendition meanwhile.
 */
export const workOnPhotoStatements = (
	db: Database,
	photoId: string,
	taskId: string,
	condition: SQL,
	now: number,
): Statement[] => [
	db
		.update(photos)
		.set({ taskId, updatedAt: now })
		.where(and(eq(photos.id, photoId), condition)),
	db
		.update(photos)
		.set({ state: "processing", error: null, processedAt: null })
		.where(and(eq(photos.id, photoId), eq(photos.state, "failed"), condition)),
	...refreshItemProcessing(db, itemOfPhoto(photoId), now, { condition }),
];

/** The item that a photo has when the statement runs, as SQL: it may have been attached since its row was read. */
const itemOfPhoto = (photoId: string): SQL =>
	sql`(SELECT ${photos.itemId} FROM ${photos} WHERE ${photos.id} = ${photoId})`;

/** Removes a photo and its waiting work; the item finishes if this was the last one in work. Objects: see removals. */
export const deletePhotoStatements = (db: Database, photo: Pick<Photo, "id">, now: number): Statement[] => [
	...refreshItemProcessing(db, itemOfPhoto(photo.id), now, { exceptPhotoId: photo.id }),
	...cancelWorkStatements(db, eq(photos.id, photo.id), now),
	db.delete(photos).where(eq(photos.id, photo.id)),
];

/** What `GET …/processing` shows, in one read: the item, the state of each of its photos, the work on them, and what is on its way. */
export const readItemProcessing = async (db: Database, itemId: string, visibility: Visibility) => {
	const rows = await db
		.select({
			itemId: items.id,
			isProcessing: items.isProcessingPhotos,
			imports: unfinishedImports(itemId),
			uploads: unfinishedUploads(itemId),
			photo: { id: photos.id, order: photos.order, state: photos.state, error: photos.error },
			task: {
				id: tasks.id,
				state: tasks.state,
				attemptCount: tasks.attemptCount,
				snoozeCount: tasks.snoozeCount,
				maxAttempts: tasks.maxAttempts,
				progress: tasks.progress,
			},
		})
		.from(items)
		.leftJoin(photos, eq(photos.itemId, items.id))
		.leftJoin(tasks, and(eq(tasks.id, photos.taskId), isInWork))
		.where(and(eq(items.id, itemId), visibility === "everything" ? undefined : eq(items.ownerId, visibility.ownerId)))
		.orderBy(...inOrder);
	const [first] = rows;
	return (
		first && {
			itemId: first.itemId,
			isProcessing: first.isProcessing,
			photos: rows.flatMap(({ photo, task }) => (photo ? [{ ...photo, task }] : [])),
			imports: first.imports,
			uploads: first.uploads,
		}
	);
};

/** An import that is in work or failed. */
type UnfinishedImport = Pick<typeof imports.$inferSelect, "url" | "state" | "error">;

/** As one value, which SQLite makes once however many rows the photos are. */
/** Failures that are shown: a value has at most 2 MB in D1, and a URL may grow to 18 KB when it is escaped. */
const MAX_FAILURES_SHOWN = 50;

const unfinishedImports = (itemId: string) =>
	sql`(SELECT json_group_array(json_object('url', url, 'state', state, 'error', json(error))) FROM (
		SELECT '' AS url, state, NULL AS error FROM ${imports} WHERE ${imports.itemId} = ${itemId} AND ${imports.state} = 'importing'
		UNION ALL SELECT * FROM (SELECT url, state, error FROM ${imports} WHERE ${imports.itemId} = ${itemId} AND ${imports.state} = 'failed' ORDER BY ${imports.id} DESC LIMIT ${MAX_FAILURES_SHOWN})))`.mapWith(
		(json: string): UnfinishedImport[] => JSON.parse(json),
	);

/** An upload that is being received or failed. What is only announced may never come. */
type UnfinishedUpload = Pick<typeof uploads.$inferSelect, "id" | "order" | "state" | "error">;

const unfinishedUploads = (itemId: string) =>
	sql`(SELECT json_group_array(json_object('id', id, 'order', "order", 'state', state, 'error', json(error))) FROM (
		SELECT id, "order", state, error FROM ${uploads} WHERE ${uploads.itemId} = ${itemId} AND ${uploads.state} = 'receiving'
		UNION ALL SELECT * FROM (SELECT id, "order", state, error FROM ${uploads} WHERE ${uploads.itemId} = ${itemId} AND ${uploads.state} = 'failed' ORDER BY ${uploads.createdAt} DESC LIMIT ${MAX_FAILURES_SHOWN})))`.mapWith(
		(json: string): UnfinishedUpload[] => JSON.parse(json),
	);
