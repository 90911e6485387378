/** The consumer of the queues of tasks: what a delivery does, and what a second one does not. */
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { type Caller, makeCaller } from "../support/caller.ts";
import { logged } from "../support/captured-log.ts";
import { type Deployment, deployWorker } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { readFixture } from "../support/fixtures.ts";
import { gateBucket } from "../support/gates.ts";
import { expectOnlyHeldObjects, readStored } from "../support/stored-state.ts";
import { expireLease, makeDue, readAttempts, readTaskRow } from "../support/tasks.ts";

const acknowledged = { isAcknowledged: true, retries: [] };

async function photoOfItem(worker: Deployment, bytes?: Uint8Array<ArrayBuffer>) {
	const ana = await makeCaller(worker);
	const item = await ana.createItem();
	const photo = await ana.createPhoto(item.id, bytes);
	worker.sent.length = 0;
	return { ana, item, photo, message: { task_id: photo.task_id } };
}

const isFinished = async (ana: Caller, itemId: string) => !(await ana.readItem(itemId)).is_processing_photos;

describe("a delivery", () => {
	it("finishes the photo, its task and its item", async () => {
		const worker = deployWorker();
		const { ana, item, photo, message } = await photoOfItem(worker, await readFixture("rocket.jpg"));
		expect(await worker.deliver(message)).toEqual(acknowledged);
		expect((await ana.readPhoto(photo.id)).state).toBe("processed");
		expect(await ana.readTask(photo.task_id)).toMatchObject({
			state: "succeeded",
			attempt_count: 1,
			attempts: [{ number: 1, outcome: "completed", error: null, duration_ms: expect.any(Number) }],
			error: null,
		});
		expect(await ana.readItem(item.id)).toMatchObject({ is_processing_photos: false });
		expect(await readTaskRow(photo.task_id)).toMatchObject({ leaseToken: null, wakeAt: null });
		expect(worker.sent).toEqual([]);
	});

	it("a second one of the same message changes nothing", async () => {
		const worker = deployWorker();
		const { message } = await photoOfItem(worker);
		await worker.deliver(message);
		const before = await readStored();
		expect(await worker.deliver(message, { deliveries: 2 })).toEqual(acknowledged);
		expect(await readStored()).toEqual(before);
		expect(logged("task.nothing_to_claim")).toHaveLength(1);
	});

	it("ten at once do the work once", async () => {
		const worker = deployWorker();
		const { photo, message } = await photoOfItem(worker);
		const deliveries = await Promise.all(Array.from({ length: 10 }, () => worker.deliver(message)));
		expect(deliveries).toEqual(deliveries.map(() => acknowledged));
		expect(await readAttempts(photo.task_id)).toHaveLength(1);
		expect(logged("task.succeeded")).toHaveLength(1);
	});

	it("while another attempt holds the lease leaves that one alone", async () => {
		const worker = deployWorker();
		const { ana, photo, message } = await photoOfItem(worker);
		const gate = gateBucket(worker.env.MEDIA, "get");
		const first = deployWorker({ MEDIA: gate.bucket }).deliver(message);
		await gate.reached;
		const before = await readStored();
		expect(await worker.deliver(message)).toEqual(acknowledged);
		expect(await readStored()).toEqual(before);
		gate.open();
		expect(await first).toEqual(acknowledged);
		expect((await ana.readTask(photo.task_id)).attempt_count).toBe(1);
	});

	it.each([null, "text", 7, [], {}, { task_id: 7 }, { id: "x" }])("of %j is put away, and said so", async (body) => {
		const worker = deployWorker();
		const before = await readStored();
		expect(await worker.deliver(body)).toEqual(acknowledged);
		expect(await readStored()).toEqual(before);
		expect(logged("message.malformed")).toHaveLength(1);
	});

	it("of a task that is not there finds nothing to do", async () => {
		expect(await deployWorker().deliver({ task_id: "unknown" })).toEqual(acknowledged);
	});
});

describe("an attempt that outlived its lease", () => {
	it("is overtaken, and its late result is discarded", async () => {
		const worker = deployWorker();
		const { ana, item, photo, message } = await photoOfItem(worker);
		const gate = gateBucket(worker.env.MEDIA, "put");
		const late = deployWorker({ MEDIA: gate.bucket }).deliver(message);
		await gate.reached;
		await expireLease(photo.task_id);
		expect(await worker.deliver(message)).toEqual(acknowledged);
		const finished = await readStored();
		expect(finished.attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
			[1, "lost"],
			[2, "completed"],
		]);
		gate.open();
		expect(await late).toEqual(acknowledged);
		expect(await readStored()).toEqual(finished);
		expect(logged("task.lease_lost")).toHaveLength(1);
		expect(await isFinished(ana, item.id)).toBe(true);
		await expectOnlyHeldObjects();
	});

	it("cannot fail what its successor made", async () => {
		const worker = deployWorker();
		const { ana, photo, message } = await photoOfItem(worker);
		const gate = gateBucket(worker.env.MEDIA, "put");
		// The late attempt ends with a reason to discard.
		const putNothing = async (key: string, bytes: Uint8Array) => {
			await gate.bucket.put(key, bytes, { onlyIf: { etagDoesNotMatch: "*" } });
			throw new AppError("original_missing", "The original is gone.");
		};
		const broken = { get: worker.env.MEDIA.get.bind(worker.env.MEDIA), put: putNothing };
		const late = deployWorker({ MEDIA: broken }).deliver(message);
		await gate.reached;
		await expireLease(photo.task_id);
		await worker.deliver(message);
		gate.open();
		await late;
		expect((await ana.readPhoto(photo.id)).state).toBe("processed");
		expect((await ana.readTask(photo.task_id)).state).toBe("succeeded");
	});
});

describe("a fault that may pass", () => {
	it("is tried again later with a new message, and then succeeds", async () => {
		const worker = deployWorker();
		const { ana, item, photo, message } = await photoOfItem(worker);
		const broken = deployWorker(failingBindings(worker.env, (call) => call === "MEDIA.get").env);
		expect(await broken.deliver(message)).toEqual(acknowledged);
		expect(broken.sent).toMatchObject([{ body: message, delaySeconds: expect.any(Number) }]);
		const delaySeconds = broken.sent[0]?.delaySeconds ?? 0;
		expect(delaySeconds).toBeGreaterThanOrEqual(45);
		expect(delaySeconds).toBeLessThanOrEqual(75);
		expect(await ana.readTask(photo.task_id)).toMatchObject({
			state: "retrying",
			attempt_count: 1,
			attempts: [{ outcome: "retry", error: { code: "internal_error" } }],
		});
		expect((await ana.readPhoto(photo.id)).state).toBe("processing");
		expect(await isFinished(ana, item.id)).toBe(false);
		// A message that comes too early, for example a second delivery of the first, finds nothing due.
		await worker.deliver(message);
		expect((await readTaskRow(photo.task_id)).attemptCount).toBe(1);
		await makeDue(photo.task_id);
		expect(await worker.deliver(message)).toEqual(acknowledged);
		expect(await ana.readTask(photo.task_id)).toMatchObject({ state: "succeeded", attempt_count: 2, error: null });
	});

	it("but does not, fails the photo after the last attempt, and its item finishes", async () => {
		const worker = deployWorker();
		const { ana, item, photo, message } = await photoOfItem(worker);
		const broken = deployWorker(failingBindings(worker.env, (call) => call === "MEDIA.put").env);
		for (let attempt = 1; attempt <= 4; attempt++) {
			await makeDue(photo.task_id);
			expect(await broken.deliver(message)).toEqual(acknowledged);
			expect(broken.sent).toHaveLength(Math.min(attempt, 3));
		}
		const delays = broken.sent.map((sent) => sent.delaySeconds ?? 0);
		expect(delays.toSorted((a, b) => a - b)).toEqual(delays);
		expect(await ana.readTask(photo.task_id)).toMatchObject({ state: "failed", attempt_count: 4 });
		const failed = await ana.readPhoto(photo.id);
		expect(failed).toMatchObject({ state: "failed", error: { code: "internal_error" }, rendition: null });
		expect(failed.error?.detail).not.toContain("MEDIA");
		expect(await isFinished(ana, item.id)).toBe(true);
		await makeDue(photo.task_id);
		await worker.deliver(message);
		expect((await ana.readTask(photo.task_id)).attempt_count).toBe(4);
	});

	it("in D1 at the claim is left to the platform, which delivers again", async () => {
		const worker = deployWorker();
		const { photo, message } = await photoOfItem(worker);
		const broken = deployWorker(failingBindings(worker.env, (call) => call === "DB.batch").env);
		expect(await broken.deliver(message)).toEqual({ isAcknowledged: false, retries: [{ delaySeconds: 30 }] });
		expect((await readTaskRow(photo.task_id)).attemptCount).toBe(0);
		expect(logged("message.unhandled")).toHaveLength(1);
		expect(await worker.deliver(message, { deliveries: 2 })).toEqual(acknowledged);
		expect((await readTaskRow(photo.task_id)).state).toBe("succeeded");
	});

	it.each(["before", "after"] as const)("in D1 at the very end (%s it writes) is outlived", async (moment) => {
		const worker = deployWorker();
		const { ana, photo, message } = await photoOfItem(worker);
		let batches = 0;
		const failing = failingBindings(worker.env, (call) => call === "DB.batch" && ++batches === 2, moment);
		expect(await deployWorker(failing.env).deliver(message)).toEqual(acknowledged);
		expect((await ana.readPhoto(photo.id)).state).toBe("processed");
		expect((await ana.readTask(photo.task_id)).attempt_count).toBe(1);
		await expectOnlyHeldObjects();
	});

	it.each(["before", "after"] as const)("in D1 that stays (%s it writes) loses nothing", async (moment) => {
		const worker = deployWorker();
		const { ana, photo, message } = await photoOfItem(worker);
		let batches = 0;
		const failing = failingBindings(worker.env, (call) => call === "DB.batch" && ++batches >= 2, moment);
		expect((await deployWorker(failing.env).deliver(message)).retries).toEqual([{ delaySeconds: 30 }]);
		expect(await worker.deliver(message, { deliveries: 2 })).toEqual(acknowledged);
		expect((await ana.readPhoto(photo.id)).state).toBe("processed");
		expect((await ana.readTask(photo.task_id)).attempt_count).toBe(moment === "before" ? 2 : 1);
		await expectOnlyHeldObjects();
	});

	it("in the settings is left to the platform, so that mending them is enough", async () => {
		const worker = deployWorker();
		const { photo, message } = await photoOfItem(worker);
		const misconfigured = deployWorker({ RENDITION_SPEED: "fast" });
		expect((await misconfigured.deliver(message)).retries).toHaveLength(1);
		expect((await readTaskRow(photo.task_id)).attemptCount).toBe(0);
	});
});
