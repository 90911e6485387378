/** Schedules over the API: made, previewed, changed, run by hand. An edit never fires what has passed. */

import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { scheduleJson, scheduleWithTicks } from "../../../src/api/schedules/schemas.ts";
import { openDatabase } from "../../../src/db/database.ts";
import { schedules, ticks } from "../../../src/db/schema.ts";
import { type Caller, expectJson, makeCaller } from "../../support/caller.ts";
import { type Deployment, deployWorker } from "../../support/deployment.ts";
import { expectProblem } from "../../support/problems.ts";
import { readSchedule, readTasks, readTicks } from "../../support/schedules.ts";
import { changeTaskRow } from "../../support/tasks.ts";

type ScheduleJson = z.infer<typeof scheduleJson>;
type ScheduleWithTicksJson = z.infer<typeof scheduleWithTicks>;

const MINUTE_MS = 60_000;

const hourly = {
	name: "hourly-check",
	task: "check_item_photo_processing",
	arguments: { item_id: "item-1" },
	timing: { kind: "crontab", expression: "0 * * * *", time_zone: "Europe/Madrid" },
};

let worker: Deployment;
let admin: Caller;

beforeEach(async () => {
	worker = deployWorker();
	admin = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
});

const post = (path: string, body: unknown = {}) => admin.json("POST", path, body);
const make = async (changes: object = {}) =>
	expectJson<ScheduleJson>(await post("/v1/schedules", { ...hourly, ...changes }), 201);
const change = async (id: string, changes: object) =>
	expectJson<ScheduleJson>(await admin.json("PATCH", `/v1/schedules/${id}`, changes));
const read = async (id: string) => expectJson<ScheduleWithTicksJson>(await admin.get(`/v1/schedules/${id}`));

describe("a schedule", () => {
	it("is made with defaults that surprise nobody, and says when it is due, in words too", async () => {
		const made = await make();
		expect(made).toMatchObject({
			...hourly,
			timing: { kind: "crontab", expression: "0 * * * *", time_zone: "Europe/Madrid", starts_at: null, ends_at: null },
			description: "",
			misfire: "once",
			overlap: "skip",
			jitter_seconds: 0,
			enabled: true,
			run_count: 0,
			default_name: null,
		});
		expect(made.in_words).toContain("Europe/Madrid");
		const next = Date.parse(made.next_at ?? "");
		expect(next % (60 * MINUTE_MS)).toBe(0);
		expect(next).toBeGreaterThan(Date.now());
		const shown = await read(made.id);
		expect(shown.next_moments).toHaveLength(5);
		expect(shown.next_moments[0]?.at).toBe(made.next_at);
		expect(shown.ticks).toEqual([]);
	});

	it("is listed by name, page by page", async () => {
		for (const name of ["c", "a", "b"]) await make({ name });
		const names: string[] = [];
		let cursor: string | null = "";
		do {
			const page: { schedules: ScheduleJson[]; next_cursor: string | null } = await expectJson(
				await admin.get(`/v1/schedules?limit=2&cursor=${cursor}`),
			);
			names.push(...page.schedules.map(({ name }) => name));
			cursor = page.next_cursor;
		} while (cursor !== null);
		expect(names).toEqual(["a", "b", "c", "placeholder"]);
	});

	it("is previewed without being stored, over a change of the clocks", async () => {
		const timing = { kind: "crontab", expression: "30 2 * * *", time_zone: "Europe/Madrid" };
		const body = { timing, from: "2026-03-28T00:00:00Z", count: 3 };
		const { moments } = await expectJson<{ moments: { at: string; note: string | null }[] }>(
			await post("/v1/schedules/preview", body),
		);
		expect(moments.map(({ at }) => at)).toEqual([
			"2026-03-28T01:30:00.000Z",
			"2026-03-29T01:00:00.000Z",
			"2026-03-30T00:30:00.000Z",
		]);
		expect(moments.map(({ note }) => note !== null)).toEqual([false, true, false]);
	});

	it("is run by hand now, whatever its state, and that stands in its history", async () => {
		const { id } = await make({ enabled: false });
		const { task_id } = await expectJson<{ task_id: string }>(await post(`/v1/schedules/${id}/run`), 202);
		expect(worker.sent.map(({ body }) => body)).toEqual([{ task_id }]);
		expect(await read(id)).toMatchObject({
			run_count: 1,
			enabled: false,
			next_at: null,
			next_moments: [],
			ticks: [{ by_hand: true, outcome: "fired", task_id }],
		});
		const page = await expectJson<{ ticks: object[] }>(await admin.get(`/v1/schedules/${id}/ticks`));
		expect(page.ticks).toHaveLength(1);
	});

	it("has a history that is paged without loss, also where a run by hand has the moment of a tick", async () => {
		const { id } = await make({ enabled: false });
		const db = openDatabase(env.DB);
		for (const moment of [1000, 2000, 3000]) {
			for (const isByHand of [false, true]) {
				await db.insert(ticks).values({ scheduleId: id, moment, isByHand, outcome: "skipped", dealtWithAt: moment });
			}
		}
		const seen: string[] = [];
		for (let cursor: string | null = ""; cursor !== null; ) {
			const path: string = `/v1/schedules/${id}/ticks?limit=1&cursor=${cursor}`;
			const page = await expectJson<{ ticks: { moment: string; by_hand: boolean }[]; next_cursor: string | null }>(
				await admin.get(path),
			);
			seen.push(...page.ticks.map(({ moment, by_hand }) => `${Date.parse(moment)} ${by_hand}`));
			cursor = page.next_cursor;
		}
		expect(seen).toEqual(["3000 true", "3000 false", "2000 true", "2000 false", "1000 true", "1000 false"]);
	});

	it("is run by hand twice in a millisecond: each task has its tick, or is refused", async () => {
		const { id } = await make();
		vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] });
		const answers = await Promise.all([post(`/v1/schedules/${id}/run`), post(`/v1/schedules/${id}/run`)]);
		expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
		const [task, ...others] = await readTasks();
		expect(others).toEqual([]);
		expect(await readTicks(id)).toMatchObject([{ taskId: task?.id }]);
		expect(await readSchedule(id)).toMatchObject({ runCount: 1 });
	});

	it("is deleted with its history; its tasks stay", async () => {
		const { id } = await make();
		await post(`/v1/schedules/${id}/run`);
		expect((await admin.delete(`/v1/schedules/${id}`)).status).toBe(204);
		await expectProblem(await admin.get(`/v1/schedules/${id}`), "not_found");
		expect(await readTicks(id)).toEqual([]);
		expect(await readTasks()).toHaveLength(1);
	});
});

describe("an edit", () => {
	it("of the timing fires nothing that has passed, and keeps the count of runs", async () => {
		const { id } = await make();
		await post(`/v1/schedules/${id}/run`);
		const changed = await change(id, { timing: { kind: "crontab", expression: "* * * * *" }, misfire: "all" });
		expect(changed).toMatchObject({ run_count: 1 });
		await worker.sweep(Date.now());
		expect(await readTasks()).toHaveLength(1);
		const { since, lookAt } = await readSchedule(id);
		expect(lookAt).toBeGreaterThan(since);
		expect(since).toBeGreaterThan(Date.now() - MINUTE_MS);
	});

	it("at the moment at which a tick is due and not yet fired fires that one, and then counts from now", async () => {
		const { id } = await make({ timing: { kind: "crontab", expression: "* * * * *" } });
		const due = Date.now() - MINUTE_MS;
		await openDatabase(env.DB)
			.update(schedules)
			.set({ lookAt: Math.ceil(due / MINUTE_MS) * MINUTE_MS, since: due - 1 })
			.where(eq(schedules.id, id));
		await change(id, { timing: hourly.timing });
		const ticks = await readTicks(id);
		expect(ticks).toMatchObject([{ outcome: "fired", moment: Math.ceil(due / MINUTE_MS) * MINUTE_MS }]);
		expect(await readSchedule(id)).toMatchObject({ runCount: 1 });
		expect((await readSchedule(id)).lookAt).toBeGreaterThan(Date.now());
	});

	it("that enables again fires nothing of the time between, once or ever", async () => {
		const { id } = await make({ timing: { kind: "crontab", expression: "* * * * *" }, misfire: "all" });
		expect(await expectJson(await post(`/v1/schedules/${id}/disable`))).toMatchObject({
			enabled: false,
			next_at: null,
		});
		await worker.sweep(Date.now() + 10 * MINUTE_MS);
		expect(await expectJson(await post(`/v1/schedules/${id}/enable`))).toMatchObject({ enabled: true });
		await worker.sweep(Date.now());
		expect(await readTicks(id)).toEqual([]);
	});

	it("that disables one whose tick waits says in the history what became of that tick", async () => {
		const { id } = await make({ overlap: "queue_one" });
		const { lookAt } = await readSchedule(id);
		await worker.sweep(lookAt ?? 0);
		await worker.sweep((lookAt ?? 0) + 60 * MINUTE_MS);
		expect((await readTicks(id)).map(({ outcome }) => outcome)).toEqual(["fired", "held"]);
		await post(`/v1/schedules/${id}/disable`);
		expect(await readSchedule(id)).toMatchObject({ heldMoment: null, lookAt: null });
		expect((await readTicks(id))[1]).toMatchObject({ outcome: "skipped", reason: "disabled", taskId: null });
		await post(`/v1/schedules/${id}/enable`);
		await worker.sweep((lookAt ?? 0) + 61 * MINUTE_MS);
		expect(await readTasks()).toHaveLength(1);
	});

	it("gives one that this version cannot read another timing, or disables it", async () => {
		const { id } = await make();
		const spoil = () =>
			env.DB.prepare('UPDATE schedules SET timing = \'{"kind":"solar"}\', look_at = 1 WHERE id = ?').bind(id).run();
		await spoil();
		await expectProblem(await admin.json("PATCH", `/v1/schedules/${id}`, { description: "a" }), "conflict");
		expect(await change(id, { timing: hourly.timing })).toMatchObject({ enabled: true });
		expect((await readSchedule(id)).lookAt).toBeGreaterThan(Date.now());
		await spoil();
		expect(await expectJson(await post(`/v1/schedules/${id}/disable`))).toMatchObject({ enabled: false });
	});

	it("733 of django-celery-beat: no edit resets the count of runs or the history", async () => {
		const { id } = await make();
		for (let run = 0; run < 3; run++) {
			await post(`/v1/schedules/${id}/run`);
			const [task] = (await readTasks()).slice(-1);
			await changeTaskRow(task?.id ?? "", { state: "succeeded", finishedAt: 1, wakeAt: null });
		}
		const soon = new Date(Date.now() + MINUTE_MS).toISOString();
		for (const changes of [
			{ timing: { kind: "one_off", at: soon } },
			{ timing: { kind: "interval", every: 5, unit: "minutes", anchor_at: soon } },
			{ name: "renamed", task: "cleanup_task_results", arguments: {} },
			{ enabled: false },
			{ enabled: true, misfire: "all", overlap: "allow", jitter_seconds: 9 },
		]) {
			expect(await change(id, changes)).toMatchObject({ run_count: 3 });
			expect((await read(id)).ticks).toHaveLength(3);
		}
	});

	it("to a timing that is never due again is refused, as it is for a new schedule", async () => {
		const { id } = await make();
		for (const timing of [
			{ kind: "one_off", at: "2020-01-01T00:00:00Z" },
			{ kind: "crontab", expression: "0 0 * * *", ends_at: "2020-01-01T00:00:00Z" },
		]) {
			const answer = await admin.json("PATCH", `/v1/schedules/${id}`, { timing });
			expect((await expectProblem(answer, "invalid_request")).faults).toMatchObject([{ field: "timing" }]);
		}
		expect((await read(id)).timing).toMatchObject(hourly.timing);
	});

	it("that enables what has no moment left says so", async () => {
		const at = new Date(Date.now() + MINUTE_MS).toISOString();
		const { id } = await make({ timing: { kind: "one_off", at } });
		await worker.sweep(Date.parse(at));
		await post(`/v1/schedules/${id}/disable`);
		vi.useFakeTimers({ now: Date.parse(at) + 1, toFake: ["Date"] });
		await expectProblem(await post(`/v1/schedules/${id}/enable`), "conflict");
		expect((await readSchedule(id)).isEnabled).toBe(false);
	});

	it("is shown with the moment that comes next, also while a tick waits for the one before", async () => {
		const { id } = await make({ overlap: "queue_one" });
		const first = Date.parse((await read(id)).next_at ?? "");
		await worker.sweep(first);
		await worker.sweep(first + 60 * MINUTE_MS);
		expect(await read(id)).toMatchObject({
			held_moment: new Date(first + 60 * MINUTE_MS).toISOString(),
			next_at: new Date(first + 120 * MINUTE_MS).toISOString(),
		});
	});

	it("that enables what is enabled changes nothing of its moments", async () => {
		const { id } = await make();
		const before = await readSchedule(id);
		await post(`/v1/schedules/${id}/enable`);
		expect(await readSchedule(id)).toMatchObject({ since: before.since, lookAt: before.lookAt });
	});

	it("of the description leaves its moments alone, and one of a zone is of that schedule only", async () => {
		const [one, other] = [await make({ name: "one" }), await make({ name: "other" })];
		const before = await readSchedule(one.id);
		await change(one.id, { description: "For the archive." });
		expect(await readSchedule(one.id)).toMatchObject({ since: before.since, description: "For the archive." });
		await change(one.id, { timing: { ...hourly.timing, time_zone: "Asia/Kolkata" } });
		expect((await read(other.id)).timing).toMatchObject({ time_zone: "Europe/Madrid" });
	});

	it("of a tick that fires at the same moment loses neither", async () => {
		const { id } = await make({ timing: { kind: "crontab", expression: "* * * * *" } });
		const { lookAt } = await readSchedule(id);
		await Promise.all([worker.sweep(lookAt ?? 0), change(id, { description: "a" }), change(id, { jitter_seconds: 5 })]);
		await worker.sweep(lookAt ?? 0);
		expect(await readSchedule(id)).toMatchObject({ description: "a", jitterSeconds: 5, runCount: 1 });
		expect(await readTasks()).toHaveLength(1);
	});
});

describe("refused with a sentence:", () => {
	it.each([
		["a crontab that never comes", { timing: { kind: "crontab", expression: "0 0 31 2 *" } }, "timing"],
		["a moment that has passed", { timing: { kind: "one_off", at: "2020-01-01T00:00:00Z" } }, "timing"],
		["one of six fields", { timing: { kind: "crontab", expression: "0 0 0 1 1 *" } }, "timing"],
		["an unknown zone", { timing: { ...hourly.timing, time_zone: "Mars/Olympus" } }, "timing"],
		["an unknown kind", { timing: { kind: "solar" } }, "timing"],
		["arguments that do not fit", { arguments: {} }, "arguments.item_id"],
		["a misspelt field", { enabeld: true }, ""],
		["too much jitter", { jitter_seconds: 3601 }, "jitter_seconds"],
	])("%s", async (_, changes, field) => {
		const problem = await expectProblem(await post("/v1/schedules", { ...hourly, ...changes }), "invalid_request");
		expect(JSON.stringify(problem.faults)).toContain(field);
	});

	it("a task that is not there, or that only the system enqueues", async () => {
		await expectProblem(await post("/v1/schedules", { ...hourly, task: "nothing" }), "unknown_task");
		await expectProblem(await post("/v1/schedules", { ...hourly, task: "deliver_webhook" }), "unknown_task");
	});

	it("a name that is taken, when it is made and when it is changed", async () => {
		await make();
		await expectProblem(await post("/v1/schedules", hourly), "conflict");
		const { id } = await make({ name: "other" });
		await expectProblem(await admin.json("PATCH", `/v1/schedules/${id}`, { name: hourly.name }), "conflict");
	});
});
