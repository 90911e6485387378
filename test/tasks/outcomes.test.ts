/** Outcomes beside success and retry: waits that cost nothing, cancellations, children, and handlers that misbehave. */
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { events, taskStatistics, tasks } from "../../src/db/schema.ts";
import { AppError } from "../../src/errors.ts";
import { createRegistry } from "../../src/tasks/define.ts";
import { endTasks } from "../../src/tasks/end-from-outside.ts";
import { cancel, completed, discard, type Outcome, retry, snooze } from "../../src/tasks/outcome.ts";
import { definePlainTask, plainDatabase, runPlainTask, writePlainTask } from "../support/plain-task.ts";
import { makeDue, readAttempts, readTaskRow } from "../support/tasks.ts";

const hopeless = () => new AppError("malformed_image", "It is broken.");

it("a snooze waits without costing an attempt, however often", async () => {
	const definition = definePlainTask((_, attempt) => (attempt < 1 ? completed(null) : snooze(30)), { maxAttempts: 2 });
	const id = await writePlainTask(definition);
	for (let n = 1; n <= 5; n++) {
		await makeDue(id);
		expect(await runPlainTask(definition, id)).toMatchObject([{ id }]);
		expect(await readTaskRow(id)).toMatchObject({ state: "sent", attemptCount: n, snoozeCount: n, error: null });
	}
	const attempts = await readAttempts(id);
	expect(attempts.map(({ outcome }) => outcome)).toEqual(Array(5).fill("snooze"));
	const { dueAt } = await readTaskRow(id);
	expect(dueAt).toBe((attempts.at(-1)?.endedAt ?? 0) + 30_000);
});

it("a snooze that is longer than a queue can wait is left to the sweep of its minute", async () => {
	const definition = definePlainTask(() => snooze(48 * 3600));
	const id = await writePlainTask(definition);
	await runPlainTask(definition, id);
	const { state, dueAt, wakeAt } = await readTaskRow(id);
	expect([state, wakeAt]).toEqual(["pending", dueAt]);
});

it("attempts are counted without the snoozed ones", async () => {
	const seen: number[] = [];
	const definition = definePlainTask((_, attempt) => {
		seen.push(attempt);
		return seen.length === 2 ? snooze(1) : retry(hopeless(), 1);
	});
	const id = await writePlainTask(definition);
	for (let n = 0; n < 5; n++) {
		await makeDue(id);
		await runPlainTask(definition, id);
	}
	expect(seen).toEqual([1, 2, 2, 3]);
	expect((await readTaskRow(id)).state).toBe("failed");
});

it("a handler may cancel its task, with the effects of a failure and no alarm", async () => {
	const effects: string[] = [];
	const definition = definePlainTask(() => cancel(new AppError("task_cancelled", "Nobody wants it.")), {
		effectsOfFailure: (_, __, error) => {
			effects.push(error.code);
			return [];
		},
	});
	const id = await writePlainTask(definition);
	await runPlainTask(definition, id);
	expect(await readTaskRow(id)).toMatchObject({ state: "cancelled", error: { code: "task_cancelled" } });
	expect([effects, await plainDatabase().$count(events)]).toEqual([["task_cancelled"], 0]);
});

it("a failure for good is an event, once, unless the task is a silent one", async () => {
	for (const isSilent of [false, true]) {
		const definition = definePlainTask(() => discard(hopeless()), { isSilent });
		const id = await writePlainTask(definition);
		await runPlainTask(definition, id);
		await runPlainTask(definition, id);
	}
	expect(await plainDatabase().select().from(events)).toMatchObject([
		{ type: "task.failed", ownerId: "ana", data: { name: "plain_task", code: "malformed_image", attempts: 1 } },
	]);
});

describe("children", () => {
	const child = definePlainTask(undefined, { name: "child_task" });

	it("are written with the outcome and sent after it", async () => {
		const definition = definePlainTask(() =>
			completed(null, undefined, {
				children: [
					{ definition: child, arguments: { word: "one" } },
					{ definition: child, arguments: { word: "two" }, options: { dueAt: Date.now() + 5000 } },
				],
			}),
		);
		const id = await writePlainTask(definition);
		const toSend = await runPlainTask(definition, id);
		const rows = await plainDatabase().select().from(tasks).where(eq(tasks.parentId, id)).orderBy(tasks.id);
		expect(rows).toMatchObject([
			{ name: "child_task", ownerId: "ana", arguments: { word: "one" }, state: "sent" },
			{ arguments: { word: "two" } },
		]);
		expect(toSend.map((task) => task.id)).toEqual(rows.map((row) => row.id));
	});

	it("of an attempt that lost its task are not", async () => {
		const definition = definePlainTask(async (_, __, { taskId }) => {
			const db = plainDatabase();
			const task = await readTaskRow(taskId);
			const ending = { kind: "cancel", error: hopeless() } as const;
			await endTasks(db, createRegistry([definition]), [task], ending, Date.now());
			return completed(null, undefined, { children: [{ definition: child, arguments: { word: "one" } }] });
		});
		const id = await writePlainTask(definition);
		expect(await runPlainTask(definition, id)).toEqual([]);
		expect(await plainDatabase().$count(tasks)).toBe(1);
	});
});

describe("a handler that", () => {
	it.each<[string, unknown]>([
		["returns nothing", undefined],
		["returns null", null],
		["returns a word", "done"],
		["returns an outcome of its own invention", { kind: "maybe" }],
		["returns an outcome named as every object's member", { kind: "constructor" }],
		["discards without a reason", { kind: "discard" }],
		["asks for a retry with an ordinary error", { kind: "retry", error: new Error("oops") }],
		["asks for a retry after no number", { kind: "retry", error: hopeless(), delaySeconds: Number.NaN }],
		["snoozes for ever", { kind: "snooze", delaySeconds: Number.POSITIVE_INFINITY }],
		["returns a result that is no JSON", { kind: "completed", result: 1n }],
		["returns a result that no row holds", { kind: "completed", result: "x".repeat(2_000_000) }],
		["has effects that throw", { kind: "completed", result: null, effects: () => JSON.parse("{") }],
		[
			"has a child that does not fit",
			{ kind: "completed", result: null, children: [{ definition: definePlainTask(), arguments: {} }] },
		],
	])("%s fails its task, and says so", async (_, answer) => {
		const definition = definePlainTask(() => answer as Outcome);
		const id = await writePlainTask(definition);
		await runPlainTask(definition, id);
		expect(await readTaskRow(id)).toMatchObject({ state: "failed", error: { code: "invalid_outcome" } });
	});

	it("throws null is tried again", async () => {
		const definition = definePlainTask(() => {
			throw null;
		});
		const id = await writePlainTask(definition);
		await runPlainTask(definition, id);
		expect(await readTaskRow(id)).toMatchObject({ state: "retrying", error: { code: "internal_error" } });
	});
});

describe("limits of time", () => {
	beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] }));
	afterEach(() => void vi.useRealTimers());

	it("a handler that never returns is cut off at the hard limit, and tried again", async () => {
		const { promise: began, resolve: begin } = Promise.withResolvers<void>();
		const definition = definePlainTask(() => {
			begin();
			return new Promise<Outcome>(() => {});
		});
		const id = await writePlainTask(definition);
		const running = runPlainTask(definition, id);
		await began;
		vi.advanceTimersByTime(definition.hardLimitMs);
		expect(await running).toMatchObject([{ id }]);
		expect(await readTaskRow(id)).toMatchObject({ state: "retrying", error: { code: "task_timeout" } });
		expect(await readAttempts(id)).toMatchObject([{ outcome: "retry", error: { code: "task_timeout" } }]);
	});

	it("the soft limit fires the signal, and what is thrown for it is told as that", async () => {
		const { promise: began, resolve: begin } = Promise.withResolvers<void>();
		const definition = definePlainTask((_, __, { signal }) => {
			begin();
			return new Promise<Outcome>((_, reject) => {
				signal.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
			});
		});
		const id = await writePlainTask(definition);
		const running = runPlainTask(definition, id);
		await began;
		vi.advanceTimersByTime(definition.softLimitMs);
		await running;
		expect(await readTaskRow(id)).toMatchObject({ state: "retrying", error: { code: "task_timeout" } });
	});

	it("a handler whose task is cancelled is told within seconds, and keeps nothing", async () => {
		const { promise: began, resolve: begin } = Promise.withResolvers<AbortSignal>();
		const definition = definePlainTask((_, __, { signal }) => {
			begin(signal);
			return new Promise<Outcome>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
		});
		const id = await writePlainTask(definition);
		const running = runPlainTask(definition, id);
		const signal = await began;
		const ending = { kind: "cancel", error: new AppError("task_cancelled", "Cancelled.") } as const;
		await endTasks(plainDatabase(), createRegistry([definition]), [await readTaskRow(id)], ending, Date.now());
		vi.advanceTimersByTime(5000);
		expect(await running).toEqual([]);
		expect([signal.aborted, (await readTaskRow(id)).state]).toEqual([true, "cancelled"]);
		expect(await readAttempts(id)).toMatchObject([{ outcome: "cancel" }]);
	});

	it("what a handler reports is shown while it runs", async () => {
		const { promise: finished, resolve: finish } = Promise.withResolvers<Outcome>();
		const { promise: began, resolve: begin } = Promise.withResolvers<void>();
		const definition = definePlainTask((_, __, { report }) => {
			for (let done = 0; done <= 7; done++) report({ done, total: 9, note: "tiles" });
			begin();
			return finished;
		});
		const id = await writePlainTask(definition);
		const running = runPlainTask(definition, id);
		await began;
		vi.advanceTimersByTime(5000);
		await vi.waitUntil(async () => (await readTaskRow(id)).progress !== null);
		expect((await readTaskRow(id)).progress).toEqual({ done: 7, total: 9, note: "tiles" });
		finish(completed(null));
		await running;
	});
});

it("what ended is counted by minute, task and state, with how long it waited and ran", async () => {
	const definition = definePlainTask((_, attempt) => (attempt === 1 ? retry(hopeless(), 0) : completed(null)));
	for (let n = 0; n < 3; n++) {
		const id = await writePlainTask(definition);
		await runPlainTask(definition, id);
		await runPlainTask(definition, id);
	}
	const rows = await plainDatabase().select().from(taskStatistics);
	const sum = (key: "waits" | "runs") => rows.flatMap((row) => Object.values(row[key])).reduce((a, b) => a + b, 0);
	expect(rows.every(({ name, state }) => name === "plain_task" && state === "succeeded")).toBe(true);
	expect([rows.reduce((all, { count }) => all + count, 0), sum("waits"), sum("runs")]).toEqual([3, 3, 3]);
});
