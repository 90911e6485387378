/**
 * Uploads and a full sweep at once, their calls in random orders: whatever comes between, nothing that is being made is
 * taken, and everything that is nobody's is. The sweep believes that it is days later, so that no age protects anything.
 */
import { env as workerEnv } from "cloudflare:workers";
import { eq, sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import { expect, it } from "vitest";
import { findLooseIncoming, findLooseOriginals, findLooseRenditions } from "../../src/cleanups/find-loose-objects.ts";
import type { Finder } from "../../src/cleanups/finder.ts";
import { isUnderWay, stepRun } from "../../src/cleanups/steps.ts";
import { findRun, insertRun } from "../../src/db/cleanups.ts";
import { openDatabase, runBatch } from "../../src/db/database.ts";
import { finishPhotoStatements, type Photo } from "../../src/db/photos.ts";
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

/** A run that takes everything for old. @param finders those that see what the other actor makes */
const sweepWith =
	(runId: string, finders: readonly Finder[]): Actor =>
	async (bindings) => {
		const db = openDatabase(bindings.DB);
		const workshop = { db, media: bindings.MEDIA, trashLifeMs: DAY_MS, finders };
		for (let run = await findRun(db, runId); run && isUnderWay(run); run = await findRun(db, runId)) {
			await stepRun(workshop, run);
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
async function prepareAdoption(): Promise<{ key: string; adopt: Actor }> {
	const { id: photoId } = await plantPhoto();
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
	return { key, adopt };
}

/** What is made while the sweep runs, and how it is seen to have stayed. */
interface Scenario {
	finders: readonly Finder[];
	orphan: string;
	actor: Actor;
	/** Keys that must be there at the end. */
	keys(photos: Photo[]): (string | null)[];
}

async function prepareUpload(worker: Deployment, ana: Caller, picture: Uint8Array<ArrayBuffer>): Promise<Scenario> {
	const { id: itemId } = await ana.createItem();
	return {
		finders: [findLooseIncoming, findLooseOriginals] as Finder[],
		orphan: await plantOrphan("originals"),
		actor: upload(ana, worker, picture, itemId),
		keys: ([photo]) => [photo?.originalKey ?? null],
	};
}

async function prepareRendition(): Promise<Scenario> {
	const { adopt, key } = await prepareAdoption();
	return {
		finders: [findLooseRenditions] as Finder[],
		orphan: await plantOrphan("renditions"),
		actor: adopt,
		keys: ([photo]) => [photo?.originalKey ?? null, photo?.renditionKey === key ? key : null],
	};
}

const groups = Array.from({ length: COUNT / PER_TEST }, (_, at) => at * PER_TEST);

it.each(groups)("an upload in flight is never touched by a sweep: interleavings from seed %i", async (first) => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const picture = await smallPicture();
	for (let seed = first; seed < first + PER_TEST; seed++) {
		const scenario = seed % 3 > 0 ? await prepareUpload(worker, ana, picture) : await prepareRendition();
		const runId = await beginRun();
		const actors = { sweep: sweepWith(runId, scenario.finders), maker: scenario.actor };
		const order = await interleave(workerEnv, actors, randomFrom(seed));
		const said = `seed ${seed}: ${order.join(", ")}`;
		const { photos, objectKeys } = await readStored();
		for (const key of scenario.keys(photos)) expect(objectKeys, said).toContain(key);
		expect(objectKeys, said).not.toContain(scenario.orphan);
		expect(objectKeys, said).toContain(`trash/${runId}/${scenario.orphan}`);
		expect((await findRun(openDatabase(workerEnv.DB), runId))?.state, said).toBe("done");
		await workerEnv.MEDIA.delete(objectKeys);
		await workerEnv.DB.batch(
			["photos", "tasks", "removals", "trash", "cleanup_finds", "cleanup_runs", "attempts"].map((table) =>
				workerEnv.DB.prepare(`DELETE FROM ${table}`),
			),
		);
	}
});
