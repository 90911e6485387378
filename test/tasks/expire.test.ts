/** What is past its life goes, in bounded steps; what somebody still waits for stays. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { attempts, auditEntries, deadLetters, taskStatistics, tasks } from "../../src/db/schema.ts";
import { createRegistry } from "../../src/tasks/define.ts";
import { expireResults } from "../../src/tasks/expire.ts";
import { writeEndedTasks } from "../support/many-tasks.ts";
import { definePlainTask } from "../support/plain-task.ts";
import { countRowsRead, expectNoScans } from "../support/query-plans.ts";

const DAY_MS = 24 * 3_600_000;
const FROM = Date.UTC(2026, 0, 1);
/** Eight days on: the tasks of the first day are past a week's life. */
const NOW = FROM + 8 * DAY_MS;

const db = () => openDatabase(env.DB);
const registry = createRegistry<unknown>([
	definePlainTask(undefined, { resultLifeMs: 7 * DAY_MS }),
	definePlainTask(undefined, { name: "kept_longer", resultLifeMs: 30 * DAY_MS }),
]);
const expire = (now = NOW, random = () => 0) => expireResults(db(), registry, now, random);
const change = (sql: string) => env.DB.prepare(sql).run();
const countLeft = async (where = "true") =>
	(await env.DB.prepare(`SELECT count(*) AS n FROM tasks WHERE ${where}`).first<{ n: number }>())?.n;

describe("an ended task", () => {
	it("goes with its attempts once its kind's life is over, and not before", async () => {
		await writeEndedTasks({ count: 100, from: FROM });
		await writeEndedTasks({ count: 10, from: FROM, name: "kept_longer" });
		await change(
			"INSERT INTO attempts (task_id, number, lease_token, isolate_id, started_at) SELECT id, 1, 'a', 'b', 5 FROM tasks",
		);
		expect(await expire(FROM + 6 * DAY_MS)).toMatchObject({ tasks: 0, more: false });
		// Half of the first kind had ended by then.
		expect(await expire(FROM + 7 * DAY_MS + 49_500)).toMatchObject({ tasks: 50, more: false });
		expect(await expire()).toMatchObject({ tasks: 50, more: false });
		expect(await db().select({ name: tasks.name }).from(tasks)).toEqual(Array(10).fill({ name: "kept_longer" }));
		expect(await db().select().from(attempts)).toHaveLength(10);
		expect(await expire(FROM + 31 * DAY_MS)).toMatchObject({ tasks: 10 });
	});

	it("of a kind that is no longer registered has the usual life", async () => {
		await writeEndedTasks({ count: 5, from: FROM, name: "forgotten" });
		expect(await expire(FROM + 6 * DAY_MS)).toMatchObject({ tasks: 0 });
		expect(await expire()).toMatchObject({ tasks: 5 });
	});

	it("that ended late lives as long as others", async () => {
		await writeEndedTasks({ count: 2, from: FROM });
		await change(`UPDATE tasks SET finished_at = ${FROM + 5 * DAY_MS} WHERE id = (SELECT min(id) FROM tasks)`);
		expect(await expire()).toMatchObject({ tasks: 1 });
		expect(await expire(FROM + 12 * DAY_MS)).toMatchObject({ tasks: 1 });
	});

	it("that still holds its unique key stays until it lets go", async () => {
		await writeEndedTasks({ count: 2, from: FROM });
		await change(`UPDATE tasks SET unique_key = 'a', unique_until = ${NOW + 1} WHERE id = (SELECT min(id) FROM tasks)`);
		expect(await expire()).toMatchObject({ tasks: 1 });
		expect(await expire(NOW + 1)).toMatchObject({ tasks: 1 });
	});
});

it("a task that waits or works is never removed, however old", async () => {
	await writeEndedTasks({ count: 3, from: FROM });
	await change("UPDATE tasks SET finished_at = NULL, wake_at = 5, state = 'retrying'");
	expect(await expire(FROM + 400 * DAY_MS)).toMatchObject({ tasks: 0, more: false });
	expect(await countLeft()).toBe(3);
});

describe("the members of a group", () => {
	const writeGroup = async (open: "member" | "callback") => {
		await writeEndedTasks({ count: 4, from: FROM });
		await change("UPDATE tasks SET group_id = 'g' WHERE id < (SELECT max(id) FROM tasks)");
		await change("UPDATE tasks SET callback_of = 'g' WHERE group_id IS NULL");
		const which = open === "member" ? "id = (SELECT min(id) FROM tasks)" : "callback_of = 'g'";
		await change(`UPDATE tasks SET finished_at = NULL, state = 'sent' WHERE ${which}`);
	};

	it("stay until its callback has ended", async () => {
		await writeGroup("callback");
		expect(await expire()).toMatchObject({ tasks: 0 });
		await change(`UPDATE tasks SET finished_at = ${NOW - 1} WHERE finished_at IS NULL`);
		expect(await expire()).toMatchObject({ tasks: 3 });
		expect(await countLeft("callback_of = 'g'")).toBe(1);
	});

	it("stay while one of them has not ended, though nothing is called back", async () => {
		await writeGroup("member");
		await change("UPDATE tasks SET callback_of = NULL WHERE callback_of = 'g'");
		expect(await expire()).toMatchObject({ tasks: 1 });
		expect(await countLeft()).toBe(3);
	});
});

describe("a run is bounded, and the next goes on where it stopped", () => {
	it("of thousands of old results, of all kinds", async () => {
		await writeEndedTasks({ count: 1600, from: FROM });
		await writeEndedTasks({ count: 100, from: FROM, name: "another_kind" });
		const reports = [await expire(), await expire(), await expire(), await expire()];
		expect(reports.map(({ tasks, more }) => [tasks, more])).toEqual([
			[600, true],
			[500, true],
			[500, true],
			[100, false],
		]);
		expect(await countLeft()).toBe(0);
	});

	it("what must be kept does not hide what lies behind it", async () => {
		await writeEndedTasks({ count: 5000, from: FROM });
		await change("UPDATE tasks SET finished_at = NULL, wake_at = 5, state = 'retrying' WHERE rowid <= 4000");
		let removed = 0;
		let seed = 1;
		const random = () => {
			seed = (seed * 48_271) % 2_147_483_647;
			return seed / 2_147_483_647;
		};
		for (let run = 0; run < 60 && removed < 1000; run++)
			removed += (await expire(FROM + 7 * DAY_MS + 5_001_000, random)).tasks;
		expect(removed).toBe(1000);
	});

	it("and reads no more of 20,000 tasks than it may look at", async () => {
		await writeEndedTasks({ count: 20_000, from: FROM });
		expect(await countRowsRead((database) => expireResults(database, registry, FROM + DAY_MS))).toBeLessThan(2000);
		expect(await countRowsRead((database) => expireResults(database, registry, NOW))).toBeLessThan(15_000);
	});

	it("and scans no table", async () => {
		await writeEndedTasks({ count: 600, from: FROM });
		const statements = await expectNoScans((database) => expireResults(database, registry, NOW));
		expect(statements.filter(({ sql }) => sql.startsWith('delete from "tasks"'))).not.toEqual([]);
	});
});

describe("after a month", () => {
	const OLD = NOW - 31 * DAY_MS;

	it("dead letters and statistics are forgotten, some at a time", async () => {
		const letter = { queue: "tasks-dead-letters", deliveries: 3 };
		await db()
			.insert(deadLetters)
			.values([
				{ ...letter, id: "old", receivedAt: OLD },
				{ ...letter, id: "new", receivedAt: NOW },
			]);
		await change(`WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 699)
			INSERT INTO task_statistics SELECT ${OLD - 700 * 60_000} + n * 60000, 'plain_task', 'tasks', 'succeeded', 1, '{}', '{}' FROM numbers`);
		expect(await expire()).toMatchObject({ deadLetters: 1, statistics: 500, more: true });
		expect(await expire()).toMatchObject({ deadLetters: 0, statistics: 200, more: false });
		expect(await db().select().from(taskStatistics)).toEqual([]);
		expect((await db().select().from(deadLetters)).map(({ id }) => id)).toEqual(["new"]);
	});
});

describe("after 400 days", () => {
	it("what operators did is forgotten, some at a time", async () => {
		for (const [days, count] of [
			[401, 700],
			[399, 3],
		] as const) {
			const from = NOW - days * DAY_MS;
			await change(`WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count - 1})
				INSERT INTO audit_entries (id, at, actor, action, subject, detail)
				SELECT printf('%08x-%04x-7000-8000-%012d', (${from} + n) >> 16, (${from} + n) & 65535, n), ${from} + n, 'ann', 'task.retry', '/tasks/' || n, '{}' FROM numbers`);
		}
		expect(await expire()).toMatchObject({ auditEntries: 500, more: true });
		expect(await expire()).toMatchObject({ auditEntries: 200, more: false });
		expect(await db().$count(auditEntries)).toBe(3);
	});
});
