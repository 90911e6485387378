/** Row first, then message: what is noted when messages are sent, or are not. */
import { expect, it } from "vitest";
import { runBatch } from "../../src/db/database.ts";
import { insertTask, noteSentAgain, sendTasks } from "../../src/tasks/enqueue.ts";
import { logged } from "../support/captured-log.ts";
import { deployWorker } from "../support/deployment.ts";
import { definePlainTask, plainDatabase, writePlainTask } from "../support/plain-task.ts";
import { changeTaskRow, readTaskRow } from "../support/tasks.ts";

const asTasks = (ids: string[], dueAt = 0) => ids.map((id) => ({ id, queue: "photos" as const, dueAt }));
const queues = (photos: unknown) => ({ photos, tasks: undefined }) as never;

it("a written task is about to be sent, and the sweep looks after it soon", async () => {
	const id = await writePlainTask(undefined, 1_800_000_000_000);
	expect(await readTaskRow(id)).toMatchObject({
		state: "sent",
		arguments: { word: "goal" },
		attemptCount: 0,
		sendCount: 0,
		dueAt: 1_800_000_000_000,
		wakeAt: 1_800_000_120_000,
		sentAt: 1_800_000_000_000,
	});
});

it("arguments that do not fit are never written", () => {
	const wrong = { word: 7 } as unknown as { word: string };
	expect(() => insertTask(plainDatabase(), definePlainTask(), wrong, { ownerId: "ana" }, 0)).toThrow();
});

it("a task that is due later than a queue can wait is left to the sweep of its minute", async () => {
	const [now, dueAt] = [1_800_000_000_000, 1_800_000_000_000 + 30 * 24 * 3_600_000];
	const { task, statement } = insertTask(
		plainDatabase(),
		definePlainTask(),
		{ word: "goal" },
		{ ownerId: "ana", dueAt },
		now,
	);
	await runBatch(plainDatabase(), [statement]);
	expect(await readTaskRow(task.id)).toMatchObject({ state: "pending", sentAt: null, dueAt, wakeAt: dueAt });
	const worker = deployWorker();
	expect(await sendTasks(plainDatabase(), queues(worker.env.PHOTOS_QUEUE), [task], now)).toEqual([]);
	expect(worker.sent).toEqual([]);
});

it("messages sent again are noted, and looked at again after a wait that doubles", async () => {
	const id = await writePlainTask(undefined, 0);
	const waits: number[] = [];
	for (let n = 0; n < 8; n++) {
		await noteSentAgain(plainDatabase(), asTasks([id]), 1000);
		const { state, sentAt, wakeAt } = await readTaskRow(id);
		expect([state, sentAt]).toEqual(["sent", 1000]);
		waits.push(((wakeAt ?? 0) - 1000) / 60_000);
	}
	expect(waits).toEqual([15, 30, 60, 120, 240, 480, 720, 720]);
	expect((await readTaskRow(id)).sendCount).toBe(8);
});

it("a message is delayed until its task is due", async () => {
	const worker = deployWorker();
	const id = await writePlainTask();
	await sendTasks(plainDatabase(), queues(worker.env.PHOTOS_QUEUE), asTasks([id], 700_500), 100_000);
	expect(worker.sent).toEqual([{ queue: "photos", body: { task_id: id }, delaySeconds: 601 }]);
});

it("more tasks than one call takes are sent in several, each within the queue's limit", async () => {
	const ids: string[] = [];
	for (let n = 0; n < 230; n++) ids.push(await writePlainTask());
	const batches: number[] = [];
	const photos = { sendBatch: async (messages: unknown[]) => void batches.push(messages.length) };
	expect(await sendTasks(plainDatabase(), queues(photos), asTasks(ids))).toHaveLength(230);
	expect(batches).toEqual([100, 100, 30]);
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
	expect(await sendTasks(plainDatabase(), queues(photos), asTasks(ids))).toHaveLength(50);
	expect([(await readTaskRow(ids[0] ?? "")).state, (await readTaskRow(ids[149] ?? "")).state]).toEqual([
		"pending",
		"sent",
	]);
	expect(logged("task.send_failed")).toMatchObject([{ count: 100, queue: "photos" }]);
});

it.each(["started", "succeeded", "cancelled"] as const)("a task that is already %s is left as it is", async (state) => {
	const refusing = { sendBatch: async () => Promise.reject(new Error("the queue is away")) };
	const id = await writePlainTask();
	await changeTaskRow(id, { state });
	const before = await readTaskRow(id);
	await sendTasks(plainDatabase(), queues(refusing), asTasks([id]));
	await noteSentAgain(plainDatabase(), asTasks([id]), 1);
	expect(await readTaskRow(id)).toEqual(before);
});
