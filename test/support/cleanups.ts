/** Cleanups as an administrator has them, and what there is to be cleaned. */
import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { v7 as newId } from "uuid";
import { vi } from "vitest";
import type { cleanupReport } from "../../src/api/cleanups/schemas.ts";
import { openDatabase } from "../../src/db/database.ts";
import { cleanupFinds, items, photos, trash, uploads } from "../../src/db/schema.ts";
import { originalKey, originalsOf, renditionsOf } from "../../src/storage/object-keys.ts";
import { type Caller, expectJson, makeCaller } from "./caller.ts";
import type { Deployment } from "./deployment.ts";
import { sha256Hex } from "./fixtures.ts";
import { readStored } from "./stored-state.ts";

export type CleanupReport = z.infer<typeof cleanupReport>;

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Sets the clock 60 days on: what R2 stores was stored before, for it keeps its own time. */
export function ageWhatIsStored(): void {
	vi.useFakeTimers({ toFake: ["Date"] });
	vi.setSystemTime(Date.now() + 60 * DAY_MS);
}

export interface Operator {
	caller: Caller;
	/** Asks for a run, and works it off. */
	clean(task: string, options?: Record<string, unknown>): Promise<CleanupReport>;
	begin(task: string, options?: Record<string, unknown>): Promise<CleanupReport>;
	read(id: string): Promise<CleanupReport>;
	undo(id: string): Promise<CleanupReport>;
}

export async function makeOperator(worker: Deployment): Promise<Operator> {
	const caller = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
	const begin = async (task: string, options = {}) =>
		expectJson<CleanupReport>(await caller.json("POST", "/v1/cleanups", { task, options }), 202);
	const read = async (id: string) =>
		expectJson<CleanupReport>(await caller.get(`/v1/cleanups/${id}?verbose=true&limit=1000`));
	return {
		caller,
		begin,
		read,
		async clean(task, options) {
			const { id } = await begin(task, options);
			await workOff(worker);
			return read(id);
		},
		async undo(id) {
			await expectJson(await caller.send("POST", `/v1/cleanups/${id}/undo`), 202);
			await workOff(worker);
			return read(id);
		},
	};
}

/** Delivers what was sent to the queue of small tasks, and what follows of it. */
export async function workOff(worker: Deployment): Promise<void> {
	for (let next = takeTask(worker); next; next = takeTask(worker)) {
		await worker.deliver(next.body, { queue: "tasks", messageId: crypto.randomUUID() });
	}
}

function takeTask({ sent }: Deployment) {
	const at = sent.findIndex(({ queue }) => queue === "tasks");
	return at < 0 ? undefined : sent.splice(at, 1)[0];
}

const database = () => openDatabase(env.DB);

export interface PlantedPhoto {
	id: string;
	originalKey: string;
	renditionKey: string;
}

/** A processed photo as the system leaves it, attached to an item unless told otherwise. */
export async function plantPhoto(wishes: { itemId?: string | null; createdAt?: number } = {}): Promise<PlantedPhoto> {
	const id = newId();
	const createdAt = wishes.createdAt ?? Date.now() - 30 * DAY_MS;
	const itemId = wishes.itemId === undefined ? await plantItem() : wishes.itemId;
	const bytes = new TextEncoder().encode(`original of ${id}`);
	const sha256 = await sha256Hex(bytes);
	const photo = {
		id,
		originalKey: originalKey(id, sha256, "jpg"),
		renditionKey: `${renditionsOf(id)}${sha256}-r1.avif`,
	};
	await env.MEDIA.put(photo.originalKey, bytes, { sha256, httpMetadata: { contentType: "image/jpeg" } });
	await env.MEDIA.put(photo.renditionKey, `rendition of ${id}`, { httpMetadata: { contentType: "image/avif" } });
	await database()
		.insert(photos)
		.values({
			...photo,
			itemId,
			ownerId: "ana",
			caption: 'It\'s a "shirt"',
			state: "processed",
			originalSha256: sha256,
			originalType: "image/jpeg",
			originalBytes: bytes.length,
			renditionSha256: sha256,
			renditionBytes: 50,
			renditionWishes: { quality: 80 },
			taskId: newId(),
			createdAt,
			updatedAt: createdAt,
		});
	return photo;
}

async function plantItem(): Promise<string> {
	const id = newId();
	await database().insert(items).values({ id, ownerId: "ana", type: "jersey", name: "x", createdAt: 1, updatedAt: 1 });
	return id;
}

/** An object that no row names. */
export async function plantOrphan(prefix: "originals" | "renditions" | "incoming" | "uploads"): Promise<string> {
	const id = newId();
	const key =
		prefix === "originals"
			? `${originalsOf(id)}abc.jpg`
			: prefix === "renditions"
				? `${renditionsOf(id)}abc.avif`
				: `${prefix}/${id}`;
	await env.MEDIA.put(key, `nobody's ${key}`, { httpMetadata: { contentType: "image/jpeg" } });
	return key;
}

export async function plantUpload(expiresAt: number): Promise<string> {
	const id = newId();
	await database()
		.insert(uploads)
		.values({
			id,
			photoId: id,
			ownerId: "ana",
			objectKey: `uploads/${id}`,
			declaredType: "image/jpeg",
			bytes: 10,
			state: "expected",
			createdAt: expiresAt - 1,
			expiresAt,
			updatedAt: expiresAt - 1,
		});
	return id;
}

/** All that a cleanup might change, without its own report and tasks. */
export async function readCleanable() {
	const { photos, items, removals, objectKeys } = await readStored();
	const uploadRows = await database().select().from(uploads);
	// An upload that never came is told so by the sweep, which is not the cleanup's doing.
	const announced = uploadRows.map(({ state: _, error: __, updatedAt: ___, ...row }) => row);
	return { photos: byId(photos), items: byId(items), removals, objectKeys, uploads: byId(announced) };
}

const byId = <Row extends { id: string }>(rows: Row[]): Row[] =>
	rows.toSorted((one, other) => (one.id < other.id ? -1 : 1));

export const readTrash = () => database().select().from(trash);
export const readFinds = () => database().select().from(cleanupFinds);
