/** Operations on imports: pictures of other sites that items are to have. */
import { and, asc, eq, ne, type SQL, sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import type { Database, Statement } from "./database.ts";
import { insertRowWhere } from "./insert-row-where.ts";
import { refreshItemProcessing } from "./items.ts";
import { imports, items, photos, type StoredError, tasks } from "./schema.ts";

export type Import = typeof imports.$inferSelect;

/** What names an import: there is one for each URL of an item. */
export interface ImportName {
	itemId: string;
	/** As `comparableUrl` writes it. */
	url: string;
}

const isNamed = ({ itemId, url }: ImportName): SQL => and(eq(imports.itemId, itemId), eq(imports.url, url)) as SQL;

/** The statements that write down that an import is asked for, again or for the first time, and put its item into work. */
export const askForImport = (
	db: Database,
	{ itemId, url }: ImportName,
	order: number | null,
	taskId: string,
	condition: SQL,
	now: number,
): Statement[] => [
	insertRowWhere(
		db,
		imports,
		{
			id: newId(),
			itemId,
			ownerId: sql`${items.ownerId}`,
			url,
			order,
			state: "importing",
			taskId,
			createdAt: now,
			requestedAt: requestedFor(taskId, now),
			updatedAt: now,
		},
		sql`FROM ${items} WHERE ${items.id} = ${itemId} AND ${condition}`,
	).onConflictDoUpdate({
		target: [imports.itemId, imports.url],
		set: {
			state: "importing",
			error: null,
			order: sql`excluded."order"`,
			taskId,
			requestedAt: sql`excluded.requested_at`,
			updatedAt: now,
		},
	}),
	...refreshItemProcessing(db, itemId, now, { condition }),
];

/** When its task is to begin: what was put off is not late. One that waits for a group has no such moment yet. */
const requestedFor = (taskId: string, now: number): SQL<number> =>
	sql`coalesce((SELECT ${tasks.dueAt} FROM ${tasks} WHERE ${tasks.id} = ${taskId} AND ${tasks.callbackOf} IS NULL), ${now})`;

/** The import, and the photo that was made of it, if that is still there. Undefined where the item was deleted. */
export const findImport = async (db: Database, name: ImportName) => {
	const photo = {
		id: photos.id,
		originalKey: photos.originalKey,
		originalSha256: photos.originalSha256,
		state: photos.state,
		isWorkedOn: sql<number>`EXISTS (SELECT 1 FROM ${tasks} WHERE ${tasks.id} = ${photos.taskId} AND ${tasks.finishedAt} IS NULL)`,
	};
	return db
		.select({ import: imports, photo })
		.from(imports)
		.leftJoin(photos, and(eq(photos.id, imports.photoId), eq(photos.itemId, imports.itemId)))
		.where(isNamed(name))
		.get();
};

/** How an import ended. */
export type ImportEnd =
	| {
			state: "imported";
			photoId: string | SQL;
			ownsPhoto: boolean | SQL<boolean>;
			etag: string | null | SQL;
			lastModified: string | null | SQL;
	  }
	| { state: "failed"; error: StoredError };

/** The statements that end an import and, if it was the last work on it, its item. */
export const endImport = (db: Database, name: ImportName, end: ImportEnd, now: number, condition: SQL): Statement[] => [
	db
		.update(imports)
		.set({ ...(end.state === "failed" ? end : { ...end, photoId: sql`${end.photoId}`, error: null }), updatedAt: now })
		.where(and(isNamed(name), condition)),
	...(end.state === "failed" ? [] : [sharePhoto(db, name.itemId, end.photoId, condition, ne(imports.url, name.url))]),
	...refreshItemProcessing(db, name.itemId, now, { condition }),
];

/** True in SQL while the import's photo is its alone. */
export const ownsItsPhoto = (name: ImportName): SQL =>
	sql`EXISTS (SELECT 1 FROM ${imports} WHERE ${isNamed(name)} AND ${imports.ownsPhoto})`;

/**
 * The statement that takes a photo from the import that made it, because somebody else gave the same bytes: it stays what
 * it is from then on, whatever the import's source shows.
 *
 * @param which of the imports, besides those of that photo
 */
export const sharePhoto = (
	db: Database,
	itemId: string,
	photoId: string | SQL,
	condition: SQL,
	which: SQL = sql`true`,
): Statement =>
	db
		.update(imports)
		.set({ ownsPhoto: false })
		.where(and(eq(imports.itemId, itemId), sql`${imports.photoId} = ${photoId}`, imports.ownsPhoto, which, condition));

/** An item's imports, in the order in which they were first asked for. */
export const listImports = (db: Database, itemId: string): Promise<Import[]> =>
	db.select().from(imports).where(eq(imports.itemId, itemId)).orderBy(asc(imports.id));
