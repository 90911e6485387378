/** Lists of tasks find what is asked for, and look at a bounded part of the table for it. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { firstIdOf } from "../../src/db/ids.ts";
import { countStates, MAX_COUNTED } from "../../src/db/task-counts.ts";
import { listTasks, MAX_LOOKED_AT, type TaskFilter } from "../../src/db/task-lists.ts";
import { writeEndedTasks } from "../support/many-tasks.ts";
import { countRowsRead, expectNoScans } from "../support/query-plans.ts";
import { changeTaskRow } from "../support/tasks.ts";

const COUNT = 20_000;
const FROM = Date.UTC(2026, 0, 1);
const db = () => openDatabase(env.DB);
const list = (filter: TaskFilter, page: { before?: string; limit?: number; isOldestFirst?: boolean } = {}) =>
	listTasks(db(), filter, "everything", { limit: 20, ...page });

/** Everything that a client gets who follows the cursors, and how many pages that took. */
async function listAll(filter: TaskFilter, limit = 100, isOldestFirst = false) {
	const ids: string[] = [];
	let pages = 0;
	for (let before: string | null | undefined; before !== null; pages++) {
		const page = await list(filter, { limit, isOldestFirst, ...(before === undefined ? {} : { before }) });
		ids.push(...page.tasks.map(({ id }) => id));
		before = page.nextCursor;
	}
	return { ids, pages };
}

const visibilityOf = ({ ownerId }: { ownerId?: string }) =>
	ownerId === undefined ? ("everything" as const) : { ownerId };

const filters: [string, TaskFilter & { ownerId?: string }][] = [
	["no filter", {}],
	["an owner", { ownerId: "ana" }],
	["a name", { name: "plain_task" }],
	["a queue", { queue: "tasks" }],
	["an item", { itemId: "item-7" }],
	["a photo", { photoId: "photo-7" }],
	["a group", { groupId: "group-7" }],
	["a parent", { parentId: "parent-7" }],
	["a time", { createdFrom: FROM + 5000, createdBefore: FROM + 9000 }],
	["an error's text", { errorText: "broke" }],
	["what failed", { state: "failed" }],
	["what succeeded", { state: "succeeded" }],
	["a name and what failed", { state: "failed", name: "plain_task" }],
	["an owner's that failed with a text", { ownerId: "ana", state: "failed", errorText: "number 7" }],
	[
		"everything at once",
		{ ownerId: "ana", state: "failed", name: "plain_task", queue: "tasks", itemId: "item-7", createdFrom: FROM },
	],
];

describe("the plan of a list", () => {
	it.each(filters)("by %s searches an index and sorts nothing", async (_, filter) => {
		const statements = await expectNoScans((database) =>
			listTasks(database, filter, visibilityOf(filter), { before: firstIdOf(FROM), limit: 20 }),
		);
		expect(statements[0]?.plan).toMatch(/SEARCH tasks USING/);
		expect(statements[0]?.plan).not.toContain("TEMP B-TREE");
	});

	it.each(["pending", "sent", "started", "retrying"] as const)(
		"of tasks that are %s reads live ones",
		async (state) => {
			const statements = await expectNoScans((database) =>
				listTasks(database, { state }, { ownerId: "ana" }, { limit: 20 }),
			);
			expect(statements[0]?.plan).toContain("tasks_to_wake");
		},
	);
});

describe("among 20,000 ended tasks", () => {
	beforeEach(() => writeEndedTasks({ count: COUNT, from: FROM }));

	it.each(filters)("a page by %s reads no more than it may look at", async (_, filter) => {
		const read = await countRowsRead((database) => listTasks(database, filter, visibilityOf(filter), { limit: 20 }));
		expect(read).toBeLessThanOrEqual(2 * MAX_LOOKED_AT);
	});

	it("pages follow each other without a gap or a repetition, newest first", async () => {
		const { ids, pages } = await listAll({ name: "plain_task", createdFrom: FROM + 19_000_000 });
		expect(pages).toBe(10);
		expect(ids).toHaveLength(1000);
		expect(new Set(ids).size).toBe(1000);
		expect(ids).toEqual([...ids].sort().reverse());
	});

	it("oldest first is the same list the other way round, and a page of it reads no more", async () => {
		for (const [title, filter] of filters) {
			const page = { limit: 20, isOldestFirst: true };
			const read = await countRowsRead((database) => listTasks(database, filter, visibilityOf(filter), page));
			expect(read, title).toBeLessThanOrEqual(2 * MAX_LOOKED_AT);
		}
		for (const filter of [
			{ itemId: "item-7" },
			{ state: "failed" },
			{ createdFrom: FROM + 5000, createdBefore: FROM + 2_000_000 },
			{ errorText: "number 7" },
		] satisfies TaskFilter[]) {
			const { ids } = await listAll(filter, 150);
			expect((await listAll(filter, 150, true)).ids).toEqual(ids.reverse());
		}
	});

	it("states are counted up to a bound, callbacks that wait for their group among them", async () => {
		const [first, second] = (await list({}, { limit: 2 })).tasks.map(({ id }) => id);
		const live = { finishedAt: null, wakeAt: 5 };
		await changeTaskRow(first as string, { ...live, state: "started", groupId: "g" });
		await changeTaskRow(second as string, { ...live, state: "pending", wakeAt: null, callbackOf: "g" });
		expect(await countStates(db())).toEqual({
			pending: { count: 1, isAtLeast: false },
			sent: { count: 0, isAtLeast: false },
			started: { count: 1, isAtLeast: false },
			retrying: { count: 0, isAtLeast: false },
			succeeded: { count: MAX_COUNTED, isAtLeast: true },
			failed: { count: 399, isAtLeast: false },
			cancelled: { count: 199, isAtLeast: false },
		});
		expect(await countRowsRead(countStates)).toBeLessThanOrEqual(4 * MAX_COUNTED);
		await expectNoScans(countStates);
	});

	it("what is rare is found by going on, though pages come back empty", async () => {
		const { ids, pages } = await listAll({ errorText: "NUMBER 97." });
		expect(ids).toHaveLength(1);
		expect(pages).toBe(1 + COUNT / MAX_LOOKED_AT);
		expect((await listAll({ photoId: "none" })).ids).toEqual([]);
	});

	it("every filter holds, alone and with the others", async () => {
		expect((await listAll({ state: "cancelled" })).ids).toHaveLength(200);
		expect((await listAll({ state: "failed", name: "plain_task" })).ids).toHaveLength(400);
		expect((await listAll({ state: "failed", name: "other_task" })).ids).toEqual([]);
		expect((await listAll({ itemId: "item-4" })).ids).toHaveLength(20);
		expect((await listAll({ itemId: "item-4", state: "failed" })).ids).toHaveLength(2);
		expect((await listAll({ queue: "photos" })).ids).toEqual([]);
		const hour = { createdFrom: FROM + 3_600_000, createdBefore: FROM + 7_200_000 };
		expect((await listAll(hour)).ids).toHaveLength(3600);
		expect((await listAll({ ...hour, state: "failed", errorText: "internal_" })).ids).toHaveLength(72);
	});

	it("others' tasks are not seen", async () => {
		await writeEndedTasks({ count: 3, from: FROM + 30_000_000, ownerId: "ben" });
		const page = await listTasks(db(), {}, { ownerId: "ben" }, { limit: 20 });
		expect(page.tasks.map(({ ownerId }) => ownerId)).toEqual(["ben", "ben", "ben"]);
	});

	it("tasks of work are found, however old, and callbacks that wait for their group", async () => {
		const ids = (await list({}, { limit: 4 })).tasks.map(({ id }) => id);
		const live = { finishedAt: null, wakeAt: 5 };
		const [old] = (await list({ createdBefore: FROM + 1000 })).tasks;
		await changeTaskRow(old?.id ?? "", { ...live, state: "retrying" });
		await changeTaskRow(ids[0] as string, { ...live, state: "pending", groupId: "g" });
		await changeTaskRow(ids[1] as string, { ...live, state: "pending", wakeAt: null, callbackOf: "g" });
		await changeTaskRow(ids[2] as string, { ...live, state: "started" });
		expect((await listAll({ state: "retrying" })).ids).toEqual([old?.id]);
		expect((await listAll({ state: "pending" }, 1)).ids).toEqual([ids[0], ids[1]]);
		expect((await listAll({ state: "started", name: "plain_task", queue: "tasks" })).ids).toEqual([ids[2]]);
		expect((await listAll({ state: "started", name: "other_task" })).ids).toEqual([]);
		expect((await listAll({ state: "pending", groupId: "g" })).ids).toEqual([ids[0]]);
	});

	it("a system that is far behind is looked through like any other", async () => {
		await env.DB.prepare(
			"UPDATE tasks SET state = 'sent', finished_at = NULL, wake_at = 5 WHERE state = 'succeeded'",
		).run();
		const { ids, pages } = await listAll({ state: "sent", createdFrom: FROM + 15_000_000 });
		expect([ids.length, pages]).toEqual([4850, 49]);
	});
});
