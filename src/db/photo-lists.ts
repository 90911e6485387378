/** Pages of photos, newest first: ids are in the order of their creation, so the primary key is all that is needed. */
import { and, asc, desc, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import { type Database, listed } from "./database.ts";
import type { Photo } from "./photos.ts";
import { photos, tasks } from "./schema.ts";
import type { PageWish } from "./task-lists.ts";

/** All that is given must fit. */
export interface PhotoFilter {
	state?: Photo["state"] | undefined;
	ownerId?: string | undefined;
	itemId?: string | undefined;
	/** Only those that are attached to no item. */
	isUnattached?: boolean | undefined;
}

/** A page looks at no more photos than this. */
export const MAX_PHOTOS_LOOKED_AT = 2000;

export interface PhotoPage {
	photos: Photo[];
	/** Where the next page begins; null when there is none. A page that is not full may have one behind it. */
	nextCursor: string | null;
}

/** One round trip, whatever is filtered by: what few photos are may take several pages to be found. */
export async function listPhotos(db: Database, filter: PhotoFilter, { before, limit }: PageWish): Promise<PhotoPage> {
	const isBefore = before === undefined ? undefined : lt(photos.id, before);
	const wanted = conditionOf(filter);
	const maxLookedAt = wanted === undefined ? limit + 1 : MAX_PHOTOS_LOOKED_AT;
	const looked = candidates(filter, isBefore, maxLookedAt);
	const [rows, [reach]] = await db.batch([
		db
			.select()
			.from(photos)
			.where(and(sql`${photos.id} IN ${looked}`, wanted))
			.orderBy(desc(photos.id))
			.limit(limit + 1),
		db.select({ count: sql<number>`count(*)`, last: sql<string | null>`min(id)` }).from(sql`${looked} AS looked`),
	]);
	const page = rows.slice(0, limit);
	if (rows.length > limit) return { photos: page, nextCursor: page.at(-1)?.id ?? null };
	const isMore = reach !== undefined && reach.count === maxLookedAt;
	return { photos: page, nextCursor: isMore ? reach.last : null };
}

/** Ids, newest first. Of an item those of its own are looked at, sorted; the index holds them beside their places. */
const candidates = ({ itemId }: PhotoFilter, isBefore: SQL | undefined, limit: number): SQL =>
	itemId === undefined
		? sql`(SELECT ${photos.id} FROM photos WHERE ${isBefore ?? sql`true`} ORDER BY id DESC LIMIT ${limit})`
		: sql`(SELECT ${photos.id} FROM photos INDEXED BY photos_by_item WHERE ${and(eq(photos.itemId, itemId), isBefore)} ORDER BY id DESC LIMIT ${limit})`;

function conditionOf({ state, ownerId, isUnattached }: PhotoFilter): SQL | undefined {
	return and(
		state === undefined ? undefined : eq(photos.state, state),
		ownerId === undefined ? undefined : eq(photos.ownerId, ownerId),
		isUnattached ? isNull(photos.itemId) : undefined,
	);
}

/** Imports of an item that are looked through for the one that brought a photo. */
const MAX_IMPORTS_LOOKED_AT = 10_000;
const MAX_SOURCES_SHOWN = 5;

/** The addresses that a photo was imported from: more than one where they showed the same bytes. */
export async function listSourcesOf(db: Database, { id, itemId }: Pick<Photo, "id" | "itemId">): Promise<string[]> {
	if (itemId === null) return [];
	const looked = sql`(SELECT url, photo_id FROM imports INDEXED BY imports_by_url WHERE item_id = ${itemId} LIMIT ${MAX_IMPORTS_LOOKED_AT})`;
	const rows = await db.all<{ url: string }>(
		sql`SELECT url FROM ${looked} WHERE photo_id = ${id} LIMIT ${MAX_SOURCES_SHOWN}`,
	);
	return rows.map(({ url }) => url);
}

/** How far the work on these photos is; of one that is deleted nothing is said. */
export const readPhotoProgress = (db: Database, ids: readonly string[]) =>
	db
		.select({
			id: photos.id,
			state: photos.state,
			error: photos.error,
			taskState: tasks.state,
			progress: tasks.progress,
		})
		.from(photos)
		.leftJoin(tasks, and(eq(tasks.id, photos.taskId), eq(photos.state, "processing")))
		.where(sql`${photos.id} IN ${listed(JSON.stringify(ids))}`);

/** The photos before and behind one in its item, for going from one to the next. */
export async function findNeighbours(db: Database, { itemId, order, id }: Pick<Photo, "itemId" | "order" | "id">) {
	if (itemId === null) return { previous: undefined, next: undefined };
	const place = sql`(${photos.order}, ${photos.id})`;
	const here = sql`(${order}, ${id})`;
	const [[previous], [next]] = await db.batch([
		db
			.select({ id: photos.id })
			.from(photos)
			.where(and(eq(photos.itemId, itemId), sql`${place} < ${here}`))
			.orderBy(desc(photos.order), desc(photos.id))
			.limit(1),
		db
			.select({ id: photos.id })
			.from(photos)
			.where(and(eq(photos.itemId, itemId), sql`${place} > ${here}`))
			.orderBy(asc(photos.order), asc(photos.id))
			.limit(1),
	]);
	return { previous: previous?.id, next: next?.id };
}
