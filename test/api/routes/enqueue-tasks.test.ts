/** Enqueuing through the API: what is written, what is sent, and what is refused. */
import { describe, expect, it } from "vitest";
import { type Caller, expectJson, makeCaller } from "../../support/caller.ts";
import { type Deployment, deployWorker } from "../../support/deployment.ts";
import { expectProblem } from "../../support/problems.ts";
import { countTasks, makeDue, readTaskRow } from "../../support/tasks.ts";

const NAME = "check_item_photo_processing";
const DAY_MS = 24 * 3_600_000;

interface Enqueued {
	id: string;
	state: string;
	due_at: string | null;
	is_new: boolean;
}
interface EnqueuedTasks {
	tasks: Enqueued[];
	group_id: string | null;
	callback: Enqueued | null;
}

async function setUp(scopes = ["photos:read", "photos:write", "tasks:read", "tasks:write"]) {
	const worker = deployWorker();
	const ana = await makeCaller(worker, { scopes });
	const item = await ana.createItem();
	return { worker, ana, item, args: { item_id: item.id } };
}

const post = (ana: Caller, path: string, body: unknown, headers = {}) => ana.json("POST", path, body, headers);
const enqueue = async (ana: Caller, body: unknown, headers = {}) =>
	expectJson<Enqueued>(await post(ana, `/v1/tasks/${NAME}`, body, headers), 202);
const enqueueMany = async (ana: Caller, body: unknown, headers = {}) =>
	expectJson<EnqueuedTasks>(await post(ana, "/v1/tasks", body, headers), 202);
const deliverAll = async (worker: Deployment) => {
	while (worker.sent.length > 0) {
		const { body, queue } = worker.sent.shift() as Deployment["sent"][number];
		await worker.deliver(body, { queue, messageId: crypto.randomUUID() });
	}
};

describe("a task", () => {
	it("is written, sent and run", async () => {
		const { worker, ana, item, args } = await setUp();
		const response = await post(ana, `/v1/tasks/${NAME}`, { arguments: args });
		expect(response.headers.get("location")).toMatch(/^\/v1\/tasks\/.+/);
		const task = await expectJson<Enqueued>(response, 202);
		expect(task).toMatchObject({ state: "sent", is_new: true });
		expect(worker.sent).toEqual([{ queue: "tasks", body: { task_id: task.id }, delaySeconds: 0 }]);
		expect(await readTaskRow(task.id)).toMatchObject({ itemId: item.id, ownerId: "ana", maxAttempts: 4 });
		await deliverAll(worker);
		expect(await ana.readTask(task.id)).toMatchObject({ state: "succeeded", result: { is_processing_photos: false } });
	});

	it("with a countdown waits in the queue", async () => {
		const { worker, ana, args } = await setUp();
		const { id, due_at } = await enqueue(ana, { arguments: args, countdown: 90, max_attempts: 2 });
		expect(worker.sent).toMatchObject([{ delaySeconds: 90 }]);
		expect(await readTaskRow(id)).toMatchObject({ state: "sent", dueAt: Date.parse(due_at ?? ""), maxAttempts: 2 });
	});

	it("that is due later than a queue can wait is sent by the sweep of its minute", async () => {
		const { worker, ana, args } = await setUp();
		const dueAt = Date.now() + 40 * DAY_MS;
		const { id, state } = await enqueue(ana, { arguments: args, eta: new Date(dueAt).toISOString() });
		expect(state).toBe("pending");
		await worker.sweep(dueAt - 60_000);
		expect(worker.sent).toEqual([]);
		await worker.sweep(dueAt + 1);
		expect(worker.sent).toMatchObject([{ body: { task_id: id }, delaySeconds: 0 }]);
		await makeDue(id);
		await deliverAll(worker);
		expect((await readTaskRow(id)).state).toBe("succeeded");
	});

	it("whose moment has passed starts at once", async () => {
		const { worker, ana, args } = await setUp();
		const { due_at } = await enqueue(ana, { arguments: args, eta: "2020-01-01T00:00:00+02:00" });
		expect(Date.parse(due_at ?? "")).toBeGreaterThan(Date.now() - 60_000);
		expect(worker.sent).toMatchObject([{ delaySeconds: 0 }]);
	});

	it.each(["body", "header"])("with a key (in the %s) is enqueued once", async (where) => {
		const { worker, ana, args } = await setUp();
		const send = () =>
			where === "body"
				? enqueue(ana, { arguments: args, idempotency_key: "key-1" })
				: enqueue(ana, { arguments: args }, { "idempotency-key": "key-1" });
		const [first, ...more] = await Promise.all([send(), send(), send()]);
		expect(new Set([first, ...more].map((task) => task?.id)).size).toBe(1);
		expect([first, ...more].filter((task) => task?.is_new)).toHaveLength(1);
		expect(worker.sent).toHaveLength(1);
		expect(await enqueue(ana, { arguments: args, idempotency_key: "key-2" })).toMatchObject({ is_new: true });
	});

	it("with a key of another task is refused", async () => {
		const { ana, args } = await setUp();
		await enqueue(ana, { arguments: args, idempotency_key: "key-1" });
		const other = { item_id: (await ana.createItem()).id };
		const response = await post(ana, `/v1/tasks/${NAME}`, { arguments: other, idempotency_key: "key-1" });
		await expectProblem(response, "idempotency_key_reused");
	});

	it("for a photo that failed works on it again, and joins one that already does", async () => {
		const { worker, ana, item } = await setUp();
		const photo = await ana.createPhoto(item.id);
		const path = "/v1/tasks/process_photo_to_avif";
		const joined = await expectJson<Enqueued>(await post(ana, path, { arguments: { photo_id: photo.id } }), 202);
		expect(joined).toMatchObject({ id: photo.task_id, is_new: false });
		await post(ana, `/v1/tasks/${photo.task_id}/cancel`, {});
		expect((await ana.readPhoto(photo.id)).state).toBe("failed");
		const again = await expectJson<Enqueued>(await post(ana, path, { arguments: { photo_id: photo.id } }), 202);
		expect(again.is_new).toBe(true);
		expect(await ana.readPhoto(photo.id)).toMatchObject({ state: "processing", task_id: again.id, error: null });
		expect((await ana.readItem(item.id)).is_processing_photos).toBe(true);
		await deliverAll(worker);
		expect((await ana.readPhoto(photo.id)).state).toBe("processed");
	});
});

describe("a batch", () => {
	it("is written as a whole and sent in one call a queue", async () => {
		const { worker, ana, args } = await setUp();
		const body = { tasks: Array.from({ length: 100 }, () => ({ name: NAME, arguments: args })) };
		const { tasks, group_id } = await enqueueMany(ana, body);
		expect([tasks.length, group_id, worker.sent.length]).toEqual([100, null, 100]);
		await deliverAll(worker);
		for (const { id } of [tasks[0], tasks[99]] as Enqueued[]) expect((await readTaskRow(id)).state).toBe("succeeded");
	});

	it("with one bad member is refused as a whole, and every fault is told", async () => {
		const { worker, ana, args } = await setUp();
		const tasks = [
			{ name: NAME, arguments: args },
			{ name: NAME, arguments: {} },
			{ name: NAME, arguments: { item_id: 7 }, eta: "2999-01-01T00:00:00Z" },
		];
		const { detail, faults } = await expectProblem(await post(ana, "/v1/tasks", { tasks }), "invalid_request");
		expect((faults as { field: string }[]).map(({ field }) => field)).toEqual([
			"tasks.1.arguments.item_id",
			"tasks.2.eta",
			"tasks.2.arguments.item_id",
		]);
		expect(detail).toContain("Nothing was enqueued.");
		expect([await countTasks(), worker.sent.length]).toEqual([0, 0]);
	});

	it("whose key names two different tasks is refused as a whole, and the same task twice is one", async () => {
		const { ana, args } = await setUp();
		const other = await ana.createItem();
		const member = (item_id: string) => ({ name: NAME, arguments: { item_id }, idempotency_key: "one" });
		const different = { tasks: [member(args.item_id), member(other.id)] };
		await expectProblem(await post(ana, "/v1/tasks", different), "idempotency_key_reused");
		expect(await countTasks()).toBe(0);
		const { tasks } = await enqueueMany(ana, { tasks: [member(args.item_id), member(args.item_id)] });
		expect(tasks.map(({ is_new }) => is_new)).toEqual([true, false]);
		expect(new Set(tasks.map(({ id }) => id)).size).toBe(1);
	});

	it("of a repeated request is the first's, group and callback too", async () => {
		const { ana, args } = await setUp();
		const body = { tasks: [{ name: NAME, arguments: args }], callback: { name: NAME, arguments: args } };
		const first = await enqueueMany(ana, body, { "idempotency-key": "batch-1" });
		const second = await enqueueMany(ana, body, { "idempotency-key": "batch-1" });
		expect(second.group_id).toBe(first.group_id);
		expect([second.tasks[0]?.id, second.callback?.id]).toEqual([first.tasks[0]?.id, first.callback?.id]);
		expect(await countTasks()).toBe(2);
	});
});

describe("a group", () => {
	it("starts its callback once, when its last task has ended", async () => {
		const { worker, ana, args } = await setUp();
		const tasks = Array.from({ length: 3 }, () => ({ name: NAME, arguments: args }));
		const group = await enqueueMany(ana, { tasks, callback: { name: NAME, arguments: args } });
		const callbackId = group.callback?.id ?? "";
		expect(group).toMatchObject({ group_id: expect.any(String), callback: { state: "pending", due_at: null } });
		const [first, second, third] = [...worker.sent];
		worker.sent.length = 0;
		await worker.sweep(Date.now() + 30 * DAY_MS);
		expect(worker.sent.map(({ body }) => (body as { task_id: string }).task_id)).not.toContain(callbackId);
		worker.sent.length = 0;
		for (const message of [first, second]) await worker.deliver(message?.body, { queue: "tasks" });
		expect([worker.sent, (await readTaskRow(callbackId)).state]).toEqual([[], "pending"]);
		await worker.deliver(third?.body, { queue: "tasks" });
		await worker.deliver(third?.body, { queue: "tasks", messageId: "doubled" });
		expect(worker.sent).toMatchObject([{ body: { task_id: callbackId } }]);
		await deliverAll(worker);
		expect(await readTaskRow(callbackId)).toMatchObject({ state: "succeeded", attemptCount: 1 });
	});

	it("ends by a cancelled task too", async () => {
		const { worker, ana, args } = await setUp();
		const group = await enqueueMany(ana, {
			tasks: [{ name: NAME, arguments: args }],
			callback: { name: NAME, arguments: args },
		});
		worker.sent.length = 0;
		await expectJson(await post(ana, `/v1/tasks/${group.tasks[0]?.id}/cancel`, {}));
		expect(worker.sent).toMatchObject([{ body: { task_id: group.callback?.id } }]);
	});
});

describe("what does not fit is refused", () => {
	it("a field that is not known, wherever it stands: a misspelt countdown must not start a task at once", async () => {
		const { ana, item, args } = await setUp();
		const work = { name: NAME, arguments: args };
		const bodies = [
			{ path: `/v1/tasks/${NAME}`, body: { arguments: args, count_down: 60 } },
			{ path: "/v1/tasks", body: { tasks: [{ ...work, delay: 60 }] } },
			{ path: "/v1/tasks", body: { tasks: [work], callback: { ...work, countdown: 60 } } },
			{ path: "/v1/tasks", body: { tasks: [work], call_back: work } },
			{ path: "/v1/tasks/bulk", body: { action: "cancel", filter: { item_id: item.id }, dryrun: true } },
		];
		for (const { path, body } of bodies) {
			const { detail } = await expectProblem(await post(ana, path, body), "invalid_request");
			expect(detail).toContain("Unrecognized key");
		}
		expect(await countTasks()).toBe(0);
	});

	it.each<[string, object, string]>([
		["arguments that lack a field", { arguments: {} }, "arguments.item_id"],
		["arguments that are no object", { arguments: [] }, "arguments"],
		["a negative countdown", { countdown: -1 }, "countdown"],
		["a countdown of years", { countdown: 1e9 }, "countdown"],
		["an eta of years", { arguments: { item_id: "x" }, eta: "2999-01-01T00:00:00Z" }, "eta"],
		["an eta without a zone", { eta: "2027-01-01T00:00:00" }, "eta"],
		["an eta that is none", { eta: "tomorrow" }, "eta"],
		["countdown and eta", { countdown: 1, eta: "2027-01-01T00:00:00Z" }, "eta"],
		["no attempts", { max_attempts: 0 }, "max_attempts"],
		["a key of blanks", { idempotency_key: "a b" }, "idempotency_key"],
	])("%s", async (_, body, field) => {
		const { ana } = await setUp();
		const { faults } = await expectProblem(await post(ana, `/v1/tasks/${NAME}`, body), "invalid_request");
		expect((faults as { field: string }[]).map((fault) => fault.field)).toContain(field);
		expect(await countTasks()).toBe(0);
	});

	it("an unknown task, with where to look", async () => {
		const { ana } = await setUp();
		const { detail } = await expectProblem(await post(ana, "/v1/tasks/make_tea", {}), "unknown_task");
		expect(detail).toContain("/v1/tasks/registered");
	});

	it("more than a hundred tasks", async () => {
		const { ana, args } = await setUp();
		const tasks = Array.from({ length: 101 }, () => ({ name: NAME, arguments: args }));
		await expectProblem(await post(ana, "/v1/tasks", { tasks }), "invalid_request");
	});

	it("a task about what is another's", async () => {
		const { worker, args } = await setUp();
		const bob = await makeCaller(worker, { ownerId: "bob", scopes: ["tasks:write"] });
		await expectProblem(await post(bob, `/v1/tasks/${NAME}`, { arguments: args }), "not_found");
		expect(await countTasks()).toBe(0);
	});

	it("a token without the scope", async () => {
		const { ana, args } = await setUp(["photos:write", "tasks:read"]);
		await expectProblem(await post(ana, `/v1/tasks/${NAME}`, { arguments: args }), "insufficient_scope");
	});
});
