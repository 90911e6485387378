/** What a client polls while its photos are in work. */
import { expect, it } from "vitest";
import { expectJson, makeCaller, type ProcessingJson } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { failingBindings } from "../../support/failing-bindings.ts";
import { readFixture } from "../../support/fixtures.ts";
import { expectProblem } from "../../support/problems.ts";
import { readStored } from "../../support/stored-state.ts";
import { changeTaskRow } from "../../support/tasks.ts";

it("an item without photos is not processing, and nothing of it is processed", async () => {
	const ana = await makeCaller(deployWorker());
	const { id } = await ana.createItem();
	expect(await ana.readProcessing(id)).toEqual({
		item_id: id,
		is_processing: false,
		has_photos: false,
		photo_count: 0,
		photos_processing: 0,
		photos_in_work: [],
		photos_failed: [],
		imports_in_work: 0,
		imports_failed: [],
		uploads_in_work: 0,
		uploads_failed: [],
		all_processed: false,
	});
});

it("counts down as photos finish", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { id } = await ana.createItem();
	const [first, second] = [await ana.createPhoto(id), await ana.createPhoto(id)];
	expect(await ana.readProcessing(id)).toMatchObject({ is_processing: true, photo_count: 2, photos_processing: 2 });
	await worker.deliver({ task_id: first.task_id });
	expect(await ana.readProcessing(id)).toMatchObject({
		is_processing: true,
		photos_processing: 1,
		all_processed: false,
	});
	await worker.deliver({ task_id: second.task_id });
	expect(await ana.readProcessing(id)).toMatchObject({
		is_processing: false,
		has_photos: true,
		photos_processing: 0,
		all_processed: true,
	});
});

it("each photo in work is told with its task and how far that is, and the ETag follows", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { id } = await ana.createItem();
	const [first, second] = [await ana.createPhoto(id), await ana.createPhoto(id)];
	await worker.deliver({ task_id: second.task_id });
	const path = `/v1/items/${id}/processing`;
	const etag = (await ana.get(path)).headers.get("etag") ?? "";
	const waiting = { id: first.task_id, state: "sent", attempt: 0, max_attempts: 4, progress: null };
	expect((await ana.readProcessing(id)).photos_in_work).toEqual([{ id: first.id, order: 0, task: waiting }]);
	expect((await ana.get(path, { "if-none-match": etag })).status).toBe(304);
	const progress = { done: 2, total: 5, note: "resampling" };
	await changeTaskRow(first.task_id, { state: "started", attemptCount: 3, snoozeCount: 1, progress });
	const counted = failingBindings(worker.env, () => false);
	const changed = await ana.at(deployWorker(counted.env)).get(path, { "if-none-match": etag });
	expect(counted.calls).toHaveLength(2); // the token, and all the rest
	expect((await expectJson<ProcessingJson>(changed)).photos_in_work).toEqual([
		{ id: first.id, order: 0, task: { ...waiting, state: "started", attempt: 2, progress } },
	]);
});

it("a failed photo counts as finished, with a reason for people", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { id } = await ana.createItem();
	const photo = await ana.createPhoto(id, await readFixture("corrupt-data.jpg"), "?order=3");
	await worker.deliver({ task_id: photo.task_id });
	const processing = await ana.readProcessing(id);
	expect(processing).toMatchObject({
		is_processing: false,
		photo_count: 1,
		photos_processing: 0,
		photos_failed: [{ id: photo.id, order: 3, code: "undecodable_image" }],
		all_processed: false,
	});
	expect(processing.photos_failed[0]?.reason).toMatch(/could not be decoded.*Send another copy/);
});

it("polling costs a 304 until something changes", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { id } = await ana.createItem();
	const photo = await ana.createPhoto(id);
	const path = `/v1/items/${id}/processing`;
	const first = await ana.get(path);
	const etag = first.headers.get("etag") ?? "";
	expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
	await expectJson(first);
	for (const header of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
		const again = await ana.get(path, { "if-none-match": header });
		expect([header, again.status, again.headers.get("etag"), await again.text()]).toEqual([header, 304, etag, ""]);
	}
	await worker.deliver({ task_id: photo.task_id });
	const changed = await ana.get(path, { "if-none-match": etag });
	expect(changed.headers.get("etag")).not.toBe(etag);
	expect(await expectJson(changed)).toMatchObject({ is_processing: false });
});

it("reading changes nothing, even where the item's flag is wrong", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { id } = await ana.createItem();
	await ana.createPhoto(id);
	await worker.env.DB.prepare("UPDATE items SET is_processing_photos = 0").run();
	const before = await readStored();
	expect(await ana.readProcessing(id)).toMatchObject({ is_processing: false, photos_processing: 1 });
	await ana.get(`/v1/items/${id}`);
	expect(await readStored()).toEqual(before);
});

it("an unknown item is told so", async () => {
	const ana = await makeCaller(deployWorker());
	await expectProblem(await ana.get("/v1/items/unknown/processing"), "not_found");
});
