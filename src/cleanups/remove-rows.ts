/** Takes away rows with their objects: photos that were never attached, uploads that were never put. */
import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { CleanupFind, FindEnd } from "../db/cleanups.ts";
import { type Database, listed, runBatch, type Statement } from "../db/database.ts";
import { cleanupFinds, photos, removals, trash, uploads } from "../db/schema.ts";
import { originalsOf, renditionsOf } from "../storage/object-keys.ts";
import { removeNow, schedulePhotoRemovals } from "../storage/removals.ts";
import { copyObject } from "./copy-object.ts";
import type { Store } from "./finder.ts";
import { notMoved, skipped } from "./move-objects.ts";
import { isInWork } from "./object-names.ts";
import { isStillOurs, keepRows, nameCopies, rowIdOfCopy, type TrashBin, trashKeyOf } from "./trash-keys.ts";

/** A row as it was when its objects were copied. */
interface Seen {
	id: string;
	updatedAt: number;
	keys: string[];
	/** Why it is left alone after all; null where nothing is against it. */
	obstacle: string | null;
}

/** How rows of a table are read and taken away. */
interface RowKind {
	name: "photos" | "uploads";
	table: typeof photos | typeof uploads;
	read(db: Database, ids: readonly string[]): Promise<Seen[]>;
	/** Why what lies below its keys keeps it; null where nothing does. */
	objectionOf?(media: R2Bucket, row: Seen): Promise<string | null>;
	/** True in SQL of a row that may still go. */
	isFree: SQL;
	/** Names what lies below its keys for removal, and deletes it. @param which tells the rows, in terms of their table */
	remove(db: Database, which: SQL, now: number): Statement[];
	/** What the removal named, of rows that are gone. */
	named(ids: readonly string[]): string[];
}

const photoRows: RowKind = {
	name: "photos",
	table: photos,
	async read(db, ids) {
		const rows = await db
			.select({
				id: photos.id,
				updatedAt: photos.updatedAt,
				itemId: photos.itemId,
				originalKey: photos.originalKey,
				renditionKey: photos.renditionKey,
				isInWork: isInWork as SQL<number>,
			})
			.from(photos)
			.where(sql`${photos.id} IN ${listed(JSON.stringify(ids))}`);
		return rows.map(({ id, updatedAt, itemId, originalKey, renditionKey, isInWork }) => ({
			id,
			updatedAt,
			keys: [originalKey, ...(renditionKey === null ? [] : [renditionKey])],
			obstacle: itemId !== null ? "attached_meanwhile" : isInWork ? "in_work" : null,
		}));
	},
	isFree: sql`${isNull(photos.itemId)} AND NOT ${isInWork}`,
	remove: (db, which, now) => [...schedulePhotoRemovals(db, which, now), db.delete(photos).where(which)],
	named: (ids) => ids.flatMap((id) => [originalsOf(id), renditionsOf(id)]),
};

const isExpected = eq(uploads.state, "expected");

const uploadRows: RowKind = {
	name: "uploads",
	table: uploads,
	async read(db, ids) {
		const rows = await db
			.select({ id: uploads.id, updatedAt: uploads.updatedAt, state: uploads.state, objectKey: uploads.objectKey })
			.from(uploads)
			.where(sql`${uploads.id} IN ${listed(JSON.stringify(ids))}`);
		return rows.map(({ id, updatedAt, state, objectKey }) => ({
			id,
			updatedAt,
			keys: [objectKey],
			obstacle: state === "expected" ? null : "received_meanwhile",
		}));
	},
	// After a standstill the sweep has not come to all of them. Nobody can put it any more once it is this old.
	objectionOf: async (media, { keys }) => {
		for (const key of keys) if (await media.head(key)) return "received_late";
		return null;
	},
	isFree: isExpected,
	remove: (db, which, now) => [
		db
			.insert(removals)
			.select(sql`SELECT ${uploads.objectKey}, ${now} FROM ${uploads} WHERE ${which}`)
			.onConflictDoNothing(),
		db.delete(uploads).where(which),
	],
	named: () => [], // the sweep takes it
};

export const removePhotos = (store: Store, bin: TrashBin, finds: readonly CleanupFind[]): Promise<FindEnd[]> =>
	removeRows(store, bin, photoRows, finds);

export const removeUploads = (store: Store, bin: TrashBin, finds: readonly CleanupFind[]): Promise<FindEnd[]> =>
	removeRows(store, bin, uploadRows, finds);

/**
 * Copies first; then, in one transaction that looks again, the row goes into the trash and what lay below its keys is named for
 * removal, as when its owner deletes it. Safe to repeat at any point: a row that is gone was marked so in that transaction.
 */
async function removeRows(
	store: Store,
	bin: TrashBin,
	kind: RowKind,
	finds: readonly CleanupFind[],
): Promise<FindEnd[]> {
	const { db, media } = store;
	const seen = new Map((await kind.read(db, idsOf(finds))).map((row) => [row.id, row]));
	const ends: FindEnd[] = [];
	const free: { find: CleanupFind; row: Seen }[] = [];
	for (const find of finds) {
		const row = seen.get(find.subject);
		if (!row || row.obstacle !== null) ends.push(skipped(find, row?.obstacle ?? "gone_meanwhile"));
		else {
			const objection = await objectionTo(store, kind, find, row);
			if (objection) ends.push(objection);
			else free.push({ find, row });
		}
	}
	if (free.length === 0) return ends;
	const { table } = kind;
	// Of a row that has gone by now, another attempt's copies are named, and those that could not be made are not any more.
	const isThere = sql`EXISTS (SELECT 1 FROM ${table} WHERE ${table.id} = ${rowIdOfCopy})`;
	const copies = free.flatMap(({ row }) => row.keys.map((key) => ({ key, rowId: row.id })));
	await runBatch(db, [nameCopies(db, bin, copies, isThere)]);
	if (!(await isStillOurs(db, bin))) return [];
	const going: { find: CleanupFind; row: Seen }[] = [];
	const absent: AbsentCopy[] = [];
	for (const { find, row } of free) {
		try {
			for (const key of row.keys) {
				const trashKey = trashKeyOf(bin.runId, key);
				if ((await copyObject(media, key, trashKey)) === "absent") absent.push({ trashKey, rowId: row.id });
			}
			going.push({ find, row });
		} catch (thrown) {
			ends.push(notMoved(find, thrown));
		}
	}
	if (going.length === 0) return ends;
	const gone = new Set(
		await commit(
			db,
			bin,
			kind,
			going.map(({ row }) => row),
			absent,
		),
	);
	await removeWhatIsDue(store, kind.named([...gone]));
	await putBackWhatIsHeld(store, bin, kind, [...gone]);
	for (const { find } of going) {
		const isGone = gone.has(find.subject);
		ends.push(isGone ? { subject: find.subject, state: "trashed", reason: null } : skipped(find, "changed_meanwhile"));
	}
	return ends;
}

async function objectionTo(
	{ media }: Store,
	kind: RowKind,
	find: CleanupFind,
	row: Seen,
): Promise<FindEnd | undefined> {
	try {
		const reason = (await kind.objectionOf?.(media, row)) ?? null;
		return reason === null ? undefined : skipped(find, reason);
	} catch (thrown) {
		return notMoved(find, thrown);
	}
}

/** A copy that was named, of an object that was not there. */
interface AbsentCopy {
	trashKey: string;
	rowId: string;
}

/** @returns the ids of the rows that went */
async function commit(
	db: Database,
	bin: TrashBin,
	{ table, name, isFree, remove }: RowKind,
	rows: readonly Seen[],
	absent: readonly AbsentCopy[],
): Promise<string[]> {
	const now = Date.now();
	const list = JSON.stringify(rows.map(({ id, updatedAt }) => ({ id, updated_at: updatedAt })));
	const among = sql`(SELECT json_extract(value, '$.id') FROM json_each(${list}))`;
	// What was copied is what the row said then: one that was written since is left alone.
	const wasSeen = sql`${table.updatedAt} = (SELECT json_extract(value, '$.updated_at') FROM json_each(${list}) WHERE json_extract(value, '$.id') = ${table.id})`;
	const which = and(sql`${table.id} IN ${among}`, wasSeen, isFree, bin.isOurs) as SQL;
	const absentCopies = sql`SELECT json_extract(copy.value, '$.trashKey') FROM json_each(${JSON.stringify(absent)}) AS copy JOIN ${table} ON ${table.id} = json_extract(copy.value, '$.rowId') WHERE ${which}`;
	const results = await runBatch(db, [
		keepRows(db, bin, table, name, which),
		// A copy that was not made is not to be looked for when the run is undone; that of a row which another attempt took was.
		db.delete(trash).where(sql`${trash.trashKey} IN (${absentCopies})`),
		db
			.update(cleanupFinds)
			.set({ state: "trashed" })
			.where(
				and(
					eq(cleanupFinds.runId, bin.runId),
					sql`${cleanupFinds.subject} IN (SELECT ${table.id} FROM ${table} WHERE ${which})`,
				),
			)
			.returning({ subject: cleanupFinds.subject }),
		...remove(db, which, now),
	]);
	return (results[2] as { subject: string }[]).map(({ subject }) => subject);
}

/** As when the owner deletes a photo: what no attempt can write any more goes at once, the rest is the sweep's. */
async function removeWhatIsDue({ db, media }: Store, keys: readonly string[]): Promise<void> {
	if (keys.length === 0) return;
	const due = await db
		.select({ objectKey: removals.objectKey })
		.from(removals)
		.where(sql`${removals.objectKey} IN ${listed(JSON.stringify(keys))} AND ${removals.dueAt} <= ${Date.now()}`);
	await removeNow(
		db,
		media,
		due.map(({ objectKey }) => objectKey),
	);
}

/** Of rows that an undo brought back while their objects were being deleted. */
async function putBackWhatIsHeld(
	{ db, media }: Store,
	{ runId }: TrashBin,
	kind: RowKind,
	ids: readonly string[],
): Promise<void> {
	if (ids.length === 0) return;
	for (const { keys } of await kind.read(db, ids)) {
		for (const key of keys) await copyObject(media, trashKeyOf(runId, key), key, { isNew: true });
	}
}

const idsOf = (finds: readonly CleanupFind[]): string[] => finds.map(({ subject }) => subject);
