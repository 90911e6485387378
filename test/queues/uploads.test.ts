/** The consumer of R2's event notifications: late, doubled, reordered, of strangers and of nothing. */
import { describe, expect, it, vi } from "vitest";
import { makeCaller } from "../support/caller.ts";
import { logged } from "../support/captured-log.ts";
import { type Deployment, deployWorker } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { readFixture, smallPicture } from "../support/fixtures.ts";
import { expectEveryObjectNamed, expectOnlyHeldObjects, readStored } from "../support/stored-state.ts";
import {
	announce,
	directUploads,
	eventOf,
	keyOf,
	putObject,
	readUpload,
	sweepAfter,
	workOff,
} from "../support/uploads.ts";

const HOUR_MS = 3_600_000;
const queue = "uploads";
const deploy = (changes: Record<string, unknown> = {}) => deployWorker({ ...directUploads, ...changes });

async function announcedForItem(worker: Deployment) {
	const ana = await makeCaller(worker);
	const item = await ana.createItem();
	const upload = await announce(ana, await smallPicture(), { item_id: item.id });
	return { ana, item, upload };
}

describe("an event of an announced object", () => {
	it("starts one task and shows the item in work", async () => {
		const worker = deploy();
		const { ana, item, upload } = await announcedForItem(worker);
		const event = await putObject(keyOf(upload), await smallPicture());
		expect(await worker.deliverTogether(queue, [event])).toEqual({ acknowledged: 1, retried: 0 });
		const { task_id } = await readUpload(ana, upload.id);
		expect(worker.sent).toEqual([{ queue: "transfers", body: { task_id }, delaySeconds: 0 }]);
		expect(await ana.readProcessing(item.id)).toMatchObject({
			is_processing: true,
			uploads_in_work: 1,
			has_photos: false,
		});
		await expectEveryObjectNamed();
	});

	it.each([1, 3])("three times in %i batches starts one task", async (batches) => {
		const worker = deploy();
		const { upload } = await announcedForItem(worker);
		const event = await putObject(keyOf(upload), await smallPicture());
		for (let n = 0; n < batches; n++) await worker.deliverTogether(queue, Array(3 / batches).fill(event));
		expect(worker.sent).toHaveLength(1);
		expect((await readStored()).tasks).toHaveLength(1);
	});

	it("three times at once starts one task", async () => {
		const worker = deploy();
		const { ana, item, upload } = await announcedForItem(worker);
		const event = await putObject(keyOf(upload), await smallPicture());
		await Promise.all(Array.from({ length: 3 }, () => worker.deliverTogether(queue, [event])));
		expect(worker.sent).toHaveLength(1);
		await workOff(worker);
		expect((await ana.readItem(item.id)).photos).toMatchObject([{ id: upload.id, state: "processed" }]);
	});

	it("that comes again after all is done changes nothing", async () => {
		const worker = deploy();
		const { upload } = await announcedForItem(worker);
		const event = await putObject(keyOf(upload), await smallPicture());
		await worker.deliverTogether(queue, [event]);
		await workOff(worker);
		const before = await readStored();
		expect(await worker.deliverTogether(queue, [event, event])).toEqual({ acknowledged: 2, retried: 0 });
		expect(await readStored()).toEqual(before);
		expect(worker.sent).toEqual([]);
	});

	it("does not revive an upload that failed", async () => {
		const worker = deploy();
		const { ana, upload } = await announcedForItem(worker);
		await worker.sweep(Date.now() + HOUR_MS);
		expect(await readUpload(ana, upload.id)).toMatchObject({ state: "failed", error: { code: "upload_expired" } });
		await worker.deliverTogether(queue, [await putObject(keyOf(upload), await smallPicture())]);
		expect(worker.sent).toEqual([]);
		await expectEveryObjectNamed();
		await worker.sweep(Date.now() + 3 * HOUR_MS);
		await expectOnlyHeldObjects();
	});

	it.each(["CopyObject", "CompleteMultipartUpload"])("counts as well when it is a %s", async (action) => {
		const worker = deploy();
		const { upload } = await announcedForItem(worker);
		const { object } = await putObject(keyOf(upload), await smallPicture());
		await worker.deliverTogether(queue, [eventOf(object.key, { etag: object.eTag, size: object.size }, action)]);
		expect(worker.sent).toHaveLength(1);
	});

	it("is tried again while D1 is away, and nothing is lost", async () => {
		const worker = deploy();
		const { upload } = await announcedForItem(worker);
		const event = await putObject(keyOf(upload), await smallPicture());
		const { env } = failingBindings(worker.env, (call) => call.startsWith("DB."));
		expect(await deploy(env).deliverTogether(queue, [event, event])).toEqual({ acknowledged: 0, retried: 2 });
		expect(await worker.deliverTogether(queue, [event, event])).toEqual({ acknowledged: 2, retried: 0 });
		expect(worker.sent).toHaveLength(1);
	});
});

it("a second object in the place of one that was received is removed, and changes nothing else", async () => {
	const worker = deploy();
	const { ana, item, upload } = await announcedForItem(worker);
	await worker.deliverTogether(queue, [await putObject(keyOf(upload), await smallPicture())]);
	await workOff(worker);
	await worker.sweep(Date.now() + 2 * HOUR_MS);
	await expectOnlyHeldObjects();
	const before = await ana.readItem(item.id);
	await worker.deliverTogether(queue, [await putObject(keyOf(upload), await readFixture("orientation-2.jpg"))]);
	expect(await ana.readItem(item.id)).toEqual(before);
	await expectEveryObjectNamed();
	await worker.sweep(Date.now() + 2 * HOUR_MS);
	await expectOnlyHeldObjects();
});

describe("an event that means nothing to us is acknowledged and changes nothing", () => {
	const etag = "0123456789abcdef0123456789abcdef";
	const someone = { etag, size: 3 };

	it.each([
		["an original", eventOf("originals/p/x.jpg", someone), undefined],
		["a rendition", eventOf("renditions/p/x.avif", someone), undefined],
		["what arrives through the API", eventOf("incoming/x", someone), undefined],
		["a key that only begins alike", eventOf("uploads-old/x", someone), undefined],
		["the inbox itself", eventOf("inbox/", someone), undefined],
		["an item's inbox itself", eventOf("inbox/item/", someone), undefined],
		["a folder in an inbox", eventOf("inbox/unknown/2024/", someone), undefined],
		["an unknown upload", eventOf("uploads/unknown", someone), "upload.unknown_object"],
		["something below an upload", eventOf("uploads/a/b", someone), "upload.unknown_object"],
		["an unknown item's inbox", eventOf("inbox/unknown/x.jpg", someone), "upload.unknown_item"],
		["an inbox's object without an ETag", { action: "PutObject", object: { key: "inbox/x/y", size: 3 } }, undefined],
		["a deletion", { ...eventOf("uploads/x", someone, "DeleteObject"), object: { key: "uploads/x" } }, undefined],
		["a lifecycle's deletion", { action: "LifecycleDeletion", object: { key: "inbox/x/y" } }, undefined],
		["nothing", null, "message.malformed"],
		["a text", "PutObject", "message.malformed"],
		["an action alone", { action: "PutObject" }, "message.malformed"],
		["a key that is none", { action: "PutObject", object: { key: 7 } }, "message.malformed"],
		["a key that is too long for R2", eventOf(`inbox/item/${"é".repeat(512)}`, someone), "message.malformed"],
		["a key that no UTF-8 can write", eventOf("inbox/item/\ud800", someone), "message.malformed"],
	])("%s", async (_, event, told) => {
		const worker = deploy();
		await worker.env.MEDIA.put("uploads/unknown", "xyz");
		await worker.env.MEDIA.put("inbox/unknown/x.jpg", "xyz");
		const before = await readStored();
		expect(await worker.deliverTogether(queue, [event])).toEqual({ acknowledged: 1, retried: 0 });
		expect(await readStored()).toEqual(before);
		expect(logged().map(({ event }) => event)).toEqual(told === undefined ? [] : [told]);
	});
});

describe("an object in an item's inbox", () => {
	it("becomes a photo of that item, whose owner it is given to, and is removed", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		await ana.createPhoto(item.id, await readFixture("orientation-2.jpg"));
		const event = await putObject(`inbox/${item.id}/holiday/IMG 0001 (1).jpg`, await smallPicture());
		await worker.deliverTogether(queue, [event, event]);
		await workOff(worker);
		expect((await ana.readItem(item.id)).photos).toMatchObject([
			{ order: 0, state: "processed" },
			{ order: 1, state: "processed", owner_id: "ana", caption: "" },
		]);
		expect(await ana.readProcessing(item.id)).toMatchObject({
			is_processing: false,
			uploads_in_work: 0,
			uploads_failed: [],
		});
		await worker.sweep(Date.now());
		await expectOnlyHeldObjects();
	});

	it("lies in a folder whose own marker is left alone, and names nothing for removal", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const folder = `inbox/${item.id}/2024/`;
		const bytes = await smallPicture();
		const events = [await putObject(folder, new Uint8Array(0)), await putObject(`${folder}a.jpg`, bytes)];
		expect(await worker.deliverTogether(queue, events)).toEqual({ acknowledged: 2, retried: 0 });
		expect((await readStored()).removals).toEqual([]);
		await workOff(worker);
		expect(await ana.readProcessing(item.id)).toMatchObject({ all_processed: true, uploads_failed: [] });
	});

	it("is received though a message of its batch cannot be read", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const event = await putObject(`inbox/${item.id}/a.jpg`, await smallPicture());
		const unreadable = eventOf(`inbox/${item.id}/\udc00`, { etag: "e", size: 3 });
		expect(await worker.deliverTogether(queue, [unreadable, event])).toEqual({ acknowledged: 2, retried: 0 });
		await workOff(worker);
		expect((await ana.readItem(item.id)).photos).toHaveLength(1);
	});

	it("that is put again once it was received is removed again, and no second photo", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		for (let n = 0; n < 3; n++) {
			await worker.deliverTogether(queue, [await putObject(`inbox/${item.id}/a.jpg`, await smallPicture())]);
			await workOff(worker);
			await worker.sweep(Date.now() + 2 * HOUR_MS);
			await expectOnlyHeldObjects();
		}
		expect((await ana.readItem(item.id)).photos).toHaveLength(1);
	});

	it("that is put again after another had replaced it becomes a photo as well", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const key = `inbox/${item.id}/a.jpg`;
		const bytes = await readFixture("orientation-2.jpg");
		const first = await putObject(key, bytes);
		const second = await putObject(key, await readFixture("orientation-3.jpg"));
		await worker.deliverTogether(queue, [first, second]);
		await workOff(worker);
		await worker.deliverTogether(queue, [await putObject(key, bytes)]);
		await workOff(worker);
		expect(await ana.readProcessing(item.id)).toMatchObject({ photo_count: 2, uploads_failed: [] });
		await worker.sweep(Date.now());
		await expectOnlyHeldObjects();
	});

	it("is removed though its first task, which had failed, is retried by hand once it was received", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const admin = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
		const item = await ana.createItem();
		const key = `inbox/${item.id}/a.jpg`;
		await worker.deliverTogether(queue, [await putObject(key, await smallPicture())]);
		const [{ taskId = "" } = {}] = (await readStored()).uploads;
		await worker.env.MEDIA.delete(key);
		await workOff(worker);
		await worker.deliverTogether(queue, [await putObject(key, await smallPicture())]);
		await workOff(worker);
		expect((await admin.send("POST", `/v1/tasks/${taskId}/retry`)).status).toBe(202);
		await workOff(worker);
		await expectEveryObjectNamed();
		await worker.sweep(Date.now());
		await expectOnlyHeldObjects();
		expect((await ana.readItem(item.id)).photos).toHaveLength(1);
	});

	it.each(["told of", "not told of, and the removal of the first is due"])(
		"that is put again once its photo was deleted is a photo again, %s",
		async (telling) => {
			const worker = deploy();
			const ana = await makeCaller(worker);
			const item = await ana.createItem();
			const key = `inbox/${item.id}/a.jpg`;
			const first = await putObject(key, await smallPicture());
			await worker.deliverTogether(queue, [first]);
			await workOff(worker);
			const [photo] = (await ana.readItem(item.id)).photos;
			expect((await ana.delete(`/v1/photos/${photo?.id}`)).status).toBe(204);
			const again = await putObject(key, await smallPicture());
			if (telling !== "told of") {
				await worker.sweep(Date.now());
				expect((await readStored()).objectKeys).toEqual([key]);
			}
			await worker.deliverTogether(queue, [first, again, again]);
			await workOff(worker);
			const { photos } = await ana.readItem(item.id);
			expect(photos).toMatchObject([{ state: "processed" }]);
			expect(photos[0]?.id).not.toBe(photo?.id);
			await worker.sweep(Date.now());
			await expectOnlyHeldObjects();
		},
	);

	it("that is told of again after it was received and its photo deleted changes nothing", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const event = await putObject(`inbox/${item.id}/a.jpg`, await smallPicture());
		await worker.deliverTogether(queue, [event]);
		await workOff(worker);
		const [photo] = (await ana.readItem(item.id)).photos;
		await ana.delete(`/v1/photos/${photo?.id}`);
		await worker.sweep(Date.now());
		const { removals: _, ...before } = await readStored();
		const { eventTime: __, ...withoutTime } = event;
		await worker.deliverTogether(queue, [event, { ...event, eventTime: "soon" }, withoutTime]);
		expect(await readStored()).toMatchObject(before);
		expect(worker.sent).toEqual([]);
	});

	it("that another replaces before it is received gives way to it, in whatever order they are told", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const key = `inbox/${item.id}/a.jpg`;
		const first = await putObject(key, await readFixture("orientation-2.jpg"));
		const second = await putObject(key, await readFixture("orientation-3.jpg"));
		await worker.deliverTogether(queue, [second, first]);
		await workOff(worker);
		const { original } = (await ana.readItem(item.id)).photos[0] ?? {};
		expect(original?.bytes).toBe(second.object.size);
		expect(await ana.readProcessing(item.id)).toMatchObject({
			photo_count: 1,
			uploads_failed: [{ code: "upload_replaced", order: null }],
		});
		await worker.sweep(Date.now());
		await expectOnlyHeldObjects();
	});

	it("that takes the place of a received one is kept, though its event was lost and the other's removal is due", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const worker = deploy();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const key = `inbox/${item.id}/a.jpg`;
		await worker.deliverTogether(queue, [await putObject(key, await smallPicture())]);
		await workOff(worker);
		await putObject(key, await readFixture("orientation-3.jpg"));
		await sweepAfter(worker, 1);
		expect((await readStored()).objectKeys).toContain(key);
		await sweepAfter(worker, HOUR_MS);
		await workOff(worker);
		expect((await ana.readItem(item.id)).photos).toHaveLength(2);
		await sweepAfter(worker, HOUR_MS);
		await expectOnlyHeldObjects();
	});

	it("whose event the platform gave up on is received within a quarter of an hour", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const worker = deploy();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const event = await putObject(`inbox/${item.id}/a.jpg`, await smallPicture());
		for (let n = 0; n < 2; n++) await worker.deliverTogether("uploads-dead-letters", [event, { action: "PutObject" }]);
		await sweepAfter(worker, 16 * 60_000);
		await workOff(worker);
		expect((await ana.readItem(item.id)).photos).toMatchObject([{ state: "processed" }]);
	});

	it("that is no picture is told at the item, and left for a week", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const key = `inbox/${item.id}/notes.txt`;
		await worker.deliverTogether(queue, [await putObject(key, await readFixture("not-a-picture.jpg"))]);
		await workOff(worker);
		expect(await ana.readProcessing(item.id)).toMatchObject({
			is_processing: false,
			uploads_failed: [
				{ code: "unsupported_image_type", order: null, reason: expect.stringContaining("Send image/jpeg") },
			],
		});
		await worker.sweep(Date.now() + 6 * 24 * HOUR_MS);
		expect((await readStored()).objectKeys).toEqual([key]);
		await worker.sweep(Date.now() + 8 * 24 * HOUR_MS);
		expect((await readStored()).objectKeys).toEqual([]);
	});

	it("goes with its item, and so does what is put there afterwards and was known", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const key = `inbox/${item.id}/a.jpg`;
		const event = await putObject(key, await smallPicture());
		await worker.deliverTogether(queue, [event]);
		expect((await ana.delete(`/v1/items/${item.id}`)).status).toBe(204);
		await workOff(worker);
		expect(await readStored()).toMatchObject({ uploads: [], photos: [], objectKeys: [], removals: [] });
		await worker.deliverTogether(queue, [event]);
		expect(logged("upload.unknown_item")).toMatchObject([{ key, item_id: item.id }]);
	});
});
