/** Cancelling and retrying by hand. */
import { describe, expect, it } from "vitest";
import { expectJson, makeCaller } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { gateBucket } from "../../support/gates.ts";
import { expectProblem } from "../../support/problems.ts";
import { readStored } from "../../support/stored-state.ts";
import { changeTaskRow, readAttempts, readTaskRow } from "../../support/tasks.ts";

const scopes = ["photos:read", "photos:write", "tasks:read", "tasks:write"];

async function setUp() {
	const worker = deployWorker();
	const ana = await makeCaller(worker, { scopes });
	const item = await ana.createItem();
	const photo = await ana.createPhoto(item.id);
	worker.sent.length = 0;
	const change = (what: "cancel" | "retry", id = photo.task_id) => ana.send("POST", `/v1/tasks/${id}/${what}`);
	return { worker, ana, item, photo, change, message: { task_id: photo.task_id } };
}

describe("a task that is cancelled", () => {
	it("before it started never runs, and its photo and item say so", async () => {
		const { worker, ana, item, photo, change, message } = await setUp();
		expect(await expectJson(await change("cancel"))).toMatchObject({
			state: "cancelled",
			error: { code: "task_cancelled" },
		});
		await worker.deliver(message);
		expect(await readAttempts(photo.task_id)).toEqual([]);
		expect(await ana.readPhoto(photo.id)).toMatchObject({ state: "failed", error: { code: "task_cancelled" } });
		expect(await ana.readProcessing(item.id)).toMatchObject({ is_processing: false });
		expect(await readTaskRow(photo.task_id)).toMatchObject({ wakeAt: null, leaseToken: null, uniqueKey: null });
	});

	it("while it runs keeps nothing of what it does afterwards", async () => {
		const { worker, photo, change, message } = await setUp();
		const gate = gateBucket(worker.env.MEDIA, "put");
		const running = deployWorker({ MEDIA: gate.bucket }).deliver(message);
		await gate.reached;
		await expectJson(await change("cancel"));
		const cancelled = await readStored();
		gate.open();
		await running;
		const after = await readStored();
		expect([after.photos, after.tasks, after.items]).toEqual([cancelled.photos, cancelled.tasks, cancelled.items]);
		expect(await readAttempts(photo.task_id)).toMatchObject([{ outcome: "cancel" }]);
	});

	it("ten times at once is cancelled once, and the others are told", async () => {
		const { change } = await setUp();
		const answers = await Promise.all(Array.from({ length: 10 }, () => change("cancel")));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)]);
	});

	it("after it ended is told that it has", async () => {
		const { worker, change, message } = await setUp();
		await worker.deliver(message);
		const { detail } = await expectProblem(await change("cancel"), "conflict");
		expect(detail).toContain("succeeded");
	});
});

describe("a retry by hand", () => {
	it("of a cancelled task is a new task with the same arguments, linked to the old one", async () => {
		const { worker, ana, item, photo, change } = await setUp();
		await change("cancel");
		const response = await change("retry");
		const task = await expectJson<{ id: string }>(response, 202);
		expect(response.headers.get("location")).toBe(`/v1/tasks/${task.id}`);
		expect(await readTaskRow(task.id)).toMatchObject({
			retryOf: photo.task_id,
			arguments: { photo_id: photo.id },
			photoId: photo.id,
			itemId: item.id,
		});
		expect(worker.sent).toMatchObject([{ queue: "photos", body: { task_id: task.id } }]);
		expect(await ana.readPhoto(photo.id)).toMatchObject({ state: "processing", task_id: task.id });
		await worker.deliver({ task_id: task.id });
		expect(await ana.readPhoto(photo.id)).toMatchObject({ state: "processed", error: null });
		expect((await ana.readItem(item.id)).is_processing_photos).toBe(false);
	});

	it("ten times at once is one task", async () => {
		const { worker, change } = await setUp();
		await change("cancel");
		const answers = await Promise.all(Array.from({ length: 10 }, () => change("retry")));
		const bodies = await Promise.all(answers.map((answer) => expectJson<{ id: string; is_new: boolean }>(answer, 202)));
		expect([new Set(bodies.map(({ id }) => id)).size, bodies.filter(({ is_new }) => is_new).length]).toEqual([1, 1]);
		expect(worker.sent).toHaveLength(1);
	});

	it.each([
		["waits", async () => {}, "has not ended"],
		["succeeded", (id: string) => changeTaskRow(id, { state: "succeeded", finishedAt: 1, wakeAt: null }), "succeeded"],
	])("of one that %s is refused", async (_, change, why) => {
		const { photo, change: ask } = await setUp();
		await change(photo.task_id);
		const { detail } = await expectProblem(await ask("retry"), "conflict");
		expect(detail).toContain(why);
	});

	it("of one that this version does not know is refused", async () => {
		const { photo, change } = await setUp();
		await changeTaskRow(photo.task_id, { state: "failed", finishedAt: 1, wakeAt: null, name: "forgotten_task" });
		await expectProblem(await change("retry"), "unknown_task");
	});
});

it("another's task is as if it were not there", async () => {
	const { worker, photo } = await setUp();
	const bob = await makeCaller(worker, { ownerId: "bob", scopes });
	for (const what of ["cancel", "retry"]) {
		await expectProblem(await bob.send("POST", `/v1/tasks/${photo.task_id}/${what}`), "not_found");
	}
});
