/** What an administrator sees of the whole system. */
import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import type { deadLetterPage, queuesJson, statisticsJson } from "../../../src/api/tasks/operator-schemas.ts";
import { openDatabase } from "../../../src/db/database.ts";
import { listDeadLetters } from "../../../src/db/dead-letters.ts";
import { taskStatistics } from "../../../src/db/schema.ts";
import { readQueues, readStatistics } from "../../../src/db/task-statistics.ts";
import { expectJson, makeCaller } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { writePlainTask } from "../../support/plain-task.ts";
import { expectProblem } from "../../support/problems.ts";
import { countRowsRead, expectNoScans } from "../../support/query-plans.ts";
import { changeTaskRow } from "../../support/tasks.ts";

const MINUTE_MS = 60_000;
const thisMinute = () => Date.now() - (Date.now() % MINUTE_MS);

async function setUp() {
	const worker = deployWorker();
	const operator = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
	const readStatistics = async (query = "") =>
		expectJson<z.infer<typeof statisticsJson>>(await operator.get(`/v1/stats${query}`));
	return {
		worker,
		operator,
		readStatistics,
		readKind: async (name: string, query?: string) =>
			(await readStatistics(query)).tasks.find((kind) => kind.name === name),
		readQueues: async () => expectJson<z.infer<typeof queuesJson>>(await operator.get("/v1/queues")),
	};
}

const counted = (more: Partial<typeof taskStatistics.$inferInsert> = {}): typeof taskStatistics.$inferInsert => ({
	minute: thisMinute(),
	name: "plain_task",
	queue: "photos",
	state: "succeeded",
	count: 1,
	waits: {},
	runs: {},
	...more,
});

/** One that waits since 90 s, one since 30 s, one put off, one at work. */
async function writeLive(): Promise<string> {
	const ids = await Promise.all(Array.from({ length: 4 }, () => writePlainTask()));
	const [longest, shorter, delayed, working] = ids as [string, string, string, string];
	await changeTaskRow(longest, { dueAt: Date.now() - 90_000, state: "retrying" });
	await changeTaskRow(shorter, { dueAt: Date.now() - 30_000 });
	await changeTaskRow(delayed, { dueAt: Date.now() + 3_600_000, state: "pending" });
	await changeTaskRow(working, { state: "started" });
	return longest;
}

it.each(["/v1/stats", "/v1/queues", "/v1/dead-letters"])("%s is for administrators, and says so", async (path) => {
	const ana = await makeCaller(deployWorker(), { scopes: ["tasks:read", "tasks:write"] });
	const problem = await expectProblem(await ana.get(path), "insufficient_scope");
	expect(problem).toMatchObject({ needed: "admin", detail: expect.stringContaining("admin") });
});

describe("statistics", () => {
	it("tell of a finished photo how long it waited and ran", async () => {
		const { worker, readStatistics } = await setUp();
		const { task_id } = await (await makeCaller(worker)).createPhoto();
		await worker.deliver({ task_id });
		const { tasks, at_least } = await readStatistics();
		expect(at_least).toBe(false);
		const measured = { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) };
		expect(tasks.find(({ name }) => name === "process_photo_to_avif")).toMatchObject({
			is_registered: true,
			ended: { succeeded: 1, failed: 0, cancelled: 0 },
			wait_ms: measured,
			run_ms: measured,
			waiting: 0,
			working: 0,
			oldest_waiting: null,
		});
		expect(tasks.find(({ name }) => name === "check_item_photo_processing")).toMatchObject({
			ended: { succeeded: 0, failed: 0, cancelled: 0 },
			ended_per_minute: 0,
			run_ms: { p50: null, p95: null, p99: null },
		});
	});

	it("add up minutes and states, and give percentiles of all of them", async () => {
		const { readKind } = await setUp();
		const db = openDatabase(env.DB);
		await db
			.insert(taskStatistics)
			.values([
				counted({ count: 90, runs: { 20: 90 } }),
				counted({ count: 9, minute: thisMinute() - 10 * MINUTE_MS, runs: { 40: 9 } }),
				counted({ count: 1, state: "failed", runs: { 60: 1 } }),
				counted({ count: 1000, minute: thisMinute() - 61 * MINUTE_MS, runs: { 80: 1000 } }),
			]);
		const kind = await readKind("plain_task");
		expect(kind).toMatchObject({ name: "plain_task", is_registered: false });
		expect(kind?.ended).toEqual({ succeeded: 99, failed: 1, cancelled: 0 });
		expect(kind?.ended_per_minute).toBeCloseTo(100 / 60, 1);
		expect(kind?.run_ms).toEqual({ p50: 29.3, p95: 939, p99: 939 });
		expect((await readKind("plain_task", "?minutes=120"))?.ended.succeeded).toBe(1099);
		expect((await readKind("plain_task", "?minutes=1"))?.ended.succeeded).toBe(90);
	});

	it("tell what waits, what is put off and what works, and who has waited longest", async () => {
		const { readKind } = await setUp();
		const longest = await writeLive();
		const kind = await readKind("plain_task");
		expect(kind).toMatchObject({ waiting: 2, delayed: 1, working: 1, oldest_waiting: { task_id: longest } });
		expect(kind?.oldest_waiting?.seconds).toBeGreaterThanOrEqual(90);
	});

	it.each(["minutes=0", "minutes=10081", "minutes=ten", "hours=1"])("refuse ?%s", async (query) => {
		const { operator } = await setUp();
		await expectProblem(await operator.get(`/v1/stats?${query}`), "invalid_request");
	});
});

describe("queues", () => {
	it("that are empty are told too", async () => {
		const { readQueues } = await setUp();
		const empty = {
			waiting: 0,
			delayed: 0,
			working: 0,
			oldest_waiting: null,
			ended_lately: 0,
			ended_per_minute: 0,
			dead_letters_last_day: 0,
			paused: null,
		};
		expect(await readQueues()).toEqual({
			at_least: false,
			queues: [
				{ name: "photos", ...empty },
				{ name: "transfers", ...empty },
				{ name: "tasks", ...empty },
			],
		});
	});

	it("tell what waits, works and ended lately, and what was given up", async () => {
		const { worker, readQueues } = await setUp();
		const longest = await writeLive();
		await openDatabase(env.DB)
			.insert(taskStatistics)
			.values([
				counted({ count: 7 }),
				counted({ count: 5, minute: thisMinute() - 5 * MINUTE_MS, state: "failed" }),
				counted({ count: 3, minute: thisMinute() - 6 * MINUTE_MS }),
				counted({ count: 2, queue: "tasks", name: "other_task" }),
			]);
		await worker.deliver({ task_id: longest }, { queue: "photos-dead-letters" });
		const { queues } = await readQueues();
		expect(queues).toMatchObject([
			{ name: "photos", waiting: 2, delayed: 1, working: 1, ended_lately: 12, dead_letters_last_day: 1 },
			{ name: "transfers", waiting: 0, ended_lately: 0, dead_letters_last_day: 0 },
			{ name: "tasks", waiting: 0, ended_lately: 2, dead_letters_last_day: 0 },
		]);
		expect(queues[0]?.oldest_waiting).toMatchObject({ task_id: longest });
		expect(queues[0]?.ended_per_minute).toBeGreaterThanOrEqual(2);
		await env.DB.prepare("UPDATE dead_letters SET received_at = received_at - 86400001").run();
		expect((await readQueues()).queues[0]?.dead_letters_last_day).toBe(0);
	});
});

it("dead letters are told page by page, newest first, with what became of their tasks", async () => {
	const { worker, operator } = await setUp();
	const id = await writePlainTask();
	for (const [messageId, body] of [
		["a", { task_id: id }],
		["b", { task_id: "gone" }],
		["c", "nonsense"],
	] as const) {
		await worker.deliver(body, { queue: "photos-dead-letters", messageId, deliveries: 4 });
	}
	const read = async (query: string) =>
		expectJson<z.infer<typeof deadLetterPage>>(await operator.get(`/v1/dead-letters?${query}`));
	const first = await read("limit=2");
	expect(first.dead_letters).toMatchObject([
		{ message_id: "c", task_id: null, task: null, body: "nonsense" },
		{ message_id: "b", task_id: "gone", task: null },
	]);
	expect(await read(`limit=2&cursor=${first.next_cursor}`)).toEqual({
		dead_letters: [
			{
				message_id: "a",
				queue: "photos-dead-letters",
				task_id: id,
				task: { name: "plain_task", state: "sent" },
				body: { task_id: id },
				deliveries: 4,
				received_at: expect.stringMatching(/Z$/),
			},
		],
		next_cursor: null,
	});
	await expectProblem(await operator.get("/v1/dead-letters?cursor=x"), "invalid_request");
});

describe("with 20,000 tasks that wait", () => {
	it("numbers are at least so much, and no more is read than is counted", async () => {
		const { readStatistics: read, readKind, readQueues: readAll } = await setUp();
		await env.DB.prepare(
			`WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)
			INSERT INTO tasks (id, name, queue, arguments, owner_id, state, max_attempts, due_at, wake_at, created_at)
			SELECT 'task-' || n, 'plain_task', 'tasks', '{}', 'ana', 'sent', 4, n, n, n FROM numbers`,
		).run();
		expect((await read()).at_least).toBe(true);
		expect(await readKind("plain_task")).toMatchObject({ waiting: 10_001, oldest_waiting: { task_id: "task-1" } });
		expect(await readAll()).toMatchObject({
			at_least: true,
			queues: [{}, {}, { oldest_waiting: { task_id: "task-1" } }],
		});
		const now = Date.now();
		expect(await countRowsRead((db) => readStatistics(db, 60, now))).toBeLessThan(40_000);
		expect(await countRowsRead((db) => readQueues(db, now))).toBeLessThan(40_000);
	});

	it("no table is scanned", async () => {
		await expectNoScans((db) => readStatistics(db, 60, Date.now()));
		await expectNoScans((db) => readQueues(db, Date.now()));
		await expectNoScans((db) => listDeadLetters(db, { limit: 20 }));
	});
});
