/** What the sweep does for uploads: lost events are found, what never came ends, what is old is forgotten. */
import { v7 as newId } from "uuid";
import { beforeEach, expect, it, vi } from "vitest";
import { sweepUploads } from "../../src/cron/sweep-uploads.ts";
import { openDatabase } from "../../src/db/database.ts";
import { readItemProcessing } from "../../src/db/photos.ts";
import { forgetUploads, listOpenUploads, listOverdueUploads, readUsage } from "../../src/db/uploads.ts";
import { taskQueuesOf } from "../../src/queues/task-queues.ts";
import { makeCaller } from "../support/caller.ts";
import { logged } from "../support/captured-log.ts";
import { deployWorker } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { smallPicture } from "../support/fixtures.ts";
import { explain } from "../support/query-plans.ts";
import { expectEveryObjectNamed, expectNoTraces, expectOnlyHeldObjects, readStored } from "../support/stored-state.ts";
import { announce, directUploads, keyOf, putObject, readUpload, sweepAfter, workOff } from "../support/uploads.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
beforeEach(() => {
	vi.useFakeTimers({ toFake: ["Date"] });
});

const deploy = (changes: Record<string, unknown> = {}) => deployWorker({ ...directUploads, ...changes });

it("an upload whose event was lost is received once it is overdue, and not before", async () => {
	const worker = deploy();
	const ana = await makeCaller(worker);
	const item = await ana.createItem();
	const { id } = await announce(ana, await smallPicture(), { item_id: item.id });
	const event = await putObject(keyOf({ id }), await smallPicture());
	await sweepAfter(worker, 29 * MINUTE_MS);
	expect(worker.sent).toEqual([]);
	await Promise.all([sweepAfter(worker, 2 * MINUTE_MS), worker.sweep(Date.now())]);
	expect(worker.sent).toHaveLength(1);
	await worker.deliverTogether("uploads", [event]);
	await workOff(worker);
	expect(await readUpload(ana, id)).toMatchObject({ state: "received" });
	expect((await ana.readItem(item.id)).photos).toMatchObject([{ id, state: "processed" }]);
	await sweepAfter(worker, 60 * MINUTE_MS);
	await expectOnlyHeldObjects();
});

it("an upload of which nothing came fails with the reason, and is forgotten after a month", async () => {
	const worker = deploy();
	const ana = await makeCaller(worker);
	const { id } = await announce(ana, await smallPicture());
	await sweepAfter(worker, 31 * MINUTE_MS);
	expect(logged("sweep.done")).toMatchObject([{ uploads: { found: 0, expired: 1 } }]);
	expect(await readUpload(ana, id)).toMatchObject({
		state: "failed",
		error: { code: "upload_expired", detail: expect.stringContaining("Announce it anew") },
	});
	await sweepAfter(worker, 29 * DAY_MS);
	expect((await readStored()).uploads).toHaveLength(1);
	await sweepAfter(worker, 2 * DAY_MS);
	expect((await readStored()).uploads).toEqual([]);
	await expectNoTraces();
});

it("whatever call of the sweep fails, the next ones do what it left", async () => {
	const moments = ["before", "after"] as const;
	for (const moment of moments) {
		for (let n = 1, more = true; more; n++) {
			const worker = deploy();
			const ana = await makeCaller(worker);
			const item = await ana.createItem();
			const [there, absent] = [
				await announce(ana, await smallPicture(), { item_id: item.id }),
				await announce(ana, await smallPicture(), { item_id: item.id }),
			];
			await putObject(keyOf(there), await smallPicture());
			const failing = failingBindings(worker.env, (_, at) => at === n, moment, ["DB", "MEDIA", "TRANSFERS_QUEUE"]);
			vi.setSystemTime(Date.now() + 31 * MINUTE_MS);
			const { DB, MEDIA } = failing.env;
			const queues = taskQueuesOf({ ...worker.env, ...failing.env });
			await sweepUploads(openDatabase(DB), MEDIA, queues, Date.now()).catch(() => {});
			more = failing.calls.length >= n;
			await expectEveryObjectNamed();
			// A message that was thought to be sent is sent again once its grace is over.
			for (let minute = 0; minute < 3; minute++) await sweepAfter(worker, MINUTE_MS);
			const { state, task_id } = await readUpload(ana, there.id);
			expect([n, state]).toEqual([n, "receiving"]);
			expect([n, (await readUpload(ana, absent.id)).state]).toEqual([n, "failed"]);
			expect(worker.sent).toContainEqual({ queue: "transfers", body: { task_id }, delaySeconds: 0 });
			await ana.delete(`/v1/items/${item.id}`);
		}
	}
});

it("more than a run can do is left to the next ones", async () => {
	const worker = deploy();
	const ana = await makeCaller(worker);
	const bytes = await smallPicture();
	const announced = await Promise.all(Array.from({ length: 12 }, () => announce(ana, bytes)));
	await Promise.all(announced.map((upload) => putObject(keyOf(upload), bytes)));
	await sweepAfter(worker, 31 * MINUTE_MS);
	expect(worker.sent).toHaveLength(10);
	await sweepAfter(worker, MINUTE_MS);
	expect(worker.sent).toHaveLength(12);
});

it("what was put before a standstill of days is received, however much it is, and nothing of it is removed before", async () => {
	const worker = deploy();
	const ana = await makeCaller(worker);
	const bytes = await smallPicture();
	const announced = await Promise.all(Array.from({ length: 12 }, () => announce(ana, bytes)));
	await Promise.all(announced.map((upload) => putObject(keyOf(upload), bytes)));
	await sweepAfter(worker, 3 * DAY_MS);
	await sweepAfter(worker, MINUTE_MS);
	await workOff(worker);
	const states = await Promise.all(announced.map(async ({ id }) => (await readUpload(ana, id)).state));
	expect(states).toEqual(announced.map(() => "received"));
	await sweepAfter(worker, MINUTE_MS);
	await expectOnlyHeldObjects();
});

it("what was put is not removed while the search for it fails", async () => {
	const worker = deploy();
	const ana = await makeCaller(worker);
	const { id } = await announce(ana, await smallPicture());
	await putObject(keyOf({ id }), await smallPicture());
	const { env } = failingBindings(worker.env, (call) => call === "MEDIA.head", "before", ["MEDIA"]);
	await sweepAfter(deploy(env), 2 * DAY_MS);
	expect(logged("sweep.failed")).toMatchObject([{ part: "uploads" }]);
	await sweepAfter(worker, MINUTE_MS);
	await workOff(worker);
	expect(await readUpload(ana, id)).toMatchObject({ state: "received" });
});

it("no question about uploads reads more than it answers", async () => {
	const statements = await explain(async (db) => {
		await listOverdueUploads(db, 1, 1);
		await forgetUploads(db, 1, 1);
		await readUsage(db, "ana");
		await readItemProcessing(db, "item", "everything");
	});
	const plans = statements.map(({ plan }) => plan).join("\n");
	for (const index of ["uploads_expected", "uploads_ended", "uploads_open", "uploads_by_item"])
		expect(plans).toContain(index);
	expect(plans).not.toMatch(/SCAN uploads/);
});

it("an owner's open uploads are listed page by page without being sorted", async () => {
	const [list] = await explain((db) => listOpenUploads(db, "ana", { before: newId(), limit: 1 }));
	expect(list?.plan).toBe("SEARCH uploads USING INDEX uploads_open (owner_id=? AND id<?)");
});
