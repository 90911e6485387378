/**
 * Whatever call to D1, R2 or a queue fails on the way from the request to the end of the work, and whether it failed
 * before or after it took effect: everything ends, and nothing is done twice. One run for each call and moment.
 */

import { env as workerEnv } from "cloudflare:workers";
import { type SQL, sql } from "drizzle-orm";
import { expect, it, vi } from "vitest";
import { z } from "zod";
import { type Database, openDatabase, runBatch } from "../../src/db/database.ts";
import { insertEvent } from "../../src/db/insert-event.ts";
import { events } from "../../src/db/schema.ts";
import { AppError } from "../../src/errors.ts";
import type { Services } from "../../src/handlers/services.ts";
import { taskQueuesOf } from "../../src/queues/task-queues.ts";
import { type CompleteDefinition, createRegistry, defineTask, queueNames } from "../../src/tasks/define.ts";
import { insertTask, sendTasks, type TaskOptions } from "../../src/tasks/enqueue.ts";
import { completed, discard } from "../../src/tasks/outcome.ts";
import { expectJson, makeCaller, type PhotoJson } from "../support/caller.ts";
import { type Deployment, deployWorker } from "../support/deployment.ts";
import { failingBindings, type Moment } from "../support/failing-bindings.ts";
import { smallPicture } from "../support/fixtures.ts";
import { expectEveryObjectNamed, expectOnlyHeldObjects, readStored } from "../support/stored-state.ts";
import { announce, directUploads, keyOf, putObject } from "../support/uploads.ts";

const MINUTE_MS = 60_000;

/** Each run: which call fails, and when. Ends with the first run in which no call was left to fail. */
async function failEachCall(run: (worker: Deployment, name: string) => Promise<void>, registry?: typeof wordRegistry) {
	const moments: Moment[] = ["before", "after"];
	const failed: string[] = [];
	for (let number = 1, more = true; more; number++) {
		for (const moment of moments) {
			const base = deployWorker({}, registry);
			let call = "";
			const { env, calls } = failingBindings(
				base.env,
				(name, at) => {
					if (at === number) call = name;
					return at === number;
				},
				moment,
				["DB", "MEDIA", "PHOTOS_QUEUE", "TRANSFERS_QUEUE", "TASKS_QUEUE"],
			);
			const name = `call-${number}-${moment}`;
			await run({ ...deployWorker(env, registry), sent: base.sent }, name).catch((cause: unknown) => {
				throw new Error(`${name} (${call}) was not survived`, { cause });
			});
			more = calls.length >= number;
			if (call !== "") failed.push(call);
		}
	}
	return failed;
}

/** Delivers what was sent, again what was to be retried, and lets minutes pass, until everything has ended. */
async function settle(worker: Deployment, ofQueues: readonly string[] = queueNames): Promise<void> {
	const unended = async () => {
		const { tasks } = await readStored();
		return tasks.filter(({ finishedAt, queue }) => finishedAt === null && ofQueues.includes(queue));
	};
	for (let round = 1; round <= 20; round++) {
		for (const { queue, body } of worker.sent.splice(0).filter(({ queue }) => ofQueues.includes(queue))) {
			const messageId = crypto.randomUUID();
			for (let deliveries = 1; deliveries <= 4; deliveries++) {
				const { isAcknowledged } = await worker.deliver(body, { queue, messageId, deliveries });
				if (isAcknowledged) break;
			}
		}
		if ((await unended()).length === 0) return;
		vi.setSystemTime(Date.now() + 20 * MINUTE_MS);
		await worker.sweep(Date.now());
	}
	expect(await unended()).toEqual([]);
}

/** Past the bindings that fail. */
const readEvents = () => openDatabase(workerEnv.DB).select().from(events);

it("a photo of an item is processed once, and its item finishes", async () => {
	vi.useFakeTimers({ toFake: ["Date"] });
	const picture = await smallPicture();
	const ana = await makeCaller(deployWorker());
	const failed = await failEachCall(async (worker, name) => {
		const { id: itemId } = await ana.createItem({ name });
		const upload = () =>
			ana.at(worker).upload(`/v1/items/${itemId}/photos`, picture, { "idempotency-key": `photo-${itemId}` });
		const first = await upload();
		const response = first.ok ? first : await upload();
		const { photos: promised } = await expectJson<{ photos: PhotoJson[] }>(response, 202);
		await settle(worker);
		const stored = await readStored();
		const photos = stored.photos.filter((photo) => photo.itemId === itemId);
		expect(photos).toMatchObject([{ id: promised[0]?.id, state: "processed", taskId: promised[0]?.task_id }]);
		expect(stored.tasks.filter((task) => task.itemId === itemId)).toMatchObject([{ state: "succeeded" }]);
		expect(stored.items.find(({ id }) => id === itemId)?.isProcessingPhotos).toBe(false);
		expect(stored.attempts.filter(({ endedAt }) => endedAt === null)).toEqual([]);
		const told = await readEvents();
		expect(told.filter((event) => event.itemId === itemId)).toMatchObject([{ type: "item.processed" }]);
	});
	// What was made to fail is what the path consists of.
	expect(new Set(failed)).toEqual(
		new Set(["DB.run", "DB.batch", "DB.raw", "MEDIA.put", "MEDIA.get", "MEDIA.delete", "PHOTOS_QUEUE.sendBatch"]),
	);
});

it("a picture that is put into the bucket becomes a photo once, and leaves nothing there", async () => {
	vi.useFakeTimers({ toFake: ["Date"] });
	const picture = await smallPicture();
	const ana = await makeCaller(deployWorker());
	const failed = await failEachCall(async (worker, name) => {
		const direct = { ...deployWorker({ ...worker.env, ...directUploads }), sent: worker.sent };
		const { id: itemId } = await ana.createItem({ name });
		const ask = () => announce(ana.at(direct), picture, { item_id: itemId }, { "idempotency-key": `put-${itemId}` });
		const { id } = await ask().catch(ask);
		const event = await putObject(keyOf({ id }), picture);
		for (let retried = 1; retried > 0; ) ({ retried } = await direct.deliverTogether("uploads", [event]));
		await expectEveryObjectNamed();
		// What becomes of the photo then is the test before this one.
		await settle(direct, ["transfers"]);
		const stored = await readStored();
		expect(stored.photos.filter((photo) => photo.itemId === itemId)).toMatchObject([{ id, state: "processing" }]);
		const work = stored.tasks.filter((task) => task.photoId === id).map(({ name, state }) => [name, state]);
		expect(work.sort()).toEqual([
			["process_photo_to_avif", expect.stringMatching(/^(pending|sent)$/)],
			["receive_upload", "succeeded"],
		]);
		expect(stored.uploads.find((upload) => upload.id === id)).toMatchObject({ state: "received", photoId: id });
		expect(stored.items.find((item) => item.id === itemId)?.isProcessingPhotos).toBe(true);
		expect((await readEvents()).filter((each) => each.itemId === itemId)).toEqual([]);
		vi.setSystemTime(Date.now() + 120 * MINUTE_MS);
		await deployWorker().sweep(Date.now());
		await expectOnlyHeldObjects();
	});
	expect(new Set(failed)).toEqual(
		new Set(["DB.batch", "DB.raw", "MEDIA.get", "MEDIA.put", "PHOTOS_QUEUE.sendBatch", "TRANSFERS_QUEUE.sendBatch"]),
	);
});

/** Writes an event for each ending: nothing keeps a second one from being written. */
const tell = (db: Database, word: string, ending: string, holdsLease: SQL) => [
	insertEvent(db, { type: "task.failed", ownerId: word, data: { ending } }, sql`WHERE ${holdsLease}`, Date.now()),
];

const wordArguments = z.object({ word: z.string(), mother: z.boolean(), fails: z.boolean() });

const wordTask: CompleteDefinition<z.infer<typeof wordArguments>, Services> = defineTask<
	z.infer<typeof wordArguments>,
	Services
>({
	name: "word_task",
	description: "Tells how it ended, and that it did.",
	queue: "tasks",
	arguments: wordArguments,
	isSilent: true,
	run: async ({ word, mother, fails }, { db }, { group }) => {
		if (fails) return discard(new AppError("invalid_request", "It was to fail."));
		const ending = group ? `callback: ${group.succeeded} of ${group.total}` : "succeeded";
		const child = { definition: wordTask, arguments: { word: `${word}, child`, mother: false, fails: false } };
		return completed(null, (holdsLease) => tell(db, word, ending, holdsLease), { children: mother ? [child] : [] });
	},
	effectsOfFailure: (db, { word }, _, holdsLease) => tell(db, word, "failed", holdsLease),
});

const wordRegistry = createRegistry<Services>([wordTask]);

async function enqueueGroup(env: Env, name: string): Promise<void> {
	const db = openDatabase(env.DB);
	const now = Date.now();
	const insert = (word: string, options: TaskOptions, { mother = false, fails = false } = {}) =>
		insertTask(
			db,
			wordTask,
			{ word: `${name}, ${word}`, mother, fails },
			{ ownerId: "ana", idempotencyKey: `${name}, ${word}`, ...options },
			now,
		);
	const members = [
		insert("mother", { groupId: name }, { mother: true }),
		insert("failing", { groupId: name }, { fails: true }),
		insert("plain", { groupId: name }),
	];
	const callback = insert("callback", { callbackOf: name });
	const statements = [callback, ...members].map(({ statement }) => statement);
	await runBatch(db, statements);
	await sendTasks(
		db,
		taskQueuesOf(env),
		members.map(({ task }) => task),
	);
}

it("a group's members and their children work once, and its callback starts once and knows", async () => {
	vi.useFakeTimers({ toFake: ["Date"] });
	const failed = await failEachCall(async (worker, name) => {
		await enqueueGroup(worker.env, name).catch(() => enqueueGroup(worker.env, name));
		await settle(worker);
		const told = await readEvents();
		const ours = told.filter(({ ownerId }) => ownerId.startsWith(`${name},`));
		expect(ours.map(({ ownerId, data }) => `${ownerId.slice(name.length + 2)}: ${data.ending}`).sort()).toEqual([
			"callback: callback: 2 of 3",
			"failing: failed",
			"mother, child: succeeded",
			"mother: succeeded",
			"plain: succeeded",
		]);
		const { attempts } = await readStored();
		expect(attempts.filter(({ endedAt }) => endedAt === null)).toEqual([]);
	}, wordRegistry);
	expect(new Set(failed)).toEqual(new Set(["DB.run", "DB.batch", "DB.raw", "TASKS_QUEUE.sendBatch"]));
});
