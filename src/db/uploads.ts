/** Operations on uploads: objects that are put into the bucket from outside and become photos. */
import { and, desc, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import { v5 as deriveId, v7 as newId } from "uuid";
import { type Database, listed, type Statement } from "./database.ts";
import { insertRowWhere } from "./insert-row-where.ts";
import { refreshItemProcessing, type Visibility } from "./items.ts";
import { items, ownerUsage, removals, type StoredError, uploads } from "./schema.ts";

export type Upload = typeof uploads.$inferSelect;

/** What one owner may have: photos, and uploads that are announced or being received. */
export interface Quota {
	bytes: number;
	photos: number;
}

/** A put that began just before its URL expired may end that much later. */
const PUT_GRACE_MS = 3_600_000;
/** A picture in an inbox that could not be received is left there for its owner to look at, for a week. */
const FAULTY_FILE_LIFE_MS = 7 * 24 * 3_600_000;
/** Of the ids of what was found. */
const FOUND_UPLOADS = "6f1d0d0e-6f4b-4c55-9d0f-3d7b6a0f52c1";

const isOpen = sql`${uploads.state} IN ('expected', 'receiving')`;
const hasEnded = sql`${uploads.state} IN ('received', 'failed')`;

/**
 * The statement that writes an announced upload. Where it does not fit the owner's quota the whole batch fails, on
 * `NOT NULL` of the state: so nothing that the batch promises besides is written either.
 */
export function announceUpload(db: Database, upload: typeof uploads.$inferInsert, quota: Quota): Statement {
	const { ownerId, bytes } = upload;
	const fits = sql`${bytesOf(ownerId)} + ${bytes} <= ${quota.bytes} AND ${photosOf(ownerId)} + 1 <= ${quota.photos}`;
	return db.insert(uploads).values({ ...upload, state: sql`CASE WHEN ${fits} THEN 'expected' END` });
}

const bytesOf = (ownerId: string): SQL<number> => usage(ownerId, ownerUsage.originalBytes, sql`sum(${uploads.bytes})`);
const photosOf = (ownerId: string): SQL<number> => usage(ownerId, ownerUsage.photoCount, sql`count(*)`);

const usage = (ownerId: string, ofPhotos: unknown, ofUploads: SQL): SQL<number> =>
	sql`(coalesce((SELECT ${ofPhotos} FROM ${ownerUsage} WHERE ${ownerUsage.ownerId} = ${ownerId}), 0) + (SELECT coalesce(${ofUploads}, 0) FROM ${uploads} WHERE ${uploads.ownerId} = ${ownerId} AND ${isOpen}))` as SQL<number>;

/** What counts against the owner's quota now. */
export const readUsage = async (db: Database, ownerId: string): Promise<Quota> => {
	const [used] = await db.all<Quota>(sql`SELECT ${bytesOf(ownerId)} AS bytes, ${photosOf(ownerId)} AS photos`);
	return used as Quota;
};

/** An object that lies in an item's inbox. */
export interface FoundObject {
	key: string;
	itemId: string;
	etag: string;
	bytes: number;
	/** Milliseconds since 1970; null where that is not known. */
	putAt: number | null;
}

/** The same bytes under the same key are the same upload, however often they are told of or put. */
export const idOfFound = (key: string, etag: string): string => deriveId(`${key}\n${etag}`, FOUND_UPLOADS);

/** True in SQL of an upload that had ended before an object, then put in its place, could be what it was about. */
const hadEndedBefore = (putAt: SQL): SQL => sql`${hasEnded} AND ${uploads.updatedAt} < ${putAt}`;

/**
 * The statement that writes down objects of inboxes, but for those that are known or whose item is not there. What is put
 * again after its upload had ended is expected anew, as another photo.
 */
export const noteFoundObjects = (db: Database, objects: readonly FoundObject[], now: number): Statement => {
	const list = JSON.stringify(
		objects.map((object) => ({ ...object, id: idOfFound(object.key, object.etag), photoId: newId() })),
	);
	const of = (field: string): SQL => sql`json_extract(value, ${`$.${field}`})`;
	return insertRowWhere(
		db,
		uploads,
		{
			id: of("id"),
			photoId: of("photoId"),
			ownerId: sql`${items.ownerId}`,
			itemId: sql`${items.id}`,
			objectKey: of("key"),
			bytes: of("bytes"),
			state: "expected",
			createdAt: now,
			expiresAt: now,
			updatedAt: now,
		},
		sql`FROM json_each(${list}) JOIN ${items} ON ${items.id} = ${of("itemId")} WHERE true`,
	).onConflictDoUpdate({
		target: uploads.id,
		set: {
			photoId: sql`excluded.photo_id`,
			ownerId: sql`excluded.owner_id`,
			state: "expected",
			error: null,
			taskId: null,
			createdAt: now,
			expiresAt: now,
			updatedAt: now,
		},
		setWhere: hadEndedBefore(
			sql`(SELECT max(${of("putAt")}) FROM json_each(${list}) WHERE ${of("id")} = ${uploads.id})`,
		),
	});
};

/**
 * Which of these no upload is known for, or only one that had ended before they were put, and for how many of those there is
 * no item either. One query.
 */
export async function listForgotten(
	db: Database,
	objects: readonly FoundObject[],
): Promise<{ forgotten: FoundObject[]; ofNoItem: number }> {
	if (objects.length === 0) return { forgotten: [], ofNoItem: 0 };
	const list = JSON.stringify(
		objects.map(({ key, etag, itemId, putAt }) => ({ key, id: idOfFound(key, etag), itemId, putAt })),
	);
	const rows = await db.all<{ key: string; hasItem: number }>(
		sql`SELECT json_extract(value, '$.key') AS "key", EXISTS (SELECT 1 FROM ${items} WHERE ${items.id} = json_extract(value, '$.itemId')) AS "hasItem"
			FROM json_each(${list}) WHERE NOT EXISTS (SELECT 1 FROM ${uploads} WHERE ${uploads.id} = json_extract(value, '$.id') AND NOT coalesce(${hadEndedBefore(sql`json_extract(value, '$.putAt')`)}, 0))`,
	);
	const unknown = new Set(rows.filter(({ hasItem }) => hasItem === 1).map(({ key }) => key));
	return {
		forgotten: objects.filter(({ key }) => unknown.has(key)),
		ofNoItem: rows.length - unknown.size,
	};
}

export const findUpload = (db: Database, id: string, visibility: Visibility): Promise<Upload | undefined> =>
	db
		.select()
		.from(uploads)
		.where(and(eq(uploads.id, id), visibility === "everything" ? undefined : eq(uploads.ownerId, visibility.ownerId)))
		.get();

/** An owner's uploads that are not photos yet: those that count against the quota. In the order of their ids, downwards. */
export const listOpenUploads = (
	db: Database,
	ownerId: string,
	page: { before?: string | undefined; limit: number },
): Promise<Upload[]> =>
	db
		.select()
		.from(uploads)
		.where(
			and(isOpen, eq(uploads.ownerId, ownerId), page.before === undefined ? undefined : lt(uploads.id, page.before)),
		)
		.orderBy(desc(uploads.id))
		.limit(page.limit);

/** The statement that reads several. */
export const selectUploads = (db: Database, ids: readonly string[]) =>
	db
		.select()
		.from(uploads)
		.where(sql`${uploads.id} IN ${listed(JSON.stringify(ids))}`);

/** True in SQL while nothing was heard of the upload's object. */
export const isExpected = (id: string): SQL =>
	sql`EXISTS (SELECT 1 FROM ${uploads} WHERE ${uploads.id} = ${id} AND ${uploads.state} = 'expected')`;

/**
 * The statements that give an upload to the task that receives it: one that is expected, or whose receiving had failed. As
 * long as it is received, its row names the object.
 */
export const receiveStatements = (
	db: Database,
	id: string,
	taskId: string,
	condition: SQL,
	now: number,
): Statement[] => [
	db
		.update(uploads)
		.set({ state: "receiving", taskId, error: null, updatedAt: now })
		.where(and(eq(uploads.id, id), inArray(uploads.state, ["expected", "failed"]), condition)),
	// One that was received meanwhile stays named: its task finds nothing to do, and would not name it again.
	db
		.delete(removals)
		.where(
			and(
				sql`${removals.objectKey} = (SELECT ${uploads.objectKey} FROM ${uploads} WHERE ${uploads.id} = ${id} AND ${uploads.taskId} = ${taskId})`,
				condition,
			),
		),
	...refreshItemProcessing(db, itemOf(id), now, { condition }),
];

const itemOf = (id: string): SQL => sql`(SELECT ${uploads.itemId} FROM ${uploads} WHERE ${uploads.id} = ${id})`;

/** How receiving an upload ended. */
export type UploadEnd = { state: "received"; photoId: string | SQL } | { state: "failed"; error: StoredError };

/** The statements that end an upload, name its object for removal and, if it was the last work on it, end its item. */
export const endUpload = (db: Database, id: string, end: UploadEnd, now: number, condition: SQL): Statement[] => [
	db
		.update(uploads)
		.set(
			end.state === "failed"
				? { ...end, updatedAt: now }
				: { state: end.state, photoId: sql`coalesce(${end.photoId}, ${uploads.photoId})`, error: null, updatedAt: now },
		)
		.where(and(eq(uploads.id, id), eq(uploads.state, "receiving"), condition)),
	nameForRemoval(db, sql`${uploads.id} = ${id} AND ${condition}`, now),
	...refreshItemProcessing(db, itemOf(id), now, { condition }),
];

/**
 * The statement that names the objects of some uploads for removal. What was announced stays until nobody can put it any
 * more: as long as it lies there, its URL puts nothing else.
 *
 * @param which tells the uploads, in terms of their table
 */
export const nameForRemoval = (db: Database, which: SQL, now: number): Statement =>
	db
		.insert(removals)
		.select(
			db
				.select({
					objectKey: sql<string>`${uploads.objectKey}`.as("object_key"),
					dueAt:
						sql<number>`CASE WHEN ${uploads.declaredSha256} IS NOT NULL THEN max(${now}, ${uploads.expiresAt} + ${PUT_GRACE_MS}) WHEN ${uploads.state} = 'failed' THEN ${now} + ${FAULTY_FILE_LIFE_MS} ELSE ${now} END`.as(
							"due_at",
						),
				})
				.from(uploads)
				.where(which),
		)
		// Of two objects that had the same key, the first that is to go decides: what lies there is looked at then.
		.onConflictDoUpdate({ target: removals.objectKey, set: { dueAt: sql`min(${removals.dueAt}, excluded.due_at)` } });

/** Of some uploads those that have ended, for `nameForRemoval`. */
export const endedAmong = (ids: readonly string[]): SQL =>
	sql`${uploads.id} IN ${listed(JSON.stringify(ids))} AND ${hasEnded}`;

/** The uploads of an item that is being deleted, for `nameForRemoval`. Those that ended are named already. */
export const openUploadsOf = (itemId: string): SQL => sql`${uploads.itemId} = ${itemId} AND ${isOpen}`;

/** The statements that give up an upload that is expected; the last returns its id. Its object is named for removal. */
export const giveUpUpload = (db: Database, id: string, now: number): Statement[] => {
	const isIt = sql`${uploads.id} = ${id} AND ${uploads.state} = 'expected'`;
	return [nameForRemoval(db, isIt, now), db.delete(uploads).where(isIt).returning({ id: uploads.id })];
};

/** Those of which nothing was heard although they expired before then, longest ago first. */
export const listOverdueUploads = (db: Database, before: number, limit: number): Promise<Upload[]> =>
	db
		.select()
		.from(uploads)
		.where(and(sql`${uploads.state} = 'expected'`, lt(uploads.expiresAt, before)))
		.orderBy(uploads.expiresAt)
		.limit(limit);

/** Ends those that are still expected although nothing was put. */
export const failExpected = (db: Database, ids: readonly string[], error: StoredError, now: number): Statement =>
	db
		.update(uploads)
		.set({ state: "failed", error, updatedAt: now })
		.where(and(sql`${uploads.id} IN ${listed(JSON.stringify(ids))}`, eq(uploads.state, "expected")));

/** Forgets uploads that ended before then, a bounded number, the oldest first. */
export const forgetUploads = (db: Database, before: number, limit: number) =>
	db
		.delete(uploads)
		.where(
			sql`${uploads.id} IN (SELECT ${uploads.id} FROM ${uploads} WHERE ${hasEnded} AND ${uploads.updatedAt} < ${before} ORDER BY ${uploads.updatedAt} LIMIT ${limit})`,
		);
