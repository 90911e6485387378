/**
 * Uploads and a full sweep at once, their calls in random orders: whatever comes between, nothing that is being made is
 * taken, and everything that is nobody's is. The sweep believes that it is days later, so that no age protects anything.
 */
import { env as workerEnv } from "cloudflare:workers";
import { eq, sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import { expect, it } from "vitest";
import { findersOf } from "../../src/cleanups/finders.ts";
import { isUnderWay, stepRun } from "../../src/cleanups/steps.ts";
import { findRun, insertRun } from "../../src/db/cleanups.ts";
import { openDatabase, runBatch } from "../../src/db/database.ts";
import { finishPhotoStatements } from "../../src/db/photos.ts";
import { tasks } from "../../src/db/schema.ts";
import { processPhotoToAvif } from "../../src/handlers/process-photo-to-avif.ts";
import { taskRegistry } from "../../src/handlers/registry.ts";
import { renditionsOf } from "../../src/storage/object-keys.ts";
import { claimTask } from "../../src/tasks/claim.ts";
import { insertTask } from "../../src/tasks/enqueue.ts";
import { leaseFence } from "../../src/tasks/record.ts";
import { type Caller, makeCaller } from "../support/caller.ts";
import { DAY_MS, plantOrphan, plantPhoto } from "../support/cleanups.ts";
import { type Deployment, deployWorker } from "../support/deployment.ts";
import { smallPicture } from "../support/fixtures.ts";
import { type Actor, interleave, randomFrom } from "../support/interleave.ts";
import { readStored } from "../support/stored-state.ts";

const COUNT = workerEnv.TEST_THOROUGH ? 1000 : 100;
const PER_TEST = 25;

/** A run that takes everything for old. */
const sweepAll: (runId: string) => Actor = (runId) => async (bindings) => {
	const db = openDatabase(bindings.DB);
	const store = { db, media: bindings.MEDIA, trashLifeMs: DAY_MS };
	for (let run = await findRun(db, runId); run && isUnderWay(run); run = await findRun(db, runId)) {
		await stepRun({ ...store, finders: findersOf(run) }, run);
	}
};

async function beginRun(): Promise<string> {
	const id = newId();
	await workerEnv.DB.prepare(
		"INSERT INTO tasks (id, name, queue, arguments, owner_id, state, max_attempts, due_at, created_at, finished_at) VALUES (?, 'x', 'tasks', '{}', 'ana', 'succeeded', 1, 0, 0, 1)",
	)
		.bind(id)
		.run();
	const options = { older_than_hours: 24, max_share: 1, incomplete_only: false };
	const run = { id, taskName: "cleanup_orphaned_photos", options, phase: "finding" as const };
	await runBatch(openDatabase(workerEnv.DB), [insertRun(openDatabase(workerEnv.DB), run, Date.now() + 9 * DAY_MS)]);
	return id;
}

/** An upload as a client makes it. */
const upload =
	(ana: Caller, worker: Deployment, picture: Uint8Array<ArrayBuffer>, itemId: string): Actor =>
	async (bindings) => {
		const { env, fetch } = deployWorker({ ...bindings, PHOTOS_QUEUE: worker.env.PHOTOS_QUEUE });
		expect(env.DB).toBe(bindings.DB);
		const response = await ana.at({ fetch }).upload(`/v1/items/${itemId}/photos`, picture);
		expect(response.status).toBe(202);
	};

/**
 * A photo is processed again, and the rendition of an attempt that died long ago lies there already: the attempt finds it,
 * keeps it, and its row says so at the very end. The steps of `process_photo_to_avif`, without the encoding.
 */
async function prepareAdoption(): Promise<{ photoId: string; key: string; adopt: Actor }> {
	const { id: photoId, renditionKey } = await plantPhoto();
	const key = `${renditionsOf(photoId)}adopted.avif`;
	await workerEnv.MEDIA.put(key, "the rendition of an attempt that died");
	const taskId = newId();
	const adopt: Actor = async (bindings) => {
		const db = openDatabase(bindings.DB);
		const about = { id: taskId, ownerId: "ana", photoId };
		const { statement } = insertTask(db, processPhotoToAvif, { photo_id: photoId }, about, Date.now());
		const effects =
			processPhotoToAvif.effectsOfEnqueue?.(db, { photo_id: photoId }, taskId, sql`true`, Date.now()) ?? [];
		await runBatch(db, [statement, ...effects]);
		const task = await claimTask(db, taskId, { now: Date.now(), isolateId: "x", registry: taskRegistry });
		if (!task) throw new Error("nothing to claim");
		const put = await bindings.MEDIA.put(key, "made anew", { onlyIf: { etagDoesNotMatch: "*" } });
		const stored = put ?? (await bindings.MEDIA.head(key));
		if (!stored) throw new Error("neither stored nor found");
		const rendition = { key, sha256: "x", bytes: stored.size, width: 1, height: 1 };
		const holdsLease = leaseFence(task.id, task.leaseToken);
		const finish = { state: "processed", original: { width: 1, height: 1 }, rendition } as const;
		await runBatch(db, [
			...finishPhotoStatements(db, photoId, finish, Date.now(), holdsLease),
			db.update(tasks).set({ state: "succeeded", finishedAt: Date.now(), wakeAt: null }).where(eq(tasks.id, taskId)),
		]);
	};
	expect(renditionKey).not.toBe(key);
	return { photoId, key, adopt };
}

const groups = Array.from({ length: COUNT / PER_TEST }, (_, at) => at * PER_TEST);

it.each(groups)(
	"an upload in flight is never touched by a sweep: interleavings from seed %i",
	async (first) => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const picture = await smallPicture();
		const { id: itemId } = await ana.createItem();
		for (let seed = first; seed < first + PER_TEST; seed++) {
			const random = randomFrom(seed);
			const orphans = [await plantOrphan("originals"), await plantOrphan("incoming")];
			const { adopt, key } = await prepareAdoption();
			const runId = await beginRun();
			const actors = { sweep: sweepAll(runId), upload: upload(ana, worker, picture, itemId), adopt };
			const order = await interleave(workerEnv, actors, random);
			const { photos, objectKeys } = await readStored();
			const said = `seed ${seed}: ${order.join(", ")}`;
			expect(photos.length, said).toBe(2);
			for (const photo of photos) expect(objectKeys, said).toContain(photo.originalKey);
			expect(
				photos.map(({ renditionKey }) => renditionKey),
				said,
			).toContain(key);
			expect(objectKeys, said).toContain(key);
			const outside = objectKeys.filter((object) => !object.startsWith("trash/"));
			expect(
				outside.filter((object) => orphans.includes(object)),
				said,
			).toEqual([]);
			expect((await findRun(openDatabase(workerEnv.DB), runId))?.state, said).toBe("done");
			await workerEnv.MEDIA.delete(objectKeys);
			await workerEnv.DB.batch(
				["photos", "tasks", "removals", "trash", "cleanup_finds", "cleanup_runs", "attempts"].map((table) =>
					workerEnv.DB.prepare(`DELETE FROM ${table}`),
				),
			);
		}
	},
	60_000,
);
