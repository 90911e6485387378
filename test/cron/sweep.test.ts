/** The run of each minute as a whole: its parts do not keep each other from running. */
import { expect, it } from "vitest";
import { makeCaller } from "../support/caller.ts";
import { logged } from "../support/captured-log.ts";
import { deployWorker } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { expectOnlyHeldObjects, readStored } from "../support/stored-state.ts";

const HOUR_MS = 3_600_000;
const nothing = { tasks: 0, statistics: 0, deadLetters: 0, auditEntries: 0, more: false };

it("a sweep with nothing to do changes nothing and says so", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const item = await ana.createItem();
	const { task_id } = await ana.createPhoto(item.id);
	await worker.deliver({ task_id });
	worker.sent.length = 0;
	const before = await readStored();
	await worker.sweep(Date.now() + HOUR_MS);
	expect(await readStored()).toEqual(before);
	expect(worker.sent).toEqual([]);
	expect(logged("sweep.done")).toMatchObject([
		{
			tasks: { sent: 0, lost: 0, failed: 0, more: false },
			objects_removed: 0,
			trash_emptied: 0,
			expired: nothing,
			duration_ms: expect.any(Number),
		},
	]);
});

it("what is due is removed, by key and by prefix, and what is not stays", async () => {
	const worker = deployWorker();
	const { DB, MEDIA } = worker.env;
	const now = Date.now();
	for (const key of ["incoming/a", "incoming/b", "originals/p/1.jpg", "originals/p/2.jpg", "originals/pq/3.jpg"]) {
		await MEDIA.put(key, key);
	}
	const schedule = DB.prepare("INSERT INTO removals VALUES (?, ?)");
	await DB.batch([
		schedule.bind("incoming/a", now),
		schedule.bind("incoming/b", now + 1),
		schedule.bind("originals/p/", now - HOUR_MS),
		schedule.bind("incoming/never-written", now),
		schedule.bind("renditions/none/", now),
	]);
	await worker.sweep(now);
	const stored = await readStored();
	expect(stored.objectKeys).toEqual(["incoming/b", "originals/pq/3.jpg"]);
	expect(stored.removals).toEqual([{ objectKey: "incoming/b", dueAt: now + 1 }]);
});

it.each(["DB.batch", "MEDIA.delete", "MEDIA.list"])(
	"while %s fails the rest is done, and the next run catches up",
	async (failing) => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const { id } = await ana.createItem();
		await ana.createPhoto(id);
		const broken = deployWorker(failingBindings(worker.env, (call) => call.startsWith("MEDIA.")).env);
		await ana.at(broken).delete(`/v1/items/${id}`);
		await ana.json("POST", "/v1/items", { type: "jersey", name: "x" }, { "idempotency-key": "k" });
		await worker.env.MEDIA.put("incoming/left", "x");
		await worker.env.DB.prepare("INSERT INTO removals VALUES ('incoming/left', 0)").run();
		const now = Date.now() + 30 * HOUR_MS;
		await deployWorker(failingBindings(worker.env, (call) => call === failing).env).sweep(now);
		expect((await readStored()).idempotencyKeys).toEqual([]);
		await worker.sweep(now);
		await expectOnlyHeldObjects();
	},
);

it("old keys are forgotten a bounded number at a time, the oldest first", async () => {
	const worker = deployWorker();
	await worker.env.DB.prepare(
		`WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1100)
		INSERT INTO idempotency_keys (owner_id, key, request, status, body, created_at) SELECT 'ana', n, 'POST /', 201, '{}', n FROM numbers`,
	).run();
	await worker.sweep(25 * HOUR_MS);
	expect((await readStored()).idempotencyKeys.map(({ createdAt }) => createdAt).sort((a, b) => a - b)[0]).toBe(1001);
	await worker.sweep(25 * HOUR_MS);
	expect((await readStored()).idempotencyKeys).toEqual([]);
});

it("a database that is away is logged once a part, and the Worker lives", async () => {
	const worker = deployWorker();
	const { env } = failingBindings(worker.env, () => true);
	await deployWorker(env).sweep(Date.now());
	expect(logged("sweep.failed").map(({ part }) => part)).toEqual([
		"default_schedules",
		"schedules",
		"tasks",
		"uploads",
		"removals",
		"trash",
		"results",
		"old_events",
		"ticks",
		"cleanups",
		"tickets",
		"idempotency_keys",
	]);
});
