/** Statistics of the past are put together by the hour without a count being lost. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { taskStatistics } from "../../src/db/schema.ts";
import { readStatistics } from "../../src/db/task-statistics.ts";
import { keepStatisticsByHour } from "../../src/tasks/statistics-by-hour.ts";
import { expectNoScans } from "../support/query-plans.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW = Date.UTC(2026, 0, 10, 12, 30, 10);
const OLDEST = NOW - 30 * 24 * HOUR_MS;
const NOON = Date.UTC(2026, 0, 10, 12);

const db = () => openDatabase(env.DB);
const readRows = () => db().select().from(taskStatistics).orderBy(taskStatistics.minute, taskStatistics.state);

/** A row each minute from 6:00 to 12:30. */
async function writeMinutes() {
	const minutes = Array.from({ length: 391 }, (_, n) => NOON - 6 * HOUR_MS + n * MINUTE_MS);
	const row = { name: "plain_task", queue: "tasks", count: 2, waits: { 3: 2 }, runs: { 5: 1, 6: 1 } };
	for (let at = 0; at < minutes.length; at += 10) {
		const chunk = minutes.slice(at, at + 10);
		await db()
			.insert(taskStatistics)
			.values(chunk.map((minute) => ({ ...row, minute, state: "succeeded" as const })));
	}
	await db()
		.insert(taskStatistics)
		.values({ ...row, minute: NOON - 5 * HOUR_MS + 7 * MINUTE_MS, state: "failed", waits: {}, runs: {} });
}

it("hours that ended two hours ago are added up, by kind and state; the others stay as they are", async () => {
	await writeMinutes();
	const before = await readStatistics(db(), 7 * 24 * 60, NOW);
	while ((await keepStatisticsByHour(db(), OLDEST, NOW)) > 0);
	const rows = await readRows();
	expect(rows.slice(0, 5)).toMatchObject([
		{ minute: NOON - 6 * HOUR_MS, state: "succeeded", count: 120, waits: { 3: 120 }, runs: { 5: 60, 6: 60 } },
		{ minute: NOON - 5 * HOUR_MS, state: "failed", count: 2, waits: {}, runs: {} },
		{ minute: NOON - 5 * HOUR_MS, state: "succeeded", count: 120 },
		{ minute: NOON - 4 * HOUR_MS, state: "succeeded", count: 120 },
		{ minute: NOON - 3 * HOUR_MS, state: "succeeded", count: 120 },
	]);
	expect(rows.slice(5)).toHaveLength(151);
	expect(await readStatistics(db(), 7 * 24 * 60, NOW)).toEqual(before);
	const lately = await readStatistics(db(), 120, NOW);
	expect([lately.from, lately.kinds[0]?.ended]).toEqual([NOON - 90 * MINUTE_MS, { succeeded: 242 }]);
});

it("two runs at once count nothing twice, and what comes late is added", async () => {
	await writeMinutes();
	for (let run = 0; run < 3; run++) {
		await Promise.all([keepStatisticsByHour(db(), OLDEST, NOW), keepStatisticsByHour(db(), OLDEST, NOW)]);
	}
	const late = {
		minute: NOON - 6 * HOUR_MS + MINUTE_MS,
		name: "plain_task",
		queue: "tasks",
		state: "succeeded",
	} as const;
	await db()
		.insert(taskStatistics)
		.values({ ...late, count: 1, waits: { 3: 1, 9: 1 }, runs: {} });
	await keepStatisticsByHour(db(), OLDEST, NOW);
	expect((await readRows())[0]).toMatchObject({ count: 121, waits: { 3: 121, 9: 1 } });
});

it("no table is scanned for it", async () => {
	await writeMinutes();
	await expectNoScans((database) => keepStatisticsByHour(database, OLDEST, NOW));
});
