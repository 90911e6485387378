/** A paused queue: nothing is sent to it, nothing begun from it, and nothing of it is lost. */
import { env } from "cloudflare:workers";
import { gt } from "drizzle-orm";
import { expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { listPausedQueues, pauseQueue, resumeQueue } from "../../src/db/paused-queues.ts";
import { tasks } from "../../src/db/schema.ts";
import { AppError } from "../../src/errors.ts";
import { taskRegistry } from "../../src/handlers/registry.ts";
import { taskQueuesOf } from "../../src/queues/task-queues.ts";
import { createRegistry } from "../../src/tasks/define.ts";
import { enqueueTasks } from "../../src/tasks/enqueue-tasks.ts";
import { completed, retry, snooze } from "../../src/tasks/outcome.ts";
import { sweepTasks } from "../../src/tasks/sweep.ts";
import { expectJson, makeCaller } from "../support/caller.ts";
import { deployWorker } from "../support/deployment.ts";
import { smallPicture } from "../support/fixtures.ts";
import { type Act, definePlainTask, plainDatabase, writePlainTask } from "../support/plain-task.ts";
import { countRowsRead, expectNoScans } from "../support/query-plans.ts";
import { crontab } from "../support/schedules.ts";
import { countTasks, expireLease, readTaskRow } from "../support/tasks.ts";

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

/** A task that is at work as its queue, `photos`, is paused, and ends as told. */
function deployPausing(end: Act) {
	const plain = definePlainTask(async (args, attempt, info) => {
		if (args.word === "child") return completed(null);
		await pauseQueue(plainDatabase(), "photos", "operator", Date.now());
		return end(args, attempt, info);
	});
	const callback = definePlainTask(undefined, { name: "callback_task" });
	return { plain, callback, worker: deployWorker({}, createRegistry([plain, callback])) };
}

const child = definePlainTask();
it.each<[string, Act]>([
	["a retry", () => retry(new AppError("source_failed", "Try again."), 1)],
	["a snooze", () => snooze(1)],
	["a child", () => completed(null, undefined, { children: [{ definition: child, arguments: { word: "child" } }] })],
])("%s of what ran on as it was paused is not sent before it is resumed", async (_, end) => {
	const { plain, worker } = deployPausing(end);
	const id = await writePlainTask(plain);
	await worker.deliver({ task_id: id });
	expect(worker.sent).toEqual([]);
	const soon = Date.now() + 5000;
	await worker.sweep(soon);
	expect(worker.sent).toEqual([]);
	await resumeQueue(plainDatabase(), "photos", soon);
	await worker.sweep(soon);
	expect(worker.sent).toHaveLength(1);
});

it("a callback whose group ends while it is paused is not sent before it is resumed", async () => {
	const { plain, callback, worker } = deployPausing(() => completed(null));
	const groupId = crypto.randomUUID();
	const { answers } = await enqueueTasks(
		plainDatabase(),
		[
			{ definition: plain, arguments: { word: "last" }, options: { ownerId: "ana", groupId } },
			{ definition: callback, arguments: { word: "all" }, options: { ownerId: "ana", callbackOf: groupId } },
		],
		Date.now(),
	);
	const [last = "", called = ""] = answers.map((answer) => answer?.id);
	await worker.deliver({ task_id: last });
	expect(worker.sent).toEqual([]);
	expect(await readTaskRow(called)).toMatchObject({ state: "pending", sentAt: null });
	await resumeQueue(plainDatabase(), "photos", Date.now());
	await worker.sweep(Date.now());
	expect(worker.sent).toMatchObject([{ body: { task_id: called } }]);
	await worker.deliver({ task_id: called });
	expect(await readTaskRow(called)).toMatchObject({ state: "succeeded" });
});

it("what a dead worker held is freed while it is paused, and not sent before it is resumed", async () => {
	let isFreed = false;
	const { plain, worker } = deployPausing(async ({ word }) => {
		if (isFreed) return completed(word);
		// As the sweep of another isolate finds it, whose clock says that this one is dead.
		await expireLease(id);
		await worker.sweep(Date.now());
		isFreed = true;
		return completed(null);
	});
	const id = await writePlainTask(plain);
	await worker.deliver({ task_id: id });
	expect(await readTaskRow(id)).toMatchObject({ state: "pending", lostCount: 1 });
	expect(worker.sent).toEqual([]);
	await resumeQueue(plainDatabase(), "photos", Date.now());
	await worker.sweep(Date.now());
	expect(worker.sent).toMatchObject([{ body: { task_id: id } }]);
});

it("an upload is taken while it is paused, and made when it is resumed", async () => {
	const worker = deployWorker();
	const admin = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
	await admin.send("POST", "/v1/queues/photos/pause");
	expect((await admin.upload("/v1/photos", await smallPicture())).status).toBe(202);
	expect(worker.sent).toEqual([]);
	await admin.send("POST", "/v1/queues/photos/resume");
	expect(worker.sent).toMatchObject([{ queue: "photos" }]);
});

it("a schedule fires while it is paused, by itself and by hand, and its tasks are sent when it is resumed", async () => {
	const { worker, admin, say, item } = await deploy();
	const schedule = {
		name: "each-minute",
		task: "check_item_photo_processing",
		arguments: { item_id: item.id },
		timing: crontab("* * * * *"),
		overlap: "allow",
	};
	const { id } = await expectJson<{ id: string }>(await admin.json("POST", "/v1/schedules", schedule), 201);
	await say("pause");
	expect((await admin.send("POST", `/v1/schedules/${id}/run`)).status).toBe(202);
	await worker.sweep(Date.now() + 60_000);
	expect(await countTasks()).toBe(2);
	expect(worker.sent).toEqual([]);
	await say("resume");
	await worker.sweep(Date.now() + 60_000);
	expect(new Set(worker.sent.map(({ body }) => JSON.stringify(body))).size).toBeGreaterThanOrEqual(2);
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

it("a backlog of thousands neither stands in the sweep's way while it is paused nor keeps it from being resumed", async () => {
	const { worker, enqueue, say } = await deploy();
	await say("pause");
	const id = await enqueue();
	const COUNT = 12_000;
	await env.DB.prepare(
		`WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${COUNT})
		INSERT INTO tasks (id, name, queue, arguments, owner_id, state, max_attempts, due_at, wake_at, created_at)
		SELECT 'waits-' || n, name, queue, arguments, owner_id, 'pending', 4, due_at, due_at, created_at FROM tasks, numbers WHERE tasks.id = ?`,
	)
		.bind(id)
		.run();
	const asleep = () => openDatabase(env.DB).$count(tasks, gt(tasks.wakeAt, Date.now() + 60 * 60_000));
	const queues = taskQueuesOf(worker.env);
	const now = Date.now();
	for (const minutes of [1, 2, 3]) await worker.sweep(now + minutes * 60_000);
	expect(await asleep()).toBe(COUNT + 1);
	expect(worker.sent).toEqual([]);
	expect(await countRowsRead((database) => sweepTasks(database, queues, taskRegistry, now))).toBeLessThan(20);

	await say("resume");
	const [goesOn] = (await openDatabase(env.DB).select().from(tasks)).filter(
		({ name }) => name === "wake_resumed_queue",
	);
	for (let delivery = 1; (await asleep()) > 0; delivery++) {
		expect(delivery).toBeLessThan(5);
		await worker.deliver({ task_id: goesOn?.id }, { queue: "tasks", messageId: `message-${delivery}` });
	}
	expect((await readTaskRow(goesOn?.id ?? "")).state).toBe("succeeded");
	await expectNoScans(async (database) => {
		await pauseQueue(database, "tasks", "operator", now);
		await sweepTasks(database, queues, taskRegistry, now);
		await resumeQueue(database, "tasks", now);
	});
});
