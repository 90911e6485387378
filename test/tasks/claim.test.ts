/** Who takes a task, takes it alone. */
import { describe, expect, it } from "vitest";
import { claimTask, type Delivery } from "../../src/tasks/claim.ts";
import { createRegistry } from "../../src/tasks/define.ts";
import { definePlainTask, plainDatabase, writePlainTask } from "../support/plain-task.ts";
import { changeTaskRow, readAttempts, readTaskRow, type TaskRow } from "../support/tasks.ts";

const start = 1_800_000_000_000;
const claim = (taskId: string, now = start, isolateId = "isolate-1", delivery?: Delivery) =>
	claimTask(plainDatabase(), taskId, {
		now,
		isolateId,
		registry: createRegistry([definePlainTask()]),
		...(delivery && { delivery }),
	});
const writeTask = (changes: Partial<TaskRow> = {}) =>
	writePlainTask(undefined, start).then(async (id) => {
		if (Object.keys(changes).length > 0) await changeTaskRow(id, changes);
		return id;
	});

it("a claim sets the lease, counts the attempt and notes who runs it", async () => {
	const id = await writeTask();
	const claimed = await claim(id);
	expect(claimed).toMatchObject({ id, state: "started", attemptCount: 1, startedAt: start, wakeAt: start + 60_000 });
	expect(await readTaskRow(id)).toEqual(claimed);
	expect(await readAttempts(id)).toEqual([
		{
			taskId: id,
			number: 1,
			leaseToken: claimed?.leaseToken,
			isolateId: "isolate-1",
			startedAt: start,
			endedAt: null,
			outcome: null,
			error: null,
			waitMs: 0,
			peakMemoryBytes: null,
			messageId: null,
			delivery: null,
		},
	]);
});

it("of twenty claims at once one wins", async () => {
	const id = await writeTask();
	const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => claim(id, start, `isolate-${n}`)));
	expect(claims.filter((claimed) => claimed !== undefined)).toHaveLength(1);
	expect(await readAttempts(id)).toHaveLength(1);
});

describe("nothing is claimed of", () => {
	it.each<[string, Partial<TaskRow>]>([
		["a task that succeeded", { state: "succeeded", wakeAt: null }],
		["a task that failed", { state: "failed", wakeAt: null }],
		["a cancelled task", { state: "cancelled", wakeAt: null }],
		["a task that somebody holds", { state: "started", leaseToken: "other", wakeAt: start + 1 }],
		["a task that is not due", { state: "retrying", dueAt: start + 2001 }],
		["a task without attempts left", { state: "sent", attemptCount: 3 }],
		["a task whose worker died twice", { state: "sent", attemptCount: 2, lostCount: 2 }],
	])("%s", async (_, changes) => {
		const id = await writeTask(changes);
		const before = await readTaskRow(id);
		expect(await claim(id)).toBeUndefined();
		expect(await readTaskRow(id)).toEqual(before);
		expect(await readAttempts(id)).toEqual([]);
	});

	it("a task that is not there", async () => {
		expect(await claim("unknown")).toBeUndefined();
	});
});

describe("claimed is", () => {
	it.each(["pending", "sent", "retrying"] as const)("a task that is %s", async (state) => {
		expect(await claim(await writeTask({ state }))).toMatchObject({ attemptCount: 1 });
	});

	it("a message that comes a little early, as clocks differ", async () => {
		expect(await claim(await writeTask({ state: "retrying", dueAt: start + 2000 }))).toBeDefined();
	});

	it("a task whose holder outlived its lease, and that attempt counts as lost", async () => {
		const id = await writeTask();
		const first = await claim(id);
		expect(await claim(id, start + 59_999)).toBeUndefined();
		const second = await claim(id, start + 60_000, "isolate-2");
		expect(second?.attemptCount).toBe(2);
		expect(second?.leaseToken).not.toBe(first?.leaseToken);
		expect((await readAttempts(id)).map(({ number, outcome, endedAt }) => [number, outcome, endedAt])).toEqual([
			[1, "lost", start + 60_000],
			[2, null, null],
		]);
	});
});

describe("a message that is delivered again", () => {
	const first = { messageId: "message-1", delivery: 1 };

	it("takes the task from the attempt that the first delivery began: its worker died", async () => {
		const id = await writeTask();
		await claim(id, start, "isolate-1", first);
		const second = await claim(id, start + 1000, "isolate-2", { ...first, delivery: 2 });
		expect(second).toMatchObject({ attemptCount: 2, lostCount: 1 });
		expect(await readAttempts(id)).toMatchObject([{ outcome: "lost", endedAt: start + 1000 }, { outcome: null }]);
	});

	it.each([
		["another message", { messageId: "message-2", delivery: 2 }],
		["the same delivery, doubled", first],
	])("takes nothing where it is %s", async (_, delivery) => {
		const id = await writeTask();
		await claim(id, start, "isolate-1", first);
		expect(await claim(id, start + 1000, "isolate-2", delivery)).toBeUndefined();
		expect(await readTaskRow(id)).toMatchObject({ state: "started", lostCount: 0 });
	});

	it("is not tried a third time when it killed two workers", async () => {
		const id = await writeTask();
		await claim(id, start, "isolate-1", first);
		await claim(id, start + 1, "isolate-2", { ...first, delivery: 2 });
		expect(await claim(id, start + 2, "isolate-3", { ...first, delivery: 3 })).toBeUndefined();
		expect(await readTaskRow(id)).toMatchObject({ state: "pending", lostCount: 2, wakeAt: start + 2 });
	});
});
