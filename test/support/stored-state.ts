/** What lies in D1 and R2, and the rule that binds them: every object is named by a row. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { attempts, idempotencyKeys, imports, items, photos, removals, tasks, uploads } from "../../src/db/schema.ts";

export async function readStored() {
	const db = openDatabase(env.DB);
	const [photoRows, taskRows, itemRows, removalRows, attemptRows, keyRows, importRows, uploadRows] = await db.batch([
		db.select().from(photos),
		db.select().from(tasks),
		db.select().from(items),
		db.select().from(removals),
		db.select().from(attempts),
		db.select().from(idempotencyKeys),
		db.select().from(imports),
		db.select().from(uploads),
	]);
	return {
		photos: photoRows,
		tasks: taskRows,
		items: itemRows,
		removals: removalRows,
		attempts: attemptRows,
		idempotencyKeys: keyRows,
		imports: importRows,
		uploads: uploadRows,
		objectKeys: await listObjectKeys(),
	};
}

export async function listObjectKeys(): Promise<string[]> {
	const { objects } = await env.MEDIA.list();
	return objects.map((object) => object.key).sort();
}

/** No photo, no task, no name for removal, no object: as if the request had never come. */
export async function expectNoTraces(): Promise<void> {
	const { photos, tasks, removals, objectKeys, idempotencyKeys } = await readStored();
	expect({ photos, tasks, removals, objectKeys, idempotencyKeys }).toEqual({
		photos: [],
		tasks: [],
		removals: [],
		objectKeys: [],
		idempotencyKeys: [],
	});
}

/** The keys that photo rows hold. */
export const heldKeys = (rows: { originalKey: string; renditionKey: string | null }[]): string[] =>
	rows.flatMap((row) => [row.originalKey, ...(row.renditionKey ? [row.renditionKey] : [])]).sort();

/**
 * Each object is a photo's, or that of an upload that is open, or is named for removal, by itself or by a prefix; and no
 * photo lacks an object.
 */
export async function expectEveryObjectNamed(): Promise<void> {
	const stored = await readStored();
	const held = heldKeys(stored.photos);
	const open = stored.uploads.filter(({ state }) => state === "expected" || state === "receiving");
	const isNamed = (key: string) =>
		held.includes(key) ||
		open.some(({ objectKey }) => objectKey === key) ||
		stored.removals.some(({ objectKey }) => (objectKey.endsWith("/") ? key.startsWith(objectKey) : key === objectKey));
	expect(stored.objectKeys.filter((key) => !isNamed(key))).toEqual([]);
	expect(held.filter((key) => !stored.objectKeys.includes(key))).toEqual([]);
	// What a photo holds must never be due for removal.
	const endangered = held.filter((key) => stored.removals.some(({ objectKey }) => key.startsWith(objectKey)));
	expect(endangered).toEqual([]);
}

/** Only photos' objects are left, and nothing waits for removal. */
export async function expectOnlyHeldObjects(): Promise<void> {
	const stored = await readStored();
	expect({ objects: stored.objectKeys, removals: stored.removals }).toEqual({
		objects: heldKeys(stored.photos),
		removals: [],
	});
}
