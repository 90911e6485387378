/** Photos by themselves: reading, changing, deleting. */
import { describe, expect, it } from "vitest";
import { expectJson, makeCaller } from "../../support/caller.ts";
import { logged } from "../../support/captured-log.ts";
import { deployWorker } from "../../support/deployment.ts";
import { failingBindings, interrupted } from "../../support/failing-bindings.ts";
import { sha256Hex, smallPicture } from "../../support/fixtures.ts";
import { expectProblem } from "../../support/problems.ts";
import { expectEveryObjectNamed, expectOnlyHeldObjects, readStored } from "../../support/stored-state.ts";

it("a photo tells what was received, and later what was made of it", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const bytes = await smallPicture();
	const sha256 = await sha256Hex(bytes);
	const { id, task_id } = await ana.createPhoto(undefined, bytes, "?caption=Sleeve");
	const waiting = await ana.readPhoto(id);
	expect(waiting).toMatchObject({
		item_id: null,
		owner_id: "ana",
		caption: "Sleeve",
		state: "processing",
		original: { type: "image/jpeg", bytes: bytes.length, sha256, width: null, height: null },
		rendition: null,
		image_url: `/v1/photos/${id}/image?v=${sha256.slice(0, 16)}`,
		processed_at: null,
	});
	await worker.deliver({ task_id });
	const processed = await ana.readPhoto(id);
	expect(processed).toMatchObject({
		state: "processed",
		error: null,
		original: { width: 96, height: 64 },
		rendition: { type: "image/avif", width: 96, height: 64, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
	});
	expect(processed.image_url).toBe(processed.rendition?.url);
	expect(processed.image_url).not.toBe(waiting.image_url);
});

describe("changing", () => {
	it("changes caption and order, each by itself", async () => {
		const ana = await makeCaller(deployWorker());
		const { id } = await ana.createPhoto();
		const path = `/v1/photos/${id}`;
		expect(await expectJson(await ana.json("PATCH", path, { caption: "Crest" }))).toMatchObject({ caption: "Crest" });
		expect(await expectJson(await ana.json("PATCH", path, { order: 7 }))).toMatchObject({ caption: "Crest", order: 7 });
		expect(await expectJson(await ana.json("PATCH", path, { caption: "" }))).toMatchObject({ caption: "", order: 7 });
	});

	it.each([{}, { order: -1 }, { order: 1.5 }, { order: "1" }, { caption: "x".repeat(501) }, { state: "processed" }])(
		"%j is refused",
		async (changes) => {
			const ana = await makeCaller(deployWorker());
			const { id } = await ana.createPhoto();
			await expectProblem(await ana.json("PATCH", `/v1/photos/${id}`, changes), "invalid_request");
			expect(await ana.readPhoto(id)).toMatchObject({ order: 0, caption: "", state: "processing" });
		},
	);
});

describe("deleting", () => {
	it("takes both objects along", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const photo = await ana.createPhoto();
		await worker.deliver({ task_id: photo.task_id });
		expect((await readStored()).objectKeys).toHaveLength(2);
		expect((await ana.delete(`/v1/photos/${photo.id}`)).status).toBe(204);
		expect(await readStored()).toMatchObject({ photos: [], removals: [], objectKeys: [] });
		await expectProblem(await ana.get(`/v1/photos/${photo.id}`), "not_found");
		await expectProblem(await ana.delete(`/v1/photos/${photo.id}`), "not_found");
	});

	it("the last photo in work finishes its item, and its work is cancelled", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const { id } = await ana.createItem();
		const [done, waiting] = [await ana.createPhoto(id), await ana.createPhoto(id)];
		await worker.deliver({ task_id: done.task_id });
		expect((await ana.readItem(id)).is_processing_photos).toBe(true);
		await ana.delete(`/v1/photos/${waiting.id}`);
		expect(await ana.readProcessing(id)).toMatchObject({ is_processing: false, photo_count: 1, all_processed: true });
		expect((await ana.readTask(waiting.task_id)).state).toBe("cancelled");
		expect(await worker.deliver({ task_id: waiting.task_id })).toMatchObject({ isAcknowledged: true });
		expect((await ana.readTask(waiting.task_id)).attempt_count).toBe(0);
	});

	it("a photo that is attached at that very moment does not leave its item waiting", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const { id } = await ana.createPhoto();
		const attach = () => ana.json("POST", `/v1/items/${item.id}/photos/attach`, { photo_ids: [id] });
		const late = ana.at(deployWorker(interrupted(worker.env, "DB.batch", attach)));
		expect((await late.delete(`/v1/photos/${id}`)).status).toBe(204);
		expect(await ana.readProcessing(item.id)).toMatchObject({ is_processing: false, photo_count: 0 });
	});

	it("an object that cannot be removed now is removed by the sweep", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const photo = await ana.createPhoto();
		const isDelete = (call: string) => call === "MEDIA.delete";
		const broken = deployWorker(failingBindings(worker.env, isDelete).env);
		expect((await ana.at(broken).delete(`/v1/photos/${photo.id}`)).status).toBe(204);
		const stored = await readStored();
		expect([stored.photos.length, stored.objectKeys.length]).toEqual([0, 1]);
		expect(logged("removal.failed")).toHaveLength(1);
		await expectEveryObjectNamed();
		await worker.sweep(Date.now() + 3_600_000);
		await expectOnlyHeldObjects();
	});
});
