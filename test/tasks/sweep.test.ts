/** What messages and living workers missed is brought back: bounded, resumable, and without doing anything twice. */
import { describe, expect, it } from "vitest";
import { openDatabase, runBatch } from "../../src/db/database.ts";
import { tasks } from "../../src/db/schema.ts";
import { processPhotoToAvif } from "../../src/handlers/process-photo-to-avif.ts";
import { taskQueuesOf } from "../../src/queues/task-queues.ts";
import { createRegistry } from "../../src/tasks/define.ts";
import { insertTask } from "../../src/tasks/enqueue.ts";
import { sweepTasks } from "../../src/tasks/sweep.ts";
import { makeCaller } from "../support/caller.ts";
import { logged } from "../support/captured-log.ts";
import { deployWorker } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { gateBucket } from "../support/gates.ts";
import { definePlainTask, plainDatabase, runPlainTask, writePlainTask } from "../support/plain-task.ts";
import { readStored } from "../support/stored-state.ts";
import { changeTaskRow, expireLease, makeDue, readAttempts, readTaskRow } from "../support/tasks.ts";

const refusesAll = { sendBatch: async () => Promise.reject(new Error("the queue is away")) };
const MINUTE_MS = 60_000;

describe("a task whose message was never sent", () => {
	it("is sent by the next sweep", async () => {
		const worker = deployWorker();
		const ana = (await makeCaller(worker)).at(deployWorker({ PHOTOS_QUEUE: refusesAll }));
		const { task_id } = await ana.createPhoto();
		expect((await readTaskRow(task_id)).state).toBe("pending");
		await worker.sweep(Date.now());
		expect(worker.sent).toMatchObject([{ body: { task_id }, delaySeconds: 0 }]);
		expect((await readTaskRow(task_id)).state).toBe("sent");
		await worker.deliver({ task_id });
		expect((await ana.readTask(task_id)).state).toBe("succeeded");
		worker.sent.length = 0;
		await worker.sweep(Date.now() + 24 * 60 * MINUTE_MS);
		expect(worker.sent).toEqual([]);
	});

	it("is tried again the next minute while the queue is away", async () => {
		const id = await writePlainTask();
		const broken = deployWorker({ PHOTOS_QUEUE: refusesAll });
		await changeTaskRow(id, { name: processPhotoToAvif.name });
		for (let minute = 3; minute <= 5; minute++) await broken.sweep(Date.now() + minute * MINUTE_MS);
		expect(logged("task.send_failed")).toHaveLength(3);
		expect((await readTaskRow(id)).state).toBe("pending");
	});
});

it("a task whose message was lost on its way is sent again, and may then be delivered twice", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { task_id } = await ana.createPhoto();
	await worker.sweep(Date.now() + MINUTE_MS);
	expect(worker.sent).toHaveLength(1);
	await worker.sweep(Date.now() + 3 * MINUTE_MS);
	expect(worker.sent).toHaveLength(2);
	await worker.sweep(Date.now() + 17 * MINUTE_MS);
	expect(worker.sent).toHaveLength(2);
	await worker.sweep(Date.now() + 19 * MINUTE_MS);
	expect(worker.sent).toHaveLength(3);
	for (const { body } of worker.sent) await worker.deliver(body);
	expect((await ana.readTask(task_id)).attempts).toHaveLength(1);
});

it("a retry whose new message was not sent comes back when it is due", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { task_id } = await ana.createPhoto();
	const { env } = failingBindings(worker.env, (call) => call === "MEDIA.get");
	await deployWorker({ ...env, PHOTOS_QUEUE: refusesAll }).deliver({ task_id });
	worker.sent.length = 0;
	await worker.sweep(Date.now());
	expect(worker.sent).toEqual([]);
	await worker.sweep(Date.now() + 3 * MINUTE_MS);
	expect(worker.sent).toHaveLength(1);
	await makeDue(task_id);
	await worker.deliver({ task_id });
	expect((await ana.readTask(task_id)).state).toBe("succeeded");
});

describe("an attempt whose worker died", () => {
	it("is lost once its lease is over, and another finishes the work", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const { task_id } = await ana.createPhoto(item.id);
		const gate = gateBucket(worker.env.MEDIA, "put");
		const dying = deployWorker({ MEDIA: gate.bucket }).deliver({ task_id });
		await gate.reached;
		worker.sent.length = 0;
		await worker.sweep(Date.now());
		expect((await readTaskRow(task_id)).state).toBe("started");
		await expireLease(task_id);
		await worker.sweep(Date.now());
		expect(worker.sent).toMatchObject([{ body: { task_id }, delaySeconds: 0 }]);
		expect(await readAttempts(task_id)).toMatchObject([{ outcome: "lost" }]);
		await worker.deliver({ task_id });
		const finished = await readStored();
		gate.open();
		await dying;
		expect(await readStored()).toEqual(finished);
		expect(await ana.readTask(task_id)).toMatchObject({ state: "succeeded", attempt_count: 2 });
		expect((await ana.readItem(item.id)).is_processing_photos).toBe(false);
	});

	it("for the last time fails the task and the photo, and its item finishes", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const photo = await ana.createPhoto(item.id);
		const gate = gateBucket(worker.env.MEDIA, "get");
		await changeTaskRow(photo.task_id, { attemptCount: 3 });
		const dying = deployWorker({ MEDIA: gate.bucket }).deliver({ task_id: photo.task_id });
		await gate.reached;
		await expireLease(photo.task_id);
		worker.sent.length = 0;
		await worker.sweep(Date.now());
		expect(worker.sent).toEqual([]);
		const failed = await readStored();
		expect(await ana.readTask(photo.task_id)).toMatchObject({
			state: "failed",
			attempt_count: 4,
			attempts: [{ number: 4, outcome: "lost" }],
			error: { code: "task_lost" },
		});
		expect(await ana.readPhoto(photo.id)).toMatchObject({ state: "failed", error: { code: "task_lost" } });
		expect(await ana.readProcessing(item.id)).toMatchObject({
			is_processing: false,
			photos_failed: [{ id: photo.id }],
		});
		gate.open();
		await dying;
		const after = await readStored();
		expect([after.photos, after.tasks, after.items]).toEqual([failed.photos, failed.tasks, failed.items]);
	});

	it("is taken back once, though two sweeps come at once", async () => {
		const definition = definePlainTask();
		const id = await writePlainTask(definition);
		const held = { state: "started", leaseToken: "dead", attemptCount: 3, wakeAt: 0 } as const;
		await changeTaskRow(id, held);
		const sweepOnce = () =>
			sweepTasks(plainDatabase(), taskQueuesOf(deployWorker().env), createRegistry([definition]), Date.now());
		const reports = await Promise.all([sweepOnce(), sweepOnce(), sweepOnce()]);
		expect(reports.reduce((sum, { failed }) => sum + failed, 0)).toBe(1);
		expect((await readTaskRow(id)).state).toBe("failed");
	});
});

it("a task of a kind that nobody knows is given up", async () => {
	const id = await writePlainTask(definePlainTask(undefined, { name: "forgotten_task" }));
	const worker = deployWorker();
	await worker.sweep(Date.now() + 3 * MINUTE_MS);
	expect(await readTaskRow(id)).toMatchObject({ state: "failed", wakeAt: null });
	expect(worker.sent).toEqual([]);
	expect(await runPlainTask(definePlainTask(), id)).toEqual([]);
});

describe("a sweep is bounded, and the next goes on where it stopped", () => {
	const writeMany = async (count: number, changes: Partial<typeof tasks.$inferInsert>) => {
		const db = openDatabase(deployWorker().env.DB);
		const definition = definePlainTask();
		const statements = Array.from(
			{ length: count },
			() => insertTask(db, definition, { word: "goal" }, { ownerId: "ana" }, 0).statement,
		);
		await runBatch(db, [...statements, db.update(tasks).set(changes)]);
	};
	const sweepOnce = (queue: unknown = deployWorker().env.PHOTOS_QUEUE) =>
		sweepTasks(
			plainDatabase(),
			{ photos: queue, tasks: queue } as never,
			createRegistry([definePlainTask()]),
			Date.now(),
		);

	it("of unsent tasks", async () => {
		await writeMany(620, { state: "sent" });
		expect(await sweepOnce()).toEqual({ sent: 500, lost: 0, failed: 0, more: true });
		expect(await sweepOnce()).toEqual({ sent: 120, lost: 0, failed: 0, more: false });
		expect(await sweepOnce()).toEqual({ sent: 0, lost: 0, failed: 0, more: false });
	});

	it("of tasks to be given up, which keep no other from being sent", async () => {
		await writeMany(70, { lostCount: 2, wakeAt: 1 });
		await writePlainTask(definePlainTask(), 0);
		expect(await sweepOnce()).toEqual({ sent: 1, lost: 0, failed: 30, more: true });
		expect(await sweepOnce()).toEqual({ sent: 0, lost: 0, failed: 30, more: true });
		expect(await sweepOnce()).toEqual({ sent: 0, lost: 0, failed: 10, more: false });
	});

	it("of expired leases", async () => {
		await writeMany(130, { state: "started", leaseToken: "dead", attemptCount: 1, wakeAt: 1 });
		expect(await sweepOnce()).toEqual({ sent: 50, lost: 50, failed: 0, more: true });
		expect(await sweepOnce()).toEqual({ sent: 50, lost: 50, failed: 0, more: true });
		expect(await sweepOnce()).toEqual({ sent: 30, lost: 30, failed: 0, more: false });
	});
});
