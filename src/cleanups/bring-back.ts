/** Brings back what a run moved to the trash: objects to where they were, rows as they were. */
import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { type CleanupFind, endFinds, type FindEnd } from "../db/cleanups.ts";
import { type Database, listed, runBatch, type Statement } from "../db/database.ts";
import { cleanupFinds, items, photos, removals, trash, uploads } from "../db/schema.ts";
import { originalsOf, renditionsOf } from "../storage/object-keys.ts";
import { UPLOAD_GRACE_MS } from "../storage/removals.ts";
import { copyObject } from "./copy-object.ts";
import type { Store } from "./finder.ts";
import { discardCopies, restoreRow, trashKeyOf, trashKeyOfRow } from "./trash-keys.ts";

/** Safe to repeat at any point: what was brought back is known by its find, its row or its bytes. */
export async function bringBack(store: Store, finds: readonly CleanupFind[]): Promise<FindEnd[]> {
	const ends: FindEnd[] = [];
	for (const find of finds) {
		const reason = find.kind === "object" ? await bringObjectBack(store, find) : await bringRowBack(store, find);
		ends.push({ subject: find.subject, state: reason === null ? "restored" : "not_restored", reason });
	}
	return ends;
}

/** What keeps a find from being brought back, in a word; null where it is back. */
type Obstacle = "emptied" | "taken" | "named_for_removal" | "item_gone" | null;

async function bringObjectBack({ db, media }: Store, { runId, subject, state }: CleanupFind): Promise<Obstacle> {
	// The run failed while it moved this one: it may never have gone.
	if (state === "moving" && (await media.head(subject))) return null;
	const trashKey = trashKeyOf(runId, subject);
	const [isKept, isNamed] = await db.batch([
		db.select({ key: trash.trashKey }).from(trash).where(sql`${trash.trashKey} = ${trashKey}`),
		db
			.select({ key: removals.objectKey })
			.from(removals)
			.where(sql`${removals.objectKey} IN (${subject}, ${subject.slice(0, subject.lastIndexOf("/") + 1)})`),
	]);
	if (isKept.length === 0) return "emptied";
	if (isNamed.length > 0) return "named_for_removal";
	return copyBack(media, trashKey, subject);
}

/** What lies there already with the same bytes is ours, of an attempt that died. */
async function copyBack(media: R2Bucket, trashKey: string, key: string): Promise<"emptied" | "taken" | null> {
	const copied = await copyObject(media, trashKey, key, { isNew: true });
	if (copied === "absent") return "emptied";
	if (copied === "copied") return null;
	const [kept, there] = await Promise.all([media.head(trashKey), media.head(key)]);
	return kept?.etag === there?.etag ? null : "taken";
}

/** What is known of a kept row before it is written again. */
interface KeptRow {
	originalKey: string | null;
	renditionKey: string | null;
	objectKey: string | null;
	itemId: string | null;
	isThere: number;
	/** Whether it is there because this undo has written it. */
	isOurs: number;
	hasItem: number;
	/** The sweep may have taken some of its copies already. */
	isDue: number;
}

/** Named for removal, then put, then held by the row: as an upload has it. */
async function bringRowBack({ db, media }: Store, find: CleanupFind): Promise<Obstacle> {
	const { runId, subject: id } = find;
	const [table, name] = find.kind === "photo" ? ([photos, "photos"] as const) : ([uploads, "uploads"] as const);
	const rowKey = trashKeyOfRow(runId, name, id);
	const said = (column: string) => sql`json_extract(${trash.row}, ${`$.${column}`})`;
	const hasItem = sql`(${said("item_id")} IS NULL OR EXISTS (SELECT 1 FROM ${items} WHERE ${items.id} = ${said("item_id")}))`;
	const isThere = sql`EXISTS (SELECT 1 FROM ${table} WHERE ${table.id} = ${id})`;
	// An attempt that died behind the row's writing, or was quicker, has marked the find in the same transaction.
	const isMarked = sql`EXISTS (SELECT 1 FROM ${cleanupFinds} WHERE ${cleanupFinds.runId} = ${runId} AND ${cleanupFinds.subject} = ${id} AND ${cleanupFinds.state} IN ('moving', 'restored'))`;
	const [row] = await db
		.select({
			originalKey: said("original_key") as SQL<string | null>,
			renditionKey: said("rendition_key") as SQL<string | null>,
			objectKey: said("object_key") as SQL<string | null>,
			itemId: said("item_id") as SQL<string | null>,
			isThere: isThere as SQL<number>,
			isOurs: isMarked as SQL<number>,
			isDue: sql<number>`${trash.dueAt} <= ${Date.now()}`,
			hasItem: hasItem as SQL<number>,
		})
		.from(trash)
		.where(sql`${trash.trashKey} = ${rowKey}`);
	if (!row) return find.state === "moving" ? null : "emptied";
	if (row.isThere && !row.isOurs) return "taken";
	if (row.isDue && !row.isThere) return "emptied";
	if (!row.hasItem) return "item_gone";
	const copies = await listCopies(db, runId, keysOf(row));
	const named = find.kind === "photo" ? [originalsOf(id), renditionsOf(id)] : keysOf(row);
	if (!row.isThere) {
		await runBatch(db, [nameUntilHeld(db, named, isThere)]);
		for (const { trashKey, key } of copies) {
			const obstacle = await copyBack(media, trashKey, key);
			if (obstacle !== null) return obstacle;
		}
		const results = await runBatch(db, [
			restoreRow(db, table, rowKey, hasItem),
			db.delete(removals).where(and(inArray(removals.objectKey, named), isThere)),
			endFinds(db, runId, [{ subject: id, state: "moving", reason: null }], isThere),
			db.select({ id: table.id }).from(table).where(eq(table.id, id)),
		]);
		const [back] = results.at(-1) as { id: string }[];
		// What was put stays named for removal.
		if (!back) return row.itemId === null ? "emptied" : "item_gone";
	}
	// A sweep that had read the removals before they were put off may have taken what was just put.
	for (const { trashKey, key } of copies) {
		if (!(await media.head(key))) await copyBack(media, trashKey, key);
	}
	await runBatch(db, [discardCopies(db, [rowKey, ...copies.map(({ trashKey }) => trashKey)], Date.now())]);
	return null;
}

/** The statement that names what is about to be put, unless another attempt has put it and the row holds it. */
const nameUntilHeld = (db: Database, keys: readonly string[], isHeld: SQL): Statement =>
	db
		.insert(removals)
		.select(
			sql`SELECT value, ${Date.now() + UPLOAD_GRACE_MS} FROM json_each(${JSON.stringify(keys)}) WHERE NOT ${isHeld}`,
		)
		.onConflictDoUpdate({ target: removals.objectKey, set: { dueAt: sql`excluded.due_at` } });

const keysOf = ({ originalKey, renditionKey, objectKey }: KeptRow): string[] =>
	[originalKey, renditionKey, objectKey].filter((key) => key !== null);

/** Those that were there to be copied when the row was removed. */
async function listCopies(
	db: Database,
	runId: string,
	keys: readonly string[],
): Promise<{ trashKey: string; key: string }[]> {
	const trashKeys = JSON.stringify(keys.map((key) => trashKeyOf(runId, key)));
	const rows = await db
		.select({ trashKey: trash.trashKey, key: trash.originalKey })
		.from(trash)
		.where(sql`${trash.trashKey} IN ${listed(trashKeys)}`);
	return rows.flatMap(({ trashKey, key }) => (key === null ? [] : { trashKey, key }));
}
