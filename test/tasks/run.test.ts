/** Running a task: whatever its handler does, the task is released and its fate is written down. */
import { expect, it } from "vitest";
import { removals } from "../../src/db/schema.ts";
import { AppError } from "../../src/errors.ts";
import { createRegistry } from "../../src/tasks/define.ts";
import { completed, discard, retry } from "../../src/tasks/outcome.ts";
import { makeCaller } from "../support/caller.ts";
import { deployWorker } from "../support/deployment.ts";
import { type Act, definePlainTask, plainDatabase, runPlainTask, writePlainTask } from "../support/plain-task.ts";
import { changeTaskRow, makeDue, readAttempts, readTaskRow, type TaskRow } from "../support/tasks.ts";

const slow = () => new AppError("not_ready", "Come back later.", { log: "the secret reason" });
const hopeless = () => new AppError("malformed_image", "It is broken.", { log: "the secret reason" });
const throwing =
	(thrown: unknown): Act =>
	() => {
		throw thrown;
	};

/** What has to be sent afterwards. */
const nothing: object[] = [];
const again = [{}];

it.each<[string, Act, object, object[]]>([
	["completes", ({ word }) => completed({ word }), { state: "succeeded", result: { word: "goal" } }, nothing],
	["asks for a retry", () => retry(slow(), 90), { state: "retrying", error: { code: "not_ready" } }, again],
	["discards", () => discard(hopeless()), { state: "failed", error: { code: "malformed_image" } }, nothing],
	["throws what may pass", throwing(slow()), { state: "retrying" }, again],
	["throws what will not", throwing(hopeless()), { state: "failed", error: { code: "malformed_image" } }, nothing],
	[
		"throws an ordinary error",
		throwing(new TypeError("oops")),
		{ state: "retrying", error: { code: "internal_error" } },
		again,
	],
	["throws no error at all", throwing("oops"), { state: "retrying", error: { code: "internal_error" } }, again],
])("a handler that %s is written down as such", async (_, act, row, after) => {
	const definition = definePlainTask(act);
	const id = await writePlainTask(definition);
	expect(await runPlainTask(definition, id)).toMatchObject(after.map(() => ({ id, queue: "photos" })));
	const task = await readTaskRow(id);
	expect(task).toMatchObject({ ...row, leaseToken: null, attemptCount: 1 });
	expect(JSON.stringify({ ...task.error, causes: null })).not.toMatch(/secret|oops/);
	const [attempt] = await readAttempts(id);
	expect(attempt?.endedAt).not.toBeNull();
});

it("a retry waits as long as the handler says, and the sweep looks after it", async () => {
	const definition = definePlainTask(() => retry(slow(), 90));
	const id = await writePlainTask(definition);
	await runPlainTask(definition, id);
	const { dueAt, wakeAt } = await readTaskRow(id);
	const [attempt] = await readAttempts(id);
	expect(dueAt).toBe((attempt?.endedAt ?? 0) + 90_000);
	expect(wakeAt).toBe(dueAt + 120_000);
});

it("a retry beyond the last attempt is a failure, with its effects", async () => {
	const effects: string[] = [];
	const definition = definePlainTask(() => retry(slow(), 1), {
		effectsOfFailure: (_, { word }, error) => {
			effects.push(`${word} ${error.code}`);
			return [];
		},
	});
	const id = await writePlainTask(definition);
	const after = [];
	for (let attempt = 1; attempt <= 4; attempt++) {
		await makeDue(id);
		after.push((await runPlainTask(definition, id)).length);
	}
	expect(after).toEqual([1, 1, 0, 0]);
	expect(await readTaskRow(id)).toMatchObject({ state: "failed", attemptCount: 3, wakeAt: null });
	expect((await readAttempts(id)).map(({ outcome }) => outcome)).toEqual(["retry", "retry", "retry"]);
	expect(effects).toEqual(["goal not_ready"]);
});

it("effects are written with the outcome, or not at all", async () => {
	const definition = definePlainTask(async ({ word }) => {
		// Meanwhile the task was cancelled: this attempt holds nothing any more.
		if (word === "goal")
			await changeTaskRow(cancelled, { state: "cancelled", leaseToken: null, wakeAt: null, finishedAt: 1 });
		return completed(null, (holdsLease) => [plainDatabase().delete(removals).where(holdsLease)]);
	});
	const countRemovals = () => plainDatabase().$count(removals);
	await plainDatabase().insert(removals).values({ objectKey: "effect", dueAt: 0 });
	const cancelled = await writePlainTask(definition);
	expect(await runPlainTask(definition, cancelled)).toEqual(nothing);
	expect([(await readTaskRow(cancelled)).state, await countRemovals()]).toEqual(["cancelled", 1]);
	const held = await writePlainTask(definition);
	await changeTaskRow(held, { arguments: { word: "held" } });
	await runPlainTask(definition, held);
	expect([(await readTaskRow(held)).state, await countRemovals()]).toEqual(["succeeded", 0]);
});

it("arguments that do not fit fail the task without running it", async () => {
	let runs = 0;
	const definition = definePlainTask(() => {
		runs += 1;
		return completed(null);
	});
	const id = await writePlainTask(definition);
	await changeTaskRow(id, { arguments: { word: 7 } });
	await runPlainTask(definition, id);
	const task = await readTaskRow(id);
	expect([runs, task.state, task.error?.code]).toEqual([0, "failed", "invalid_request"]);
	expect(task.error?.detail).toContain("word");
});

it("arguments that do not fit keep nobody from ending their task: not the worker, the sweep or a person", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker, { scopes: ["photos:write", "tasks:write"] });
	const unfit = async (changes: Partial<TaskRow> = {}) => {
		const { task_id: id } = await ana.createPhoto();
		await changeTaskRow(id, { arguments: {}, ...changes });
		return id;
	};
	const [delivered, cancelled] = [await unfit(), await unfit()];
	const dead = await unfit({ lostCount: 2, wakeAt: 1 });
	expect(await worker.deliver({ task_id: delivered })).toEqual({ isAcknowledged: true, retries: [] });
	await worker.sweep(Date.now());
	expect((await ana.send("POST", `/v1/tasks/${cancelled}/cancel`)).status).toBe(200);
	const rows = await Promise.all([delivered, dead, cancelled].map(readTaskRow));
	expect(rows.map(({ state }) => state)).toEqual(["failed", "failed", "cancelled"]);
});

it("a task of a kind that nobody knows fails, and says so", async () => {
	const id = await writePlainTask(definePlainTask(undefined, { name: "forgotten_task" }));
	await runPlainTask(definePlainTask(), id);
	const task = await readTaskRow(id);
	expect([task.state, task.error?.detail]).toEqual(["failed", expect.stringContaining("forgotten_task")]);
});

it("two kinds of one name are refused when the Worker starts", () => {
	expect(() => createRegistry([definePlainTask(), definePlainTask()])).toThrow("share a name");
});
