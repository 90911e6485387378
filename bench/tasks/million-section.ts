/** A million ended tasks in the table: what is asked of it stays quick, and nothing goes through the table. */
import { ApiClient } from "../../scripts/footy/client/api-client.ts";
import { createToken } from "../../scripts/footy/tokens/new-token.ts";
import { insertTokenSql } from "../../scripts/footy/tokens/token-sql.ts";
import { describeLoad } from "../machine.ts";
import type { Goal, SectionResult } from "../report.ts";
import type { BenchRun } from "./bench-run.ts";
import { type MeteredServer, startMeteredServer } from "./metered-server.ts";
import { fillTables } from "./million/fill-tables.ts";
import { type MeasuredWork, measureWork, TIMES } from "./million/measured-work.ts";
import { describeRequest, type LargeTable, readRequests } from "./million/requests.ts";

const LONGEST_MS = 100;
const DAY_MS = 24 * 3_600_000;
/** Eight days after the oldest task a fifth of the table is past the seven days that results are kept. */
const EXPIRY_AFTER_MS = 8 * DAY_MS;

export async function measureMillion({ rows, signal, onProgress }: BenchRun): Promise<SectionResult[]> {
	onProgress("building the Worker");
	const server = await startMeteredServer();
	try {
		const startedAt = performance.now();
		const filled = await fillTables(server.database, rows, Date.now(), onProgress);
		const fillSeconds = (performance.now() - startedAt) / 1000;
		const table = { ...filled, ...(await findMiddle(server, rows)) };
		const results: MeasuredWork[] = [];
		const tokens = { administrator: server.token, owner: await writeOwnersToken(server, table.ownerId) };
		for (const request of readRequests(table)) {
			signal.throwIfAborted();
			onProgress(request.path);
			const act = () => ask(server, request.path, tokens[request.as]);
			results.push(await measured(server, describeRequest(request), act));
		}
		onProgress("enqueuing");
		results.push(await measureEnqueue(server));
		onProgress("the sweep");
		results.push(await measured(server, "sweep, nothing due", () => server.runCron(Date.now())));
		const before = await countTasks(server);
		const expiredAt = table.oldestAt + EXPIRY_AFTER_MS;
		results.push(await measured(server, "sweep, results past their life", () => server.runCron(expiredAt)));
		const removed = before - (await countTasks(server));
		return [describeTimes(results, { rows, fillSeconds, bytes: table.bytes, removed }), describePlans(results)];
	} finally {
		await server.stop();
	}
}

const measured = (server: MeteredServer, what: string, act: () => Promise<void>): Promise<MeasuredWork> =>
	measureWork(server, what, LONGEST_MS, act);

async function ask(server: MeteredServer, path: string, token: string, init: RequestInit = {}): Promise<void> {
	const headers = { authorization: `Bearer ${token}`, ...init.headers };
	const response = await fetch(server.url + path, { ...init, headers });
	const text = await response.text();
	if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${text.slice(0, 300)}`);
}

/** What runs afterwards is metered with it: starting and finishing a task has plans too. */
async function measureEnqueue(server: MeteredServer): Promise<MeasuredWork> {
	const itemId = await new ApiClient(server.url, server.token).createItem("bench");
	const body = JSON.stringify({ arguments: { item_id: itemId } });
	const headers = { "content-type": "application/json" };
	const path = "/v1/tasks/check_item_photo_processing";
	return measured(server, `POST ${path}`, () => ask(server, path, server.token, { method: "POST", headers, body }));
}

async function findMiddle(
	server: MeteredServer,
	rows: number,
): Promise<Pick<LargeTable, "taskId" | "itemId" | "ownerId">> {
	const { results } = await server.database
		.prepare("SELECT id, item_id, owner_id FROM tasks ORDER BY id LIMIT 1 OFFSET ?")
		.bind(Math.floor(rows / 2))
		.all<{ id: string; item_id: string; owner_id: string }>();
	const [middle] = results;
	if (!middle) throw new Error("the table has no middle");
	return { taskId: middle.id, itemId: middle.item_id, ownerId: middle.owner_id };
}

async function writeOwnersToken({ database }: MeteredServer, ownerId: string): Promise<string> {
	const token = createToken({ ownerId, name: "bench", scopes: ["tasks:read"], expiresInDays: 1 });
	await database.prepare(insertTokenSql(token)).run();
	return token.token;
}

async function countTasks(server: MeteredServer): Promise<number> {
	const { results } = await server.database.prepare("SELECT count(*) AS count FROM tasks").all<{ count: number }>();
	return results[0]?.count ?? 0;
}

interface Table {
	rows: number;
	fillSeconds: number;
	bytes: number;
	removed: number;
}

function describeTimes(results: MeasuredWork[], { rows, fillSeconds, bytes, removed }: Table): SectionResult {
	const repeated = results.filter(({ worstOfSeriesMs }) => worstOfSeriesMs.length > 1);
	const slow = results.filter(({ worstMs }) => worstMs > LONGEST_MS);
	const slowest = results.reduce((most, one) => (one.worstMs > most.worstMs ? one : most));
	const goals: Goal[] = [
		{
			name: `the worst of ${TIMES} of each`,
			wanted: `at most ${LONGEST_MS} ms`,
			measured: `${slowest.worstMs.toFixed(1)} ms (${slowest.what})${slow.length > 1 ? `, ${slow.length} are slower` : ""}`,
			isReached: slow.length === 0,
		},
		{
			name: "results past their life are removed",
			wanted: "some in each run",
			measured: `${removed.toLocaleString("en")} in all`,
			isReached: removed > TIMES,
		},
	];
	return {
		title: `${rows.toLocaleString("en")} ended tasks with attempts and statistics: ${TIMES} times each, through HTTP`,
		columns: ["what", "median ms", "worst ms", "rows read"],
		rows: results.map(({ what, medianMs, worstMs, rowsRead }) => [
			what,
			medianMs.toFixed(1),
			worstMs.toFixed(1),
			Math.round(rowsRead).toLocaleString("en"),
		]),
		measurements: results.map(({ statements: _, ...times }) => times),
		goals,
		notes: [
			`Made in ${fillSeconds.toFixed(0)} s; the database has ${(bytes / 1e6).toFixed(0)} MB. Each was asked once before the clock ran. A cursor stands in the middle of the table.`,
			describeLoad(),
			...repeated.map(
				({ what, worstOfSeriesMs }) =>
					`Measured again, because the machine is shared: ${what}, worst of each series ${worstOfSeriesMs.map((ms) => ms.toFixed(0)).join(", ")} ms.`,
			),
		],
	};
}

function describePlans(results: MeasuredWork[]): SectionResult {
	const statements = results.flatMap(({ what, statements: list }) => list.map((statement) => ({ what, ...statement })));
	const distinct = [...new Map(statements.map((statement) => [statement.sql, statement])).values()];
	const scanning = distinct.filter(({ scans }) => scans.length > 0);
	return {
		title: "EXPLAIN QUERY PLAN of every statement behind them",
		columns: ["statement, and how it finds its rows"],
		rows: distinct.flatMap(({ sql, plan }) => [[shorten(sql)], ...plan.map((detail) => [`    ${detail}`])]),
		measurements: distinct,
		goals: [
			{
				name: "statements that go through a table",
				wanted: "none",
				measured:
					scanning.length === 0
						? `none of ${distinct.length}`
						: scanning.map(({ what, scans }) => `${what}: ${scans.join(", ")}`).join("; "),
				isReached: scanning.length === 0,
			},
		],
	};
}

const shorten = (sql: string): string => {
	const words = sql.replace(/\s+/g, " ").replace(/^select .*? from /i, "select … from ");
	return words.length > 100 ? `${words.slice(0, 100)}…` : words;
};
