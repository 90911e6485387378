/** Cancelling and retrying many tasks at once: counted first, bounded, and never another's. */
import { expect, it } from "vitest";
import { readRetriedIds } from "../../../src/db/task-rows.ts";
import { expectJson, makeCaller } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { expectProblem } from "../../support/problems.ts";
import { expectNoScans } from "../../support/query-plans.ts";
import { changeTaskRow, countTasks, readTaskRow } from "../../support/tasks.ts";

const NAME = "check_item_photo_processing";
const scopes = ["photos:read", "photos:write", "tasks:read", "tasks:write"];

interface Changed {
	matched: number;
	changed: number;
	tasks: { id: string; state: string; new_id: string | null }[];
	next_cursor: string | null;
}

async function setUp(count: number) {
	const worker = deployWorker();
	const ana = await makeCaller(worker, { scopes });
	const item = await ana.createItem();
	const tasks = Array.from({ length: count }, () => ({ name: NAME, arguments: { item_id: item.id } }));
	const enqueued = await expectJson<Changed>(await ana.json("POST", "/v1/tasks", { tasks }), 202);
	worker.sent.length = 0;
	const bulk = async (body: object) => expectJson<Changed>(await ana.json("POST", "/v1/tasks/bulk", body));
	return { worker, ana, item, ids: enqueued.tasks.map(({ id }) => id), bulk };
}

it("a dry run tells what would be changed, and changes nothing", async () => {
	const { ids, bulk } = await setUp(5);
	const before = await Promise.all(ids.map(readTaskRow));
	const found = await bulk({ action: "cancel", filter: { name: NAME }, dry_run: true });
	expect(found).toMatchObject({ matched: 5, changed: 0, next_cursor: null });
	expect(found.tasks.map(({ id }) => id).sort()).toEqual([...ids].sort());
	expect(await Promise.all(ids.map(readTaskRow))).toEqual(before);
});

it("cancels what has not ended, and passes over the rest", async () => {
	const { ids, bulk } = await setUp(4);
	await changeTaskRow(ids[0] ?? "", { state: "succeeded", finishedAt: 1, wakeAt: null });
	expect(await bulk({ action: "cancel", filter: { name: NAME } })).toMatchObject({ matched: 3, changed: 3 });
	const states = await Promise.all(ids.map(async (id) => (await readTaskRow(id)).state));
	expect(states).toEqual(["succeeded", "cancelled", "cancelled", "cancelled"]);
	expect(await bulk({ action: "cancel", filter: { name: NAME } })).toMatchObject({ matched: 0, changed: 0 });
	const never = await bulk({ action: "cancel", filter: { name: NAME, state: "cancelled" } });
	expect(never).toMatchObject({ matched: 0, next_cursor: null });
});

it("retries what failed, once, and sends it", async () => {
	const { worker, ids, bulk } = await setUp(3);
	for (const id of ids.slice(1)) {
		const error = { code: "internal_error", detail: "The moon was full." };
		await changeTaskRow(id, { state: "failed", finishedAt: 1, wakeAt: null, error });
	}
	const retried = await bulk({ action: "retry", filter: { error: "moon" } });
	expect(retried).toMatchObject({ matched: 2, changed: 2 });
	for (const { id, new_id } of retried.tasks) expect((await readTaskRow(new_id ?? "")).retryOf).toBe(id);
	expect(worker.sent).toHaveLength(2);
	const again = { action: "retry", filter: { error: "moon" } };
	expect(await bulk({ ...again, dry_run: true })).toMatchObject({ matched: 0, next_cursor: null });
	expect(await bulk({ action: "retry", ids })).toMatchObject({ matched: 0, changed: 0 });
	await expectNoScans((db) => readRetriedIds(db, ids));
	expect(await countTasks()).toBe(5);
});

it("goes on behind its cursor, as many at a time as asked for", async () => {
	const { ids, bulk } = await setUp(7);
	const seen: string[] = [];
	let cursor: string | null = null;
	do {
		const filter = { state: "sent", name: NAME };
		const part: Changed = await bulk({ action: "cancel", filter, limit: 3, ...(cursor && { cursor }) });
		seen.push(...part.tasks.map(({ id }) => id));
		cursor = part.next_cursor;
	} while (cursor !== null);
	expect(seen.sort()).toEqual([...ids].sort());
});

it("finds what the list finds, by whatever a list is filtered", async () => {
	const { ana, ids, bulk } = await setUp(2);
	const [parent = "", child = ""] = ids;
	await changeTaskRow(child, { parentId: parent });
	const filter = { parent_id: parent, queue: "tasks", created_after: "2026-01-01T00:00:00+02:00" };
	const listed = await expectJson<Changed>(await ana.get(`/v1/tasks?${new URLSearchParams(filter)}`));
	expect(listed.tasks.map(({ id }) => id)).toEqual([child]);
	const found = await bulk({ action: "cancel", filter, dry_run: true });
	expect(found.tasks.map(({ id }) => id)).toEqual([child]);
});

it("changes nobody else's tasks", async () => {
	const { worker, ids } = await setUp(2);
	const bob = await makeCaller(worker, { ownerId: "bob", scopes });
	const answer = await bob.json("POST", "/v1/tasks/bulk", { action: "cancel", filter: { name: NAME } });
	expect(await expectJson<Changed>(answer)).toMatchObject({ matched: 0 });
	expect((await readTaskRow(ids[0] ?? "")).state).toBe("sent");
});

it.each<[string, object]>([
	["no filter", { action: "cancel", filter: {} }],
	["a filter that is none", { action: "cancel", filter: { colour: "red" } }],
	["no such action", { action: "delete", filter: { name: NAME } }],
	["too many", { action: "cancel", filter: { name: NAME }, limit: 91 }],
])("%s is refused", async (_, body) => {
	const { ana } = await setUp(1);
	await expectProblem(await ana.json("POST", "/v1/tasks/bulk", body), "invalid_request");
});

it("as many as one call may cancel take fewer queries than a request has", async () => {
	const { worker, ana } = await setUp(90);
	await worker.env.DB.prepare(
		`UPDATE tasks SET name = 'process_photo_to_avif', queue = 'photos', arguments = '{"photo_id":"gone"}', group_id = 'group'`,
	).run();
	let queries = 0;
	const DB = new Proxy(worker.env.DB, {
		get(target, name) {
			if (name === "prepare") queries += 1;
			const member: unknown = Reflect.get(target, name);
			return typeof member === "function" ? member.bind(target) : member;
		},
	});
	const body = { action: "cancel", filter: { group_id: "group" } };
	const response = await ana.at(deployWorker({ DB })).json("POST", "/v1/tasks/bulk", body);
	expect(await expectJson<Changed>(response)).toMatchObject({ matched: 90, changed: 90, next_cursor: null });
	expect(queries).toBeGreaterThan(90);
	expect(queries).toBeLessThan(980); // a filter that finds little looks through ten pages, two queries each
});
