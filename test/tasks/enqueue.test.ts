/** Row first, then message: what is noted when messages are sent, or are not. */
import { expect, it } from "vitest";
import { insertTask, sendTasks } from "../../src/tasks/enqueue.ts";
import { logged } from "../support/captured-log.ts";
import { deployWorker } from "../support/deployment.ts";
import { definePlainTask, plainDatabase, writePlainTask } from "../support/plain-task.ts";
import { changeTaskRow, readTaskRow } from "../support/tasks.ts";

const asTasks = (ids: string[]) => ids.map((id) => ({ id, queue: "photos" as const }));

it("a written task is pending, and the sweep looks after it soon", async () => {
	const id = await writePlainTask(undefined, 1_800_000_000_000);
	expect(await readTaskRow(id)).toMatchObject({
		state: "pending",
		arguments: { word: "goal" },
		attemptCount: 0,
		sendCount: 0,
		dueAt: 1_800_000_000_000,
		wakeAt: 1_800_000_030_000,
		sentAt: null,
	});
});

it("arguments that do not fit are never written", () => {
	const wrong = { word: 7 } as unknown as { word: string };
	expect(() => insertTask(plainDatabase(), definePlainTask(), wrong, { ownerId: "ana" }, 0)).toThrow();
});

it("sent tasks are marked, and looked at again after a wait that doubles", async () => {
	const worker = deployWorker();
	const id = await writePlainTask();
	const waits: number[] = [];
	for (let n = 0; n < 8; n++) {
		expect(await sendTasks(plainDatabase(), { photos: worker.env.PHOTOS_QUEUE }, asTasks([id]))).toBe(1);
		const { state, sentAt, wakeAt } = await readTaskRow(id);
		expect(state).toBe("sent");
		waits.push(((wakeAt ?? 0) - (sentAt ?? 0)) / 60_000);
	}
	expect(waits).toEqual([15, 30, 60, 120, 240, 480, 720, 720]);
	expect((await readTaskRow(id)).sendCount).toBe(8);
});

it("a delayed message is waited for from the moment it is due", async () => {
	const worker = deployWorker();
	const id = await writePlainTask();
	await sendTasks(plainDatabase(), { photos: worker.env.PHOTOS_QUEUE }, asTasks([id]), 600);
	expect(worker.sent).toEqual([{ body: { task_id: id }, delaySeconds: 600 }]);
	const { sentAt, wakeAt } = await readTaskRow(id);
	expect(sentAt).toBeLessThanOrEqual(Date.now());
	expect(wakeAt).toBe((sentAt ?? 0) + 600_000 + 15 * 60_000);
});

it("more tasks than one call takes are sent in several, each within the queue's limit", async () => {
	const ids: string[] = [];
	for (let n = 0; n < 230; n++) ids.push(await writePlainTask());
	const batches: number[] = [];
	const photos = { sendBatch: async (messages: unknown[]) => void batches.push(messages.length) };
	expect(await sendTasks(plainDatabase(), { photos: photos as never }, asTasks(ids))).toBe(230);
	expect(batches).toEqual([100, 100, 30]);
	for (const id of [ids[0], ids[99], ids[100], ids[229]]) expect((await readTaskRow(id ?? "")).state).toBe("sent");
});

it("a send that fails is logged, and leaves its tasks unsent and the others sent", async () => {
	const ids: string[] = [];
	for (let n = 0; n < 150; n++) ids.push(await writePlainTask());
	let calls = 0;
	const photos = {
		sendBatch: async () => {
			calls += 1;
			if (calls === 1) throw new Error("the queue is away");
		},
	};
	expect(await sendTasks(plainDatabase(), { photos: photos as never }, asTasks(ids))).toBe(50);
	expect([(await readTaskRow(ids[0] ?? "")).state, (await readTaskRow(ids[149] ?? "")).state]).toEqual([
		"pending",
		"sent",
	]);
	expect(logged("task.send_failed")).toMatchObject([{ count: 100, queue: "photos" }]);
});

it.each(["started", "succeeded", "cancelled"] as const)("a task that is already %s is left as it is", async (state) => {
	const id = await writePlainTask();
	await changeTaskRow(id, { state });
	const before = await readTaskRow(id);
	await sendTasks(plainDatabase(), { photos: deployWorker().env.PHOTOS_QUEUE }, asTasks([id]));
	expect(await readTaskRow(id)).toEqual(before);
});
