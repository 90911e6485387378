/** What a client is told of a task. */
import type { z } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import type { registeredTasksJson, taskPage } from "../../../src/api/tasks/read-schemas.ts";
import { findTask } from "../../../src/db/tasks.ts";
import { taskRegistry } from "../../../src/handlers/registry.ts";
import { NEVER } from "../../../src/tasks/enqueue.ts";
import { type Caller, expectJson, makeCaller } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { failingBindings } from "../../support/failing-bindings.ts";
import { writePlainTask } from "../../support/plain-task.ts";
import { expectProblem } from "../../support/problems.ts";
import { expectNoScans } from "../../support/query-plans.ts";
import { changeTaskRow, makeDue } from "../../support/tasks.ts";

it("a waiting task has no attempts and no times but its own", async () => {
	const ana = await makeCaller(deployWorker());
	const { id, task_id } = await ana.createPhoto();
	expect(await ana.readTask(task_id)).toEqual({
		id: task_id,
		name: "process_photo_to_avif",
		queue: "photos",
		state: "sent",
		arguments: { photo_id: id },
		item_id: null,
		photo_id: id,
		attempt_count: 0,
		max_attempts: 4,
		attempts: [],
		created_at: expect.stringMatching(/Z$/),
		sent_at: expect.stringMatching(/Z$/),
		started_at: null,
		finished_at: null,
		wait_ms: null,
		run_ms: null,
		result: null,
		error: null,
		due_at: expect.stringMatching(/Z$/),
		snooze_count: 0,
		lost_count: 0,
		progress: null,
		idempotency_key: null,
		parent_id: null,
		parent: null,
		children: [],
		retry_of: null,
		retried_as: null,
		group_id: null,
		callback_of: null,
		group: null,
	});
});

it("every attempt is told, with how it ended and how long it took", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { task_id } = await ana.createPhoto();
	await deployWorker(failingBindings(worker.env, (call) => call === "MEDIA.get").env).deliver({ task_id });
	await makeDue(task_id);
	await worker.deliver({ task_id });
	const task = await ana.readTask(task_id);
	expect(task).toMatchObject({ state: "succeeded", attempt_count: 2, error: null });
	expect(task.attempts).toMatchObject([
		{ number: 1, outcome: "retry", error: { code: "internal_error" } },
		{ number: 2, outcome: "completed", error: null },
	]);
	for (const { duration_ms, wait_ms } of task.attempts) {
		expect(duration_ms).toBeGreaterThanOrEqual(0);
		expect(wait_ms).toBeGreaterThanOrEqual(0);
	}
	expect(task.attempts[1]?.peak_memory_bytes).toBeGreaterThan(0);
	expect(task.wait_ms).toBeGreaterThanOrEqual(0);
	expect(task.run_ms).toBe(task.attempts[1]?.duration_ms);
	expect(JSON.stringify(task)).not.toMatch(/lease|isolate|MEDIA/);
	const told = await (await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] })).readTask(task_id);
	expect(told.attempts).toMatchObject([
		{ isolate: expect.stringMatching(/\S/), error: { causes: [expect.stringContaining("MEDIA.get failed")] } },
		{ isolate: expect.stringMatching(/\S/), error: null },
	]);
});

it("a failed photo tells its reason, and nobody its causes", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { id, task_id } = await ana.createPhoto();
	const causes = ["Error: inside"];
	await changeTaskRow(task_id, { error: { code: "internal_error", detail: "It broke.", causes } });
	await worker.env.DB.prepare("UPDATE photos SET state = 'failed', error = (SELECT error FROM tasks)").run();
	expect((await ana.readPhoto(id)).error).toEqual({ code: "internal_error", detail: "It broke." });
	expect((await ana.readTask(task_id)).error).toEqual({ code: "internal_error", detail: "It broke." });
});

/** A group of three with its callback, whose first member enqueued a child and was tried again. */
async function writeFamily() {
	const [first, second, third, callback, child, retry] = (await Promise.all(
		Array.from({ length: 6 }, () => writePlainTask()),
	)) as [string, string, string, string, string, string];
	const error = { code: "internal_error", detail: "It broke.", causes: ["Error: inside"] };
	await changeTaskRow(first, { groupId: "group", state: "failed", error, finishedAt: 5 });
	await changeTaskRow(second, { groupId: "group", state: "succeeded", finishedAt: 5 });
	await changeTaskRow(third, { groupId: "group" });
	await changeTaskRow(callback, { callbackOf: "group", state: "pending", dueAt: NEVER, wakeAt: null });
	await changeTaskRow(child, { parentId: first });
	await changeTaskRow(retry, { retryOf: first });
	return { first, second, third, callback, child, retry };
}

it("a task tells its parent, its children, its group and what tries it again, in one round trip", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { first, third, callback, child, retry } = await writeFamily();
	const counted = failingBindings(worker.env, () => false);
	const told = await ana.at(deployWorker(counted.env)).readTask(first);
	expect(counted.calls).toEqual(["DB.raw", "DB.batch"]); // the token, and all the rest
	expect(told).toMatchObject({
		children: [{ id: child, name: "plain_task", state: "sent" }],
		retried_as: retry,
		group_id: "group",
		parent: null,
		group: null,
	});
	expect(await ana.readTask(child)).toMatchObject({
		parent_id: first,
		parent: { id: first, name: "plain_task", state: "failed" },
		children: [],
	});
	expect(await ana.readTask(retry)).toMatchObject({ retry_of: first, retried_as: null });
	const waiting = await ana.readTask(callback);
	expect(waiting).toMatchObject({ callback_of: "group", due_at: null });
	expect(waiting.group).toEqual({
		id: "group",
		counts: { failed: 1, succeeded: 1, sent: 1 },
		not_succeeded: [first, third].sort().map((id) => ({
			id,
			name: "plain_task",
			state: id === first ? "failed" : "sent",
			error: id === first ? { code: "internal_error", detail: "It broke." } : null,
		})),
	});
	const operator = await makeCaller(worker, { scopes: ["admin"] });
	expect(JSON.stringify((await operator.readTask(callback)).group)).toContain("Error: inside");
});

it("no table is scanned for a task", async () => {
	await expectNoScans((db) => findTask(db, "unknown", { ownerId: "ana" }));
});

describe("the list of tasks", () => {
	const list = async (caller: Caller, query = "") =>
		expectJson<z.infer<typeof taskPage>>(await caller.get(`/v1/tasks${query}`));
	const idsIn = async (caller: Caller, query: string) => (await list(caller, query)).tasks.map(({ id }) => id);

	it("shows one's own, newest first; an administrator sees everybody's", async () => {
		const worker = deployWorker();
		const [ana, ben] = [await makeCaller(worker), await makeCaller(worker, { ownerId: "ben" })];
		const operator = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
		const [anas, bens] = [await ana.createPhoto(), await ben.createPhoto()];
		expect(await idsIn(ana, "")).toEqual([anas.task_id]);
		expect(await idsIn(ben, "")).toEqual([bens.task_id]);
		expect(await idsIn(operator, "")).toEqual([bens.task_id, anas.task_id]);
		const [task] = (await list(ana)).tasks;
		const {
			arguments: _,
			result,
			attempts,
			parent,
			children,
			retried_as,
			group,
			idempotency_key,
			...rest
		} = await ana.readTask(anas.task_id);
		expect(task).toEqual(rest);
	});

	it("takes every filter, and goes on where a page ended", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const [first, second] = [await ana.createPhoto(item.id), await ana.createPhoto()];
		await worker.deliver({ task_id: second.task_id });
		const { created_at } = await ana.readTask(first.task_id);
		expect(await idsIn(ana, `?item_id=${item.id}&state=sent`)).toEqual([first.task_id]);
		expect(await idsIn(ana, `?photo_id=${second.id}`)).toEqual([second.task_id]);
		expect(await idsIn(ana, "?state=succeeded&name=process_photo_to_avif&queue=photos")).toEqual([second.task_id]);
		expect(await idsIn(ana, "?name=other")).toEqual([]);
		expect(await idsIn(ana, "?group_id=g")).toEqual([]);
		expect(await idsIn(ana, `?parent_id=${first.task_id}`)).toEqual([]);
		expect(await idsIn(ana, "?error=broke")).toEqual([]);
		expect(await idsIn(ana, `?created_before=${created_at}`)).toEqual([]);
		expect(await idsIn(ana, `?created_after=${created_at}`)).toEqual([second.task_id, first.task_id]);
		const page = await list(ana, "?limit=1");
		expect(page).toMatchObject({ tasks: [{ id: second.task_id }], next_cursor: second.task_id });
		expect(await list(ana, `?limit=1&cursor=${page.next_cursor}`)).toMatchObject({
			tasks: [{ id: first.task_id }],
			next_cursor: null,
		});
	});

	it.each([
		["state=done", "state"],
		["queue=other", "queue"],
		["created_after=yesterday", "created_after"],
		["error=", "error"],
		["limit=101", "limit"],
		["cursor=1", "cursor"],
		["stat=failed", "stat"],
	])("refuses ?%s, and names the field", async (query, field) => {
		const ana = await makeCaller(deployWorker());
		const problem = await expectProblem(await ana.get(`/v1/tasks?${query}`), "invalid_request");
		expect(JSON.stringify(problem.faults)).toContain(field);
	});

	it("needs the scope tasks:read", async () => {
		const ana = await makeCaller(deployWorker(), { scopes: ["photos:read"] });
		for (const path of ["/v1/tasks", "/v1/tasks/registered"]) {
			expect((await expectProblem(await ana.get(path), "insufficient_scope")).needed).toBe("tasks:read");
		}
	});
});

it("the kinds of tasks are told with their limits and the schema of their arguments", async () => {
	const ana = await makeCaller(deployWorker());
	const { tasks } = await expectJson<z.infer<typeof registeredTasksJson>>(await ana.get("/v1/tasks/registered"));
	expect(tasks.map(({ name }) => name)).toEqual([...taskRegistry.keys()]);
	expect(tasks.find(({ name }) => name === "process_photo_to_avif")).toMatchObject({
		description: expect.stringMatching(/\.$/),
		queue: "photos",
		max_attempts: 4,
		backoff: { base_seconds: 60, max_seconds: 3600 },
		soft_limit_seconds: 240,
		hard_limit_seconds: 300,
		lease_seconds: 330,
		unique: { period_seconds: 0 },
		result_life_seconds: 7 * 24 * 3600,
		is_internal: false,
		arguments: { type: "object", properties: { photo_id: { type: "string" } }, required: ["photo_id"] },
	});
});

it("an unknown task is told so", async () => {
	const ana = await makeCaller(deployWorker());
	await expectProblem(await ana.get("/v1/tasks/unknown"), "not_found");
});
