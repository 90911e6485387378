/** Moves objects that nobody names to the trash, each checked again in the moment in which it goes. */
import { sql } from "drizzle-orm";
import type { CleanupFind, FindEnd } from "../db/cleanups.ts";
import { endFinds, isOpenFind, readFindStates } from "../db/cleanups.ts";
import { runBatch } from "../db/database.ts";
import { toAppError } from "../errors.ts";
import { errorFields, logEvent } from "../log.ts";
import { copyObject } from "./copy-object.ts";
import type { Store } from "./finder.ts";
import { listUnnamed, type ObjectName, readObjectName } from "./object-names.ts";
import { isStillOurs, nameCopies, type TrashBin, trashKeyOf } from "./trash-keys.ts";

/**
 * Safe to repeat at any point. R2 deletes whatever lies under a key, so the order is: nobody names it (D1), it is what was
 * found (R2), its copy is whole, nobody names it (D1), delete, nobody names it (D1), or it is put back. Whoever makes an object
 * names it before it puts it, and until a photo holds it: so one that was put, or taken over, between the second look
 * and the deletion is named at the third. With each look goes the question whether the run is still where this attempt read
 * it: of one that was cancelled, undone or taken on meanwhile nothing more is deleted, and what was is put back.
 *
 * @returns what the finds came to; of a run that is not this attempt's any more, nothing that counts
 */
export async function moveObjects(store: Store, bin: TrashBin, finds: readonly CleanupFind[]): Promise<FindEnd[]> {
	const { db, media } = store;
	const names = finds.flatMap(({ subject }) => readObjectName(subject) ?? []);
	const first = await listUnnamed(db, names);
	const free = finds.filter(({ subject }) => first.has(subject));
	const ends: FindEnd[] = [];
	for (const find of finds) {
		if (!first.has(find.subject)) ends.push(await leave(media, bin, find));
	}
	if (free.length === 0) return ends;
	const keys = free.map(({ subject }) => subject);
	const moving = keys.map((subject) => ({ subject, state: "moving" as const, reason: null }));
	await runBatch(db, [
		nameCopies(
			db,
			bin,
			keys.map((key) => ({ key, rowId: null })),
		),
		endFinds(db, bin.runId, moving, sql`${isOpenFind} AND ${bin.isOurs}`),
	]);
	if (!(await isStillOurs(db, bin))) return [];
	const copied: CleanupFind[] = [];
	for (const find of free) {
		const end = await copyFind(media, bin, find);
		if (end) ends.push(end);
		else copied.push(find);
	}
	const second = await listUnnamed(db, namesAmong(names, copied));
	const going = copied.filter(({ subject }) => second.has(subject));
	ends.push(...copied.filter(({ subject }) => !second.has(subject)).map((find) => skipped(find, "named_meanwhile")));
	if (going.length === 0) return ends;
	if (!(await isStillOurs(db, bin))) return [];
	await media.delete(going.map(({ subject }) => subject));
	const third = await listUnnamed(db, namesAmong(names, going));
	if (!(await isStillOurs(db, bin))) {
		await putBack(store, bin, going, third);
		return [];
	}
	for (const find of going) {
		if (third.has(find.subject)) ends.push({ subject: find.subject, state: "trashed", reason: null });
		else ends.push(await leave(media, bin, { ...find, state: "moving" }));
	}
	return ends;
}

/**
 * What was deleted although the run had gone on without this attempt.
 * @param unnamed of these, what whoever took the run on has deleted as well stays away
 */
async function putBack(
	{ db, media }: Store,
	{ runId }: TrashBin,
	finds: readonly CleanupFind[],
	unnamed: ReadonlySet<string>,
): Promise<void> {
	const keys = finds.map(({ subject }) => subject);
	for (const { subject, state } of await readFindStates(db, runId, keys)) {
		const isGone = state === "trashed" && unnamed.has(subject);
		if (!isGone) await copyObject(media, trashKeyOf(runId, subject), subject, { isNew: true });
	}
}

/** Leaves an object to whoever names it now. Where it is gone already, by this slice or one that died, it is put back. */
async function leave(media: R2Bucket, { runId }: TrashBin, find: CleanupFind): Promise<FindEnd> {
	if (find.state === "moving") {
		await copyObject(media, trashKeyOf(runId, find.subject), find.subject, { isNew: true });
	}
	return skipped(find, "named_meanwhile");
}

/** @returns what the find came to; undefined where its copy is whole */
async function copyFind(media: R2Bucket, { runId }: TrashBin, find: CleanupFind): Promise<FindEnd | undefined> {
	const trashKey = trashKeyOf(runId, find.subject);
	try {
		const copied = await copyObject(media, find.subject, trashKey, { version: find.version });
		if (copied === "copied") return undefined;
		// A slice that died behind the deletion, or another attempt at this one, left the copy, and nothing to copy.
		const wasMoved = copied === "absent" && (await media.head(trashKey)) !== null;
		if (wasMoved) return { subject: find.subject, state: "trashed", reason: null };
		return skipped(find, copied === "absent" ? "gone_meanwhile" : "changed_meanwhile");
	} catch (thrown) {
		return notMoved(find, thrown);
	}
}

/** An object that cannot be moved stays where it is, with its row, and says why; the next run tries again. */
export function notMoved(find: CleanupFind, thrown: unknown): FindEnd {
	const error = toAppError(thrown);
	logEvent("warn", "cleanup.not_moved", { subject: find.subject, run_id: find.runId, error: errorFields(error) });
	return skipped(find, "storage_failed");
}

export const skipped = ({ subject }: CleanupFind, reason: string): FindEnd => ({ subject, state: "skipped", reason });

const namesAmong = (names: readonly ObjectName[], finds: readonly CleanupFind[]): ObjectName[] => {
	const keys = new Set(finds.map(({ subject }) => subject));
	return names.filter(({ key }) => keys.has(key));
};
