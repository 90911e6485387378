/** A paused queue: nothing is sent to it, nothing begun from it, and nothing of it is lost. */
import { expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { listPausedQueues } from "../../src/db/paused-queues.ts";
import { expectJson, makeCaller } from "../support/caller.ts";
import { deployWorker } from "../support/deployment.ts";
import { readTaskRow } from "../support/tasks.ts";

const task = (item_id: string) => ({ arguments: { item_id } });

async function deploy() {
	const worker = deployWorker();
	const admin = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
	const item = await admin.createItem();
	const enqueue = async () => {
		const path = "/v1/tasks/check_item_photo_processing";
		return (await expectJson<{ id: string }>(await admin.json("POST", path, task(item.id)), 202)).id;
	};
	const say = async (verb: "pause" | "resume") => {
		const answer = await admin.send("POST", `/v1/queues/tasks/${verb}`);
		expect(answer.status).toBe(204);
	};
	return { worker, admin, enqueue, say, item };
}

it("what is enqueued while it is paused waits in the outbox, whatever the sweep does, and is sent when it is resumed", async () => {
	const { worker, enqueue, say } = await deploy();
	await say("pause");
	const id = await enqueue();
	expect(await readTaskRow(id)).toMatchObject({ state: "pending", sentAt: null });
	for (const hours of [0.1, 1, 24]) await worker.sweep(Date.now() + hours * 3_600_000);
	expect(worker.sent).toEqual([]);
	await say("resume");
	expect(worker.sent).toMatchObject([{ queue: "tasks", body: { task_id: id } }]);
	await worker.deliver({ task_id: id }, { queue: "tasks" });
	expect(await readTaskRow(id)).toMatchObject({ state: "succeeded", attemptCount: 1 });
});

it("a message that was on its way is acknowledged and begins nothing, and costs no attempt", async () => {
	const { worker, enqueue, say } = await deploy();
	const id = await enqueue();
	await say("pause");
	const { isAcknowledged } = await worker.deliver({ task_id: id }, { queue: "tasks" });
	expect(isAcknowledged).toBe(true);
	expect(await readTaskRow(id)).toMatchObject({ state: "sent", attemptCount: 0 });
	await say("resume");
	expect(worker.sent).toHaveLength(2);
	await worker.deliver({ task_id: id }, { queue: "tasks", messageId: "message-2" });
	expect(await readTaskRow(id)).toMatchObject({ state: "succeeded", attemptCount: 1, sendCount: 1 });
});

it("other queues go on, and who paused one is told", async () => {
	const { worker, admin, say, item } = await deploy();
	await admin.send("POST", "/v1/queues/photos/pause");
	const { queues } = await expectJson<{ queues: { name: string; paused: object | null }[] }>(
		await admin.get("/v1/queues"),
	);
	expect(queues.map(({ name, paused }) => [name, paused !== null])).toEqual([
		["photos", true],
		["transfers", false],
		["tasks", false],
	]);
	expect(queues[0]?.paused).toMatchObject({ by: "operator's (operator)" });
	await admin.json("POST", "/v1/tasks/check_item_photo_processing", task(item.id));
	expect(worker.sent).toHaveLength(1);
	await say("pause");
	await say("pause");
	expect(await listPausedQueues(openDatabase(worker.env.DB))).toHaveLength(2);
});
