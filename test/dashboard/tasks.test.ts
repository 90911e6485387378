/** What the pages of tasks, of kinds of tasks and of dead letters tell, and how they lead on. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { attempts, auditEntries, deadLetters } from "../../src/db/schema.ts";
import { NEVER } from "../../src/tasks/enqueue.ts";
import { type Caller, makeCaller } from "../support/caller.ts";
import { sessionSecret, signIn } from "../support/dashboard.ts";
import { deployWorker } from "../support/deployment.ts";
import { writeEndedTasks } from "../support/many-tasks.ts";
import { writePlainTask } from "../support/plain-task.ts";
import { changeTaskRow, readTaskRow } from "../support/tasks.ts";

const db = openDatabase(env.DB);
const hostile = "<script>alert(1)</script>";
const NAME = "check_item_photo_processing";

async function setUp() {
	const worker = deployWorker({ SESSION_SECRET: sessionSecret });
	return { worker, browser: await signIn(worker), reader: await signIn(worker, ["dashboard:read"]) };
}

const placeOf = (answer: Response) => answer.headers.get("location") ?? "";
const rowsOf = (page: string) => [...page.matchAll(/id="task-([^"]+)"/g)].map(([, id]) => id);
/** Text as it is read: without tags, and with single spaces. */
const textOf = (page: string) => page.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");

async function enqueue(admin: Caller, count: number): Promise<string[]> {
	const item = await admin.createItem();
	const task = { name: NAME, arguments: { item_id: item.id } };
	const answer = await admin.json("POST", "/v1/tasks", { tasks: Array.from({ length: count }, () => task) });
	return (await answer.json<{ tasks: { id: string }[] }>()).tasks.map(({ id }) => id);
}

const fail = (id: string, detail: string) =>
	changeTaskRow(id, { state: "failed", finishedAt: 1, wakeAt: null, error: { code: "internal_error", detail } });

it("states are counted, and kept apart from filters by which nothing is counted", async () => {
	const { browser } = await setUp();
	await writeEndedTasks({ count: 1200, from: Date.UTC(2026, 0, 1) });
	const page = textOf(await browser.read("/dashboard/tasks"));
	expect(page).toContain("succeeded 1,000 +");
	expect(page).toContain("failed 24 ");
	const filtered = await browser.read("/dashboard/tasks?state=failed&queue=tasks&sort=oldest");
	expect(filtered).toContain('href="/dashboard/tasks?queue=tasks&amp;sort=oldest&amp;state=cancelled"');
	expect(textOf(filtered)).not.toContain("failed 24");
	expect(rowsOf(filtered)).toEqual([...rowsOf(filtered)].sort());
	expect(await browser.open("/dashboard/tasks?sort=constructor")).toHaveProperty("status", 200);
});

it("a list goes on in its order and with its filters, and says over what it was sorted", async () => {
	const { browser } = await setUp();
	await writeEndedTasks({ count: 1200, from: Date.UTC(2026, 0, 1) });
	const next = (page: string) => /href="([^"]+)" rel="next"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "";
	const oldest = await browser.read("/dashboard/tasks?queue=tasks&sort=oldest");
	expect(next(oldest)).toMatch(/queue=tasks&sort=oldest&cursor=/);
	const second = await browser.read(next(oldest));
	expect(rowsOf(second)[0] ?? "").toMatch(/^[0-9a-f]{8}-/);
	expect((rowsOf(second)[0] ?? "") > (rowsOf(oldest).at(-1) ?? "g")).toBe(true);
	expect(second).toContain(">Newer</a>");
	const sorted = await browser.read("/dashboard/tasks?sort=longest_run");
	expect(sorted).toContain("The longest run first, among the 500 newest that fit, the first 50 of them.");
	expect(await browser.read(next(sorted))).toContain("among the next 500 that fit");
});

it("a page that stopped looking at its bound says so, and goes on", async () => {
	const { browser } = await setUp();
	await writeEndedTasks({ count: 5100, from: Date.UTC(2026, 0, 1) });
	const few = await browser.read("/dashboard/tasks?error=number+5098");
	expect(rowsOf(few)).toHaveLength(1);
	expect(few).toContain("There may be more: go on below.");
	expect(few).toContain('rel="next"');
	expect(await browser.read("/dashboard/tasks?error=number+98.")).toContain(
		"None of the tasks that were looked at fits",
	);

	// Of 5,100 that failed only the oldest was not tried again.
	await env.DB.prepare(`UPDATE tasks SET state = 'failed', name = '${NAME}'`).run();
	await env.DB.prepare(
		`INSERT INTO tasks (id, name, queue, arguments, owner_id, state, attempt_count, max_attempts, due_at, created_at, finished_at, retry_of)
		SELECT 'retry-of-' || id, name, queue, arguments, owner_id, 'succeeded', 1, 4, 1, 1, 2, id FROM tasks ORDER BY id LIMIT -1 OFFSET 1`,
	).run();
	const none = await browser.read("/dashboard/tasks/bulk?action=retry&state=failed");
	expect(textOf(none)).toContain("None of those that were looked at can be changed. Look at older ones");
	const onwards = /href="([^"]+)">Look at older/.exec(none)?.[1]?.replaceAll("&amp;", "&") ?? "";
	expect(textOf(await browser.read(onwards))).toContain("1 task would be tried again");
});

it("a moment is taken as a browser's field gives it: without its zone, and without seconds where they are 0", async () => {
	const { browser } = await setUp();
	await writeEndedTasks({ count: 100, from: Date.UTC(2026, 0, 1) });
	const within = async (from: string, before: string) =>
		rowsOf(await browser.read(`/dashboard/tasks?created_after=${from}&created_before=${before}`)).length;
	expect(await within("2026-01-01T00:01", "2026-01-01T00:01:20")).toBe(20);
	expect(await within("2026-01-01T00:01:00.5", "2026-01-01T00:01:20.000Z")).toBe(19);
	const refused = await browser.open("/dashboard/tasks?created_after=yesterday");
	expect(refused.status).toBe(422);
	expect(await refused.text()).toContain('id="created_after-fault"');
});

it("a wait is counted from when a task was due, and ends with its last start; a run goes on until now", async () => {
	const { worker, browser } = await setUp();
	const admin = await makeCaller(worker, { scopes: ["admin"] });
	const [delayed = "", running = "", between = ""] = await enqueue(admin, 3);
	const now = Date.now();
	const DAY_MS = 86_400_000;
	await changeTaskRow(delayed, {
		state: "succeeded",
		createdAt: now - 9 * DAY_MS,
		dueAt: now - DAY_MS - 7000,
		startedAt: now - DAY_MS,
		finishedAt: now - DAY_MS + 12_000,
		wakeAt: null,
	});
	await changeTaskRow(running, {
		state: "started",
		startedAt: now - 3 * DAY_MS - 60_000,
		dueAt: now - 3 * DAY_MS - 60_000,
	});
	await changeTaskRow(between, {
		state: "cancelled",
		startedAt: now - 5 * DAY_MS,
		dueAt: NEVER,
		finishedAt: now,
		wakeAt: null,
	});
	const text = textOf(await browser.read("/dashboard/tasks?sort=longest_run"));
	expect(text).toContain("7.00 s 12.0 s");
	expect(text).toContain("0 ms 3 d");
	expect(text).not.toContain("5 d");
	expect(rowsOf(await browser.read("/dashboard/tasks?sort=longest_run"))).toEqual([running, delayed, between]);
});

it("a task tells where it came from, what is gone and what its group's end starts, as text", async () => {
	const { worker, browser, reader } = await setUp();
	const admin = await makeCaller(worker, { scopes: ["admin"] });
	const item = await admin.createItem();
	const schedule = await (
		await admin.json("POST", "/v1/schedules", {
			name: hostile,
			task: NAME,
			arguments: { item_id: item.id },
			timing: { kind: "crontab", expression: "*/5 * * * *", time_zone: "UTC" },
		})
	).json<{ id: string }>();
	const run = await admin.json("POST", `/v1/schedules/${schedule.id}/run`, {});
	const { task_id: id } = await run.json<{ task_id: string }>();
	const [callback = ""] = await enqueue(admin, 1);
	await changeTaskRow(callback, { callbackOf: "group", state: "pending", dueAt: NEVER, wakeAt: null });
	await changeTaskRow(id, { parentId: "gone", groupId: "group" });
	await fail(id, hostile);
	await db.insert(attempts).values({
		taskId: id,
		number: 1,
		leaseToken: "token",
		isolateId: "isolate",
		startedAt: Date.UTC(2026, 0, 1, 12),
		waitMs: 1500,
	});
	const page = await browser.read(`/dashboard/tasks/${id}`);
	expect(page).not.toContain(hostile);
	const text = textOf(page);
	expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt; , run by hand at");
	expect(page).toContain(`/dashboard/schedules/${schedule.id}`);
	expect(text).toContain("a task that is no longer kept");
	expect(text).toContain(`Its end starts ${NAME}`);
	expect(text).toContain("due 2026-01-01 11:59:58.500");
	expect(page).toMatch(/>Retry<\/button>/);
	expect(await reader.read(`/dashboard/tasks/${id}`)).not.toContain(`action="/dashboard/tasks/`);
	const ofCallback = textOf(await browser.read(`/dashboard/tasks/${callback}`));
	expect(ofCallback).toContain(`Of the group, without success so far ${NAME} failed internal_error`);
	// What it may be asked changes with its state: the buttons are brought up to date with the rest.
	expect(page.indexOf('id="task"')).toBeLessThan(page.indexOf(">Retry</button>"));
});

it("dead letters are grouped by error on every page of them, and the tasks of a group retried once, after a count", async () => {
	const { worker, browser, reader } = await setUp();
	const admin = await makeCaller(worker, { scopes: ["admin"] });
	const ids = await enqueue(admin, 3);
	await Promise.all(ids.map((id) => fail(id, hostile)));
	const [oldest] = ids;
	const letter = (taskId: string | null, at: number) => ({
		id: `message-${at}`,
		queue: "tasks-dead-letters",
		taskId,
		body: { hostile },
		deliveries: 4,
		receivedAt: at,
	});
	await db.insert(deadLetters).values(letter(oldest ?? "", 0));
	await env.DB.prepare(
		`WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 998)
		INSERT INTO dead_letters (id, queue, body, deliveries, received_at) SELECT 'loose-' || n, 'photos-dead-letters', '{}', 4, n FROM numbers`,
	).run();
	for (const [at, id] of ids.slice(1).entries()) await db.insert(deadLetters).values(letter(id, 2000 + at));
	const first = await browser.read("/dashboard/dead-letters");
	expect(textOf(first)).toContain("of the newest 1,000 letters");
	expect(first).not.toContain(hostile);
	const older = (/href="([^"]+)" rel="next"/.exec(first)?.[1] ?? "").replaceAll("&amp;", "&");
	const second = await browser.read(older);
	const ofOlder = (/href="([^"]+group=internal_error[^"]+)"/.exec(second)?.[1] ?? "").replaceAll("&amp;", "&");
	expect(await browser.read(ofOlder)).toContain(`/dashboard/tasks/${oldest}`);

	const group = (/href="([^"]+group=internal_error[^"]+)"/.exec(first)?.[1] ?? "").replaceAll("&amp;", "&");
	const open = await browser.read(group);
	expect(open).toContain("Retry the tasks of this group…");
	expect(await reader.read(group)).not.toContain("Retry");
	const chosen = new URLSearchParams(ids.slice(1).map((id) => ["id", id]));
	const count = await browser.read(`/dashboard/tasks/bulk?action=retry&${chosen}`);
	expect(count).toContain("2 tasks would be tried again");
	const [one = "", other = ""] = ids.slice(1);
	await browser.submit(`/dashboard/tasks/${one}/retry`);
	expect(await browser.read(`/dashboard/tasks/bulk?action=retry&${chosen}`)).toContain("1 task would be tried again");
	expect((await readTaskRow(other)).state).toBe("failed");
});

it("a task is enqueued by hand once its arguments fit, with the settings of its kind beside the form", async () => {
	const { worker, browser, reader } = await setUp();
	const admin = await makeCaller(worker, { scopes: ["admin"] });
	const item = await admin.createItem();
	const page = textOf(await browser.read(`/dashboard/registered/${NAME}`));
	expect(page).toContain("Lease 1 min, then");
	expect(page).toContain("Equal ones as many as are enqueued");
	const send = (args: string, countdown = "") =>
		browser.submit(`/dashboard/registered/${NAME}/enqueue`, { arguments: args, countdown });
	for (const [args, countdown, fault] of [
		[`{"item_id": "${hostile}`, "", "arguments"],
		[`{"item": 7}`, "", "arguments"],
		[JSON.stringify({ item_id: item.id }), "soon", "countdown"],
	] as const) {
		const answer = await send(args, countdown);
		expect(answer.status).toBe(422);
		const again = await answer.text();
		expect(again).toContain(`id="${fault}-fault"`);
		expect(again).not.toContain(hostile);
	}
	const made = placeOf(await send(JSON.stringify({ item_id: item.id }), "3600"));
	expect(await browser.read(made)).toContain("The task is enqueued.");
	expect((await reader.submit(`/dashboard/registered/${NAME}/enqueue`, { arguments: "{}" })).status).toBe(403);
	const entries = (await db.select().from(auditEntries)).filter(({ action }) => action === "task.enqueue");
	expect(entries.map(({ status }) => status)).toEqual([400, 400, 400, 303]);
});

it("the search leads to what an id names, to the tasks of a name, and to errors that hold the words", async () => {
	const { worker, browser } = await setUp();
	const admin = await makeCaller(worker, { scopes: ["admin"] });
	const item = await admin.createItem();
	const taskId = await writePlainTask();
	const placeFor = async (q: string) => placeOf(await browser.open(`/dashboard/search?${new URLSearchParams({ q })}`));
	expect(await placeFor(` ${item.id.toUpperCase()} `)).toBe(`/dashboard/items/${item.id}`);
	expect(await placeFor(taskId)).toBe(`/dashboard/tasks/${taskId}`);
	const groupId = item.id.replace(/^./, "f");
	await changeTaskRow(taskId, { groupId });
	expect(await placeFor(groupId)).toBe(`/dashboard/tasks?group_id=${groupId}`);
	expect(await placeFor(NAME)).toBe(`/dashboard/tasks?name=${NAME}`);
	expect(await placeFor("too & large")).toBe("/dashboard/tasks?error=too+%26+large");
	expect(await placeFor("")).toBe("/dashboard/tasks");
});
