/** Each tick is fired once, whoever dispatches, however late, and whatever dies in between. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { v7 as newId } from "uuid";
import { describe, expect, it } from "vitest";
import { defaultSchedules } from "../../src/cron/default-schedules.ts";
import { dispatchSchedule, dispatchSchedules } from "../../src/cron/dispatch-schedules.ts";
import { openDatabase } from "../../src/db/database.ts";
import {
	type DueSchedule,
	deleteSchedule,
	forgetTicks,
	listDueSchedules,
	listSchedules,
	listTicks,
} from "../../src/db/schedules.ts";
import { schedules, tasks, ticks } from "../../src/db/schema.ts";
import { dispatchDueSchedules } from "../../src/handlers/dispatch-schedules.ts";
import { taskRegistry } from "../../src/handlers/registry.ts";
import type { Services } from "../../src/handlers/services.ts";
import { taskQueuesOf } from "../../src/queues/task-queues.ts";
import { createRegistry } from "../../src/tasks/define.ts";
import { logged } from "../support/captured-log.ts";
import { deployWorker } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { definePlainTask } from "../support/plain-task.ts";
import { expectNoScans } from "../support/query-plans.ts";
import { crontab, readSchedule, readTasks, readTicks, writeSchedule } from "../support/schedules.ts";
import { changeTaskRow } from "../support/tasks.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const noon = Date.UTC(2026, 10, 25, 12);
const registry = createRegistry<Services>([definePlainTask()]);

const deploy = (changes: Record<string, unknown> = {}) => deployWorker(changes, registry);
const at = (iso: string) => Date.parse(iso);
const fired = async (id: string) => (await readTicks(id)).filter(({ outcome }) => outcome === "fired");

it("what is due becomes a task and a tick, and its message is sent", async () => {
	const worker = deploy();
	const id = await writeSchedule(noon - 1);
	await worker.sweep(noon);
	const [task] = await readTasks();
	expect(task).toMatchObject({ name: "plain_task", ownerId: "ana", state: "sent", arguments: { word: "goal" } });
	expect(worker.sent).toEqual([{ queue: "photos", body: { task_id: task?.id }, delaySeconds: 0 }]);
	expect(await readTicks(id)).toMatchObject([{ moment: noon, outcome: "fired", taskId: task?.id, isByHand: false }]);
	expect(await readSchedule(id)).toMatchObject({ dealtWithUntil: noon, lookAt: noon + HOUR_MS, runCount: 1 });
	await worker.sweep(noon + MINUTE_MS);
	expect(await readTasks()).toHaveLength(1);
});

it("two dispatchers at once, ten times, fire each tick once", async () => {
	const worker = deploy();
	const id = await writeSchedule(noon - 1, { timing: crontab("* * * * *") });
	for (let minute = 0; minute < 10; minute++) {
		await Promise.all([worker.sweep(noon + minute * MINUTE_MS), worker.sweep(noon + minute * MINUTE_MS)]);
	}
	expect((await readTicks(id)).map(({ moment }) => (moment - noon) / MINUTE_MS)).toEqual([
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
	]);
	expect(await readTasks()).toHaveLength(10);
	expect(await readSchedule(id)).toMatchObject({ runCount: 10 });
});

it("a clock that goes back an hour fires nothing again, and goes on where it was", async () => {
	const worker = deploy();
	const id = await writeSchedule(noon - 1, { timing: crontab("*/30 * * * *") });
	for (const minutes of [0, 30, -30, 0, 15, 30, 60]) await worker.sweep(noon + minutes * MINUTE_MS);
	expect((await fired(id)).map(({ moment }) => (moment - noon) / MINUTE_MS)).toEqual([0, 30, 60]);
});

it("whichever call fails, before or after it took effect, a tick is fired once and its task is sent", async () => {
	for (let number = 1, more = true; more; number++) {
		for (const moment of ["before", "after"] as const) {
			const base = deploy();
			const { env: failing, calls } = failingBindings(base.env, (_, at) => at === number, moment, [
				"DB",
				"PHOTOS_QUEUE",
			]);
			const id = await writeSchedule(noon - 1);
			await deploy(failing).sweep(noon);
			more = calls.length >= number;
			const sentBefore = base.sent.length;
			await base.sweep(noon + MINUTE_MS);
			await base.sweep(noon + 5 * MINUTE_MS);
			const context = `${calls[number - 1]} ${moment}`;
			const [tick, ...others] = await fired(id);
			expect(others, context).toEqual([]);
			expect(tick, context).toMatchObject({ moment: noon });
			const own = base.sent.filter(({ body }) => (body as { task_id: string }).task_id === tick?.taskId);
			expect(own.length, context).toBeGreaterThanOrEqual(1);
			expect(sentBefore, context).toBeLessThanOrEqual(base.sent.length);
			await openDatabase(env.DB).delete(schedules);
			await openDatabase(env.DB).delete(tasks);
			await writeSchedule(noon, { isEnabled: false, lookAt: null });
		}
	}
});

describe("a dispatcher that comes", () => {
	it("20 minutes late fires what was due, and says how late", async () => {
		const id = await writeSchedule(noon - 1, { misfire: "once" });
		await deploy().sweep(noon + 20 * MINUTE_MS);
		expect(await readTicks(id)).toMatchObject([{ moment: noon, outcome: "fired", dealtWithAt: noon + 20 * MINUTE_MS }]);
	});

	it.each([
		["skip", [], [{ outcome: "skipped", reason: "missed", count: 24 }]],
		["once", [23], [{ outcome: "skipped", reason: "covered_by_later", count: 23 }]],
		["all", [21, 22, 23], [{ outcome: "skipped", reason: "over_limit", count: 21 }]],
	] as const)("after a day fires as the policy %s says, and notes the rest", async (misfire, hours, skipped) => {
		const id = await writeSchedule(noon - 1, { misfire, misfireLimit: 3 });
		await deploy().sweep(noon + 23 * HOUR_MS + 30 * MINUTE_MS);
		expect((await fired(id)).map(({ moment }) => (moment - noon) / HOUR_MS)).toEqual(hours);
		expect((await readTicks(id)).filter(({ outcome }) => outcome === "skipped")).toMatchObject(skipped);
		expect(await readSchedule(id)).toMatchObject({ lookAt: noon + 24 * HOUR_MS, runCount: hours.length });
	});

	it("again fires nothing more", async () => {
		const worker = deploy();
		const id = await writeSchedule(noon - 1, { misfire: "all", misfireLimit: 100 });
		await worker.sweep(noon + 5 * HOUR_MS);
		await worker.sweep(noon + 5 * HOUR_MS + MINUTE_MS);
		expect(await fired(id)).toHaveLength(6);
		expect(await readTasks()).toHaveLength(6);
	});
});

describe("while the task of the tick before has not ended", () => {
	it("allow fires, skip notes it, queue_one holds one and fires it when it has", async () => {
		const worker = deploy();
		const timing = crontab("*/10 * * * *");
		const [allow, skip, queue] = await Promise.all(
			(["allow", "skip", "queue_one"] as const).map((overlap) => writeSchedule(noon - 1, { timing, overlap })),
		);
		for (const minutes of [0, 10, 20]) await worker.sweep(noon + minutes * MINUTE_MS);
		expect((await readTicks(allow as string)).map(({ outcome }) => outcome)).toEqual(["fired", "fired", "fired"]);
		expect((await readTicks(skip as string)).map(({ outcome, reason }) => [outcome, reason])).toEqual([
			["fired", null],
			["skipped", "still_running"],
			["skipped", "still_running"],
		]);
		expect((await readTicks(queue as string)).map(({ outcome, reason }) => [outcome, reason])).toEqual([
			["fired", null],
			["held", "still_running"],
			["skipped", "one_waits_already"],
		]);
		expect(await readSchedule(queue as string)).toMatchObject({
			heldMoment: noon + 10 * MINUTE_MS,
			lookAt: noon + 21 * MINUTE_MS,
		});
		for (const { id } of await readTasks()) {
			await changeTaskRow(id, { state: "succeeded", finishedAt: noon, wakeAt: null });
		}
		await worker.sweep(noon + 21 * MINUTE_MS);
		expect((await readTicks(queue as string))[1]).toMatchObject({
			moment: noon + 10 * MINUTE_MS,
			outcome: "fired",
			reason: null,
			taskId: expect.any(String),
		});
		expect(await readSchedule(queue as string)).toMatchObject({ heldMoment: null, lookAt: noon + 30 * MINUTE_MS });
		await worker.sweep(noon + 30 * MINUTE_MS);
		expect((await readTicks(skip as string)).at(-1)).toMatchObject({ outcome: "fired", moment: noon + 30 * MINUTE_MS });
	});
});

it("a task that was tried again by hand is still the work of its tick: skip does not start another beside it", async () => {
	const worker = deploy();
	const id = await writeSchedule(noon - 1, { overlap: "skip" });
	await worker.sweep(noon);
	const [first] = await readTasks();
	await changeTaskRow(first?.id ?? "", { state: "failed", finishedAt: noon, wakeAt: null });
	const db = openDatabase(env.DB);
	const retried = (retryOf: string | undefined, changes: object) =>
		db
			.insert(tasks)
			.values({ ...(first as NonNullable<typeof first>), id: newId(), wakeAt: null, retryOf, ...changes });
	await retried(first?.id, { id: "second", state: "failed", finishedAt: noon });
	await retried("second", { id: "third" });
	await worker.sweep(noon + HOUR_MS);
	expect(await readTicks(id)).toMatchObject([{ outcome: "fired" }, { outcome: "skipped", reason: "still_running" }]);
	await changeTaskRow("third", { state: "succeeded", finishedAt: noon });
	await worker.sweep(noon + 2 * HOUR_MS);
	expect((await fired(id)).map(({ moment }) => moment)).toEqual([noon, noon + 2 * HOUR_MS]);
});

it("a one-off fires at its moment and never again, also after it was edited", async () => {
	const worker = deploy();
	const id = await writeSchedule(noon - HOUR_MS, {
		timing: { kind: "one_off", at: new Date(noon).toISOString(), time_zone: "UTC" },
	});
	for (const minutes of [-1, 0, 1, 60, 24 * 60]) await worker.sweep(noon + minutes * MINUTE_MS);
	expect(await fired(id)).toHaveLength(1);
	expect(await readSchedule(id)).toMatchObject({ lookAt: null });
});

it("two one-offs at the same moment both fire", async () => {
	const timing = { kind: "one_off", at: new Date(noon).toISOString(), time_zone: "UTC" } as const;
	const ids = [await writeSchedule(noon - 1, { timing }), await writeSchedule(noon - 1, { timing })];
	await deploy().sweep(noon);
	for (const id of ids) expect(await fired(id)).toHaveLength(1);
});

it("jitter delays the task, not the tick", async () => {
	const id = await writeSchedule(noon - 1, { jitterSeconds: 600 });
	await deploy().sweep(noon);
	const [task] = await readTasks();
	expect(task?.dueAt).toBeGreaterThan(noon);
	expect(task?.dueAt).toBeLessThanOrEqual(noon + 600_000);
	expect(await readTicks(id)).toMatchObject([{ moment: noon }]);
});

it("a schedule whose task is not there or does not fit fails visibly, and keeps no other from firing", async () => {
	const gone = await writeSchedule(noon - 1, { task: "no_such_task" });
	const unfit = await writeSchedule(noon - 1, { arguments: { word: 5 } });
	const good = await writeSchedule(noon - 1);
	await deploy().sweep(noon);
	expect(await readTicks(gone)).toMatchObject([{ outcome: "failed", reason: "unknown_task", taskId: null }]);
	expect(await readTicks(unfit)).toMatchObject([{ outcome: "failed", reason: "invalid_request" }]);
	expect(await fired(good)).toHaveLength(1);
	expect(logged("schedule.tick_failed")).toHaveLength(2);
	expect(await readSchedule(gone)).toMatchObject({ runCount: 0, lookAt: noon + HOUR_MS });
});

it("an equal task that waits already is not enqueued twice, and the tick says so", async () => {
	const unique = createRegistry<Services>([definePlainTask(undefined, { unique: { key: ({ word }) => word } })]);
	const worker = deployWorker({}, unique);
	const id = await writeSchedule(noon - 1);
	await worker.sweep(noon);
	await worker.sweep(noon + HOUR_MS);
	expect(await readTasks()).toHaveLength(1);
	expect(await readTicks(id)).toMatchObject([
		{ outcome: "fired" },
		{ outcome: "skipped", reason: "equal_task", taskId: null },
	]);
	expect(await readSchedule(id)).toMatchObject({ runCount: 1 });
});

it("a disabled schedule fires nothing", async () => {
	const id = await writeSchedule(noon - 1, { isEnabled: false, lookAt: null });
	await deploy().sweep(noon);
	expect(await readTicks(id)).toEqual([]);
});

it("the hour that does not exist and the one that comes twice: a daily job runs once on both days", async () => {
	const worker = deploy();
	const id = await writeSchedule(at("2026-03-28T00:00:00Z"), { timing: crontab("30 2 * * *", "Europe/Madrid") });
	for (let now = at("2026-03-28T00:00:00Z"); now <= at("2026-03-30T03:00:00Z"); now += 30 * MINUTE_MS) {
		await worker.sweep(now);
	}
	expect((await fired(id)).map(({ moment }) => new Date(moment).toISOString())).toEqual([
		"2026-03-28T01:30:00.000Z",
		"2026-03-29T01:00:00.000Z",
		"2026-03-30T00:30:00.000Z",
	]);
});

it("more than a run can fire is fired by the next ones", async () => {
	const worker = deploy();
	const ids = await Promise.all(
		[1, 2, 3].map(() => writeSchedule(noon - 1, { timing: crontab("* * * * *"), misfire: "all", misfireLimit: 50 })),
	);
	for (let run = 1; run <= 7; run++) await worker.sweep(noon + 49 * MINUTE_MS);
	for (const id of ids) expect(await fired(id)).toHaveLength(50);
});

it("however much is due, a run has queries left for the rest of the sweep; notes count too", async () => {
	const db = openDatabase(env.DB);
	const timing = crontab("* * * * *");
	const ids: string[] = [];
	for (let number = 0; number < 40; number++) {
		ids.push(await writeSchedule(noon - 1, { timing, overlap: "skip", misfire: "all", misfireLimit: 100 }));
	}
	let queries = 0;
	const counting = new Proxy(env.DB, {
		get: (target, name) => {
			const member = Reflect.get(target, name);
			if (name !== "batch") return typeof member === "function" ? member.bind(target) : member;
			return (statements: D1PreparedStatement[]) => {
				queries += statements.length;
				return target.batch(statements);
			};
		},
	});
	const { env: deployed } = deploy();
	const late = noon + 19 * MINUTE_MS;
	let runs = 0;
	for (let isLeft = true; isLeft; runs++) {
		queries = 0;
		await dispatchSchedules(openDatabase(counting), taskQueuesOf(deployed), registry, late);
		expect(queries).toBeLessThanOrEqual(150);
		isLeft = (await db.select().from(schedules)).some(({ lookAt }) => lookAt !== null && lookAt <= late);
	}
	expect(runs).toBeGreaterThan(1);
	for (const id of ids) {
		const outcomes = (await readTicks(id)).map(({ outcome }) => outcome);
		expect(outcomes.filter((outcome) => outcome === "fired")).toHaveLength(1);
		expect(outcomes).toHaveLength(20);
	}
});

it("two hundred schedules of the same minute all fire in it, though the sweep has queries for some twenty", async () => {
	const both = createRegistry<Services>([definePlainTask(), dispatchDueSchedules]);
	const worker = deployWorker({}, both);
	const moment = Date.now() - (Date.now() % MINUTE_MS);
	for (let number = 0; number < 200; number++) {
		await writeSchedule(moment - 1, { timing: crontab("* * * * *"), misfire: "skip" });
	}
	await worker.sweep(moment);
	const rest = await openDatabase(env.DB).select().from(tasks).where(eq(tasks.name, "dispatch_schedules"));
	expect(rest).toMatchObject([{ state: "sent" }]);
	const body = { task_id: rest[0]?.id };
	for (
		let delivery = 1;
		worker.sent.filter((message) => (message.body as typeof body).task_id === body.task_id).length >= delivery;
		delivery++
	) {
		await worker.deliver(body, { queue: "tasks", messageId: `message-${delivery}` });
	}
	const all = await openDatabase(env.DB).select().from(ticks);
	expect(all.filter(({ outcome, moment: of }) => outcome === "fired" && of === moment)).toHaveLength(200);
});

it("what of one schedule's plan a run has no queries for is not left for the next minute", async () => {
	const { env: deployed } = deploy();
	const id = await writeSchedule(noon - 1, { timing: crontab("* * * * *"), misfire: "all", misfireLimit: 50 });
	const late = noon + 49 * MINUTE_MS;
	let runs = 0;
	for (let isMoreDue = true; isMoreDue; runs++) {
		({ isMoreDue } = await dispatchSchedules(openDatabase(env.DB), taskQueuesOf(deployed), registry, late));
	}
	expect(await fired(id)).toHaveLength(50);
	expect(runs).toBe(2);
});

it("a hundred schedules that cannot be read keep no other from firing, and nothing goes round for them", async () => {
	const { env: deployed } = deploy();
	for (let number = 0; number < 120; number++) {
		await writeSchedule(noon - HOUR_MS, { timing: { kind: "solar" } as never, lookAt: noon - HOUR_MS + number });
	}
	const id = await writeSchedule(noon - 1);
	let runs = 0;
	for (let isMoreDue = true; isMoreDue && runs < 10; runs++) {
		({ isMoreDue } = await dispatchSchedules(openDatabase(env.DB), taskQueuesOf(deployed), registry, noon, 600));
	}
	expect(runs).toBeLessThan(5);
	expect(await fired(id)).toHaveLength(1);
	expect(logged("schedule.not_dispatched")).toHaveLength(120);
	expect(logged("schedule.not_dispatched")[0]).toMatchObject({ error: { code: "conflict" } });
});

it("a run by hand between a dispatcher's look and its claim is seen: skip starts nothing beside it", async () => {
	const worker = deploy();
	const id = await writeSchedule(noon - 1, { overlap: "skip", timing: crontab("* * * * *") });
	const db = openDatabase(env.DB);
	const [seen] = await listDueSchedules(db, noon, 10);
	await worker.sweep(noon);
	const first = (await readTasks())[0];
	await changeTaskRow(first?.id ?? "", { state: "succeeded", finishedAt: noon, wakeAt: null });
	const [due] = await listDueSchedules(db, noon + MINUTE_MS, 10);
	expect([seen?.isRunning, due?.isRunning]).toEqual([0, 0]);
	// What a run by hand writes, and what a retry by hand does.
	await changeTaskRow(first?.id ?? "", { state: "sent", finishedAt: null });
	const queues = taskQueuesOf(worker.env);
	await dispatchSchedule(db, queues, registry, due as DueSchedule, noon + MINUTE_MS);
	expect(await fired(id)).toHaveLength(1);
	await worker.sweep(noon + 2 * MINUTE_MS);
	expect((await readTicks(id)).map(({ outcome }) => outcome)).toEqual(["fired", "skipped", "skipped"]);
});

it("what is told as fired is what became a task: neither failed ticks nor those of which an equal task waits", async () => {
	const unique = createRegistry<Services>([definePlainTask(undefined, { unique: { key: ({ word }) => word } })]);
	const { env: deployed } = deployWorker({}, unique);
	for (let number = 0; number < 3; number++) await writeSchedule(noon - 1);
	await writeSchedule(noon - 1, { task: "no_such_task" });
	const told = await dispatchSchedules(openDatabase(env.DB), taskQueuesOf(deployed), unique, noon);
	expect(told).toEqual({ fired: 1, isMoreDue: false });
});

it("nothing goes through the schedules or their history, however many there are", async () => {
	const id = await writeSchedule(noon - 1, { overlap: "queue_one" });
	const { env: deployed } = deploy();
	const statements = await expectNoScans(async (db) => {
		await dispatchSchedules(db, taskQueuesOf(deployed), registry, noon);
		await listTicks(db, id, { before: { moment: noon, isByHand: false }, limit: 20 });
		await listSchedules(db, { after: "a", limit: 20 });
		await forgetTicks(db, noon, 10);
		await deleteSchedule(db, id);
	});
	expect(statements[0]?.plan).toMatch(/ticks_fired \(schedule_id=\?\)/);
});

it("where there is no schedule the defaults are made, once, and a deleted one does not come back", async () => {
	const db = openDatabase(env.DB);
	await db.delete(schedules);
	const worker = deploy();
	await Promise.all([worker.sweep(noon), worker.sweep(noon)]);
	const rows = await db.select().from(schedules);
	expect(rows.map(({ name }) => name).sort()).toEqual(defaultSchedules.map(({ name }) => name).sort());
	expect(rows.every(({ isEnabled, lookAt }) => isEnabled && (lookAt ?? 0) > noon)).toBe(true);
	await env.DB.prepare("DELETE FROM schedules WHERE name = 'cleanup-task-results'").run();
	await worker.sweep(noon + MINUTE_MS);
	expect(await db.select().from(schedules)).toHaveLength(defaultSchedules.length - 1);
});

it.each(defaultSchedules.map((schedule) => [schedule.name, schedule] as const))(
	"the default %s is a task that there is, with arguments that it takes",
	(_, { task, arguments: args }) => {
		expect(taskRegistry.get(task)?.arguments.safeParse(args)).toMatchObject({ success: true });
	},
);
