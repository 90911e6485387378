/** `receive_upload`: only what was announced becomes a photo, and whatever comes instead ends with its reason. */
import { describe, expect, it } from "vitest";
import { type Caller, makeCaller } from "../support/caller.ts";
import { type Deployment, deployWorker } from "../support/deployment.ts";
import { failingBindings, interrupted } from "../support/failing-bindings.ts";
import { pngClaiming, pngOfSize, readFixture, sha256Hex, smallPicture } from "../support/fixtures.ts";
import { expectEveryObjectNamed, expectOnlyHeldObjects, readStored } from "../support/stored-state.ts";
import { makeDue } from "../support/tasks.ts";
import { announce, directUploads, keyOf, putObject, readUpload, workOff } from "../support/uploads.ts";

const HOUR_MS = 3_600_000;
const deploy = (changes: Record<string, unknown> = {}) => deployWorker({ ...directUploads, ...changes });

interface Announced {
	ana: Caller;
	itemId: string;
	id: string;
	key: string;
}

async function announceFor(worker: Deployment, bytes: Uint8Array<ArrayBuffer>, more = {}): Promise<Announced> {
	const ana = await makeCaller(worker);
	const { id: itemId } = await ana.createItem();
	const { id } = await announce(ana, bytes, { item_id: itemId, ...more });
	return { ana, itemId, id, key: keyOf({ id }) };
}

/** As a client that holds keys of the bucket could: R2 does not check what a signed URL would have bound. */
const putAndTell = async (worker: Deployment, key: string, bytes: Uint8Array<ArrayBuffer>) =>
	worker.deliverTogether("uploads", [await putObject(key, bytes)]);

/** All is swept in the end, and only photos' objects are left. */
async function expectTidy(worker: Deployment): Promise<void> {
	await expectEveryObjectNamed();
	await worker.sweep(Date.now() + 2 * HOUR_MS);
	await expectOnlyHeldObjects();
}

it("what was announced becomes the photo that was promised, as it was wished for", async () => {
	const worker = deploy();
	const bytes = await smallPicture();
	const { ana, itemId, id, key } = await announceFor(worker, bytes, {
		order: 3,
		caption: "Back",
		quality: 70,
		max_width: 48,
	});
	await putAndTell(worker, key, bytes);
	await workOff(worker);
	expect(await ana.readPhoto(id)).toMatchObject({
		item_id: itemId,
		state: "processed",
		order: 3,
		caption: "Back",
		original: { type: "image/jpeg", bytes: bytes.length, sha256: await sha256Hex(bytes) },
		rendition: { width: 48 },
		requested_settings: { quality: 70, max_width: 48 },
	});
	const { task_id } = await readUpload(ana, id);
	expect(await ana.readTask(task_id ?? "")).toMatchObject({
		state: "succeeded",
		item_id: itemId,
		result: { photo_id: id },
	});
	expect(await ana.readProcessing(itemId)).toMatchObject({
		is_processing: false,
		all_processed: true,
		uploads_in_work: 0,
	});
	await expectTidy(worker);
});

/** The same picture with one byte of its data changed: whole in its structure. */
async function tampered(): Promise<Uint8Array<ArrayBuffer>> {
	const bytes = await smallPicture();
	const at = bytes.length - 20;
	bytes[at] = (bytes[at] ?? 0) ^ 1;
	return bytes;
}

describe("what is not what was announced ends with its reason, and leaves nothing behind", () => {
	it.each<[string, () => Promise<Uint8Array<ArrayBuffer>>, Record<string, unknown>, string]>([
		["other bytes of the same length", tampered, {}, "checksum_mismatch"],
		["fewer bytes", async () => (await smallPicture()).slice(0, 100), {}, "length_mismatch"],
		["more bytes", async () => pngOfSize(100_000), {}, "length_mismatch"],
		["nothing", async () => new Uint8Array(0), {}, "length_mismatch"],
		["a JPEG that was called a PNG", smallPicture, { type: "image/png" }, "upload_type_mismatch"],
	])("%s", async (_, put, announced, code) => {
		const worker = deploy();
		const { ana, itemId, id, key } = await announceFor(worker, await smallPicture(), announced);
		await putAndTell(worker, key, await put());
		await workOff(worker);
		const { error, photo_id } = await readUpload(ana, id);
		expect(error).toEqual({ code, detail: expect.stringMatching(/\S\.$/) });
		expect(await ana.readProcessing(itemId)).toMatchObject({
			is_processing: false,
			has_photos: false,
			uploads_failed: [{ id, order: null, code, reason: error?.detail }],
		});
		expect((await ana.get(`/v1/photos/${photo_id}`)).status).toBe(404);
		await expectTidy(worker);
	});

	it.each([
		["truncated.jpg", "image/jpeg", "truncated_image"],
		["truncated.png", "image/png", "truncated_image"],
		["not-a-picture.jpg", "image/jpeg", "unsupported_image_type"],
	])("%s, honestly announced", async (name, type, code) => {
		const worker = deploy();
		const bytes = await readFixture(name);
		const { ana, id, key } = await announceFor(worker, bytes, { type });
		await putAndTell(worker, key, bytes);
		await workOff(worker);
		expect(await readUpload(ana, id)).toMatchObject({ state: "failed", error: { code } });
		await expectTidy(worker);
	});

	it("a picture in an inbox that is too large", async () => {
		const worker = deploy({ MAX_UPLOAD_MIB: "1" });
		const ana = await makeCaller(worker);
		const { id } = await ana.createItem();
		await putAndTell(worker, `inbox/${id}/large.png`, pngOfSize(1024 * 1024 + 1));
		await workOff(worker);
		expect(await ana.readProcessing(id)).toMatchObject({ uploads_failed: [{ code: "body_too_large" }] });
	});

	it("an object that was removed before it was received", async () => {
		const worker = deploy();
		const { ana, id, key } = await announceFor(worker, await smallPicture());
		await putAndTell(worker, key, await smallPicture());
		await worker.env.MEDIA.delete(key);
		await workOff(worker);
		expect(await readUpload(ana, id)).toMatchObject({ state: "failed", error: { code: "upload_missing" } });
		await expectTidy(worker);
	});

	it("a picture that cannot be decoded is a photo that failed, as of any upload", async () => {
		const worker = deploy();
		const bytes = pngClaiming(8, 8);
		const { ana, id, key } = await announceFor(worker, bytes, { type: "image/png" });
		await putAndTell(worker, key, bytes);
		await workOff(worker);
		expect(await readUpload(ana, id)).toMatchObject({ state: "received" });
		expect((await ana.readPhoto(id)).state).toBe("failed");
	});
});

describe("an item that has a photo of the same bytes", () => {
	it("gets no second one, and the upload names the one that is there", async () => {
		const worker = deploy();
		const bytes = await smallPicture();
		const { ana, itemId, id, key } = await announceFor(worker, bytes);
		const there = await ana.createPhoto(itemId, bytes);
		await putAndTell(worker, key, bytes);
		await workOff(worker);
		expect(await readUpload(ana, id)).toMatchObject({ state: "received", photo_id: there.id });
		expect(await ana.readProcessing(itemId)).toMatchObject({ photo_count: 1, all_processed: true });
		await expectTidy(worker);
	});

	it("gets the upload's when its own is deleted meanwhile, whenever that is", async () => {
		for (let number = 1, more = true; more; number++) {
			const worker = deploy();
			const bytes = await smallPicture();
			const { ana, itemId, id, key } = await announceFor(worker, bytes);
			const there = await ana.createPhoto(itemId, bytes);
			await putAndTell(worker, key, bytes);
			const message = worker.sent.find(({ queue }) => queue === "transfers");
			let isDeleted = false;
			const meanwhile = failingBindings(worker.env, async (call, at) => {
				if (at !== number || !call.startsWith("DB")) return false;
				isDeleted = (await ana.delete(`/v1/photos/${there.id}`)).status === 204;
				return false;
			});
			await deploy(meanwhile.env).deliver(message?.body, { queue: "transfers" });
			more = meanwhile.calls.length >= number;
			const { state, photo_id } = await readUpload(ana, id);
			const ids = (await ana.readItem(itemId)).photos.map((photo) => photo.id);
			// What is deleted after the upload had ended as that photo is deleted.
			if (!isDeleted || ids.length > 0) expect([number, state, photo_id]).toEqual([number, "received", ids[0]]);
			else expect([number, meanwhile.calls.slice(number).filter((call) => call === "DB.batch")]).toEqual([number, []]);
		}
	});

	it("gets one of two that are received at once", async () => {
		const worker = deploy();
		const bytes = await smallPicture();
		const { ana, itemId, id, key } = await announceFor(worker, bytes);
		const other = await announce(ana, bytes, { item_id: itemId });
		await putAndTell(worker, key, bytes);
		await putAndTell(worker, keyOf(other), bytes);
		const bodies = worker.sent.splice(0).map(({ body }) => body);
		await Promise.all(bodies.map((body, at) => worker.deliver(body, { queue: "transfers", messageId: `m${at}` })));
		await workOff(worker);
		const [photo] = (await ana.readItem(itemId)).photos;
		expect(await ana.readProcessing(itemId)).toMatchObject({ photo_count: 1, all_processed: true });
		expect((await readUpload(ana, id)).photo_id).toBe(photo?.id);
		expect((await readUpload(ana, other.id)).photo_id).toBe(photo?.id);
		await expectTidy(worker);
	});

	it("matters not to uploads that belong to no item", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const bytes = await smallPicture();
		const both = [await announce(ana, bytes), await announce(ana, bytes)];
		for (const upload of both) await putAndTell(worker, keyOf(upload), bytes);
		await workOff(worker);
		for (const { id } of both) expect((await ana.readPhoto(id)).state).toBe("processed");
		await expectTidy(worker);
	});
});

describe("while it is received", () => {
	it("another object in its place leaves the bytes that were checked, or none", async () => {
		const worker = deploy();
		const bytes = await smallPicture();
		const { ana, itemId, id, key } = await announceFor(worker, bytes);
		await putAndTell(worker, key, bytes);
		const [message] = worker.sent.splice(0);
		const overtaken = deploy({ MEDIA: overwrittenAfterOneReading(worker.env.MEDIA, key, await tampered()) });
		await overtaken.deliver(message?.body, { queue: "transfers" });
		expect((await ana.readItem(itemId)).photos).toEqual([]);
		const { task_id } = await readUpload(ana, id);
		await makeDue(task_id ?? "");
		await worker.deliver(message?.body, { queue: "transfers", messageId: "again" });
		expect(await readUpload(ana, id)).toMatchObject({ state: "failed", error: { code: "checksum_mismatch" } });
		expect(await ana.readProcessing(itemId)).toMatchObject({ is_processing: false });
		await expectTidy(worker);
	});

	it.each(["MEDIA.get", "MEDIA.put", "DB.batch"])("its item may be deleted at %s: nothing is left", async (call) => {
		const worker = deploy();
		const bytes = await smallPicture();
		const { ana, itemId, key } = await announceFor(worker, bytes);
		await putAndTell(worker, key, bytes);
		const [message] = worker.sent.splice(0);
		const deleted = deploy(interrupted(worker.env, call, () => ana.delete(`/v1/items/${itemId}`)));
		await deleted.deliver(message?.body, { queue: "transfers" });
		const { photos, uploads, tasks } = await readStored();
		expect([photos, uploads]).toEqual([[], []]);
		expect(tasks.filter(({ finishedAt }) => finishedAt === null)).toEqual([]);
		await expectTidy(worker);
	});

	it("it may be cancelled: it failed, and its item is done", async () => {
		const worker = deploy();
		const { ana, itemId, id, key } = await announceFor(worker, await smallPicture());
		await putAndTell(worker, key, await smallPicture());
		const { task_id } = await readUpload(ana, id);
		const admin = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
		expect((await admin.send("POST", `/v1/tasks/${task_id}/cancel`)).status).toBe(200);
		expect(await readUpload(ana, id)).toMatchObject({ state: "failed", error: { code: "task_cancelled" } });
		expect(await ana.readProcessing(itemId)).toMatchObject({ is_processing: false });
		await workOff(worker);
		await expectTidy(worker);
	});

	it("it may fail and be retried by hand, as long as its object is there", async () => {
		const worker = deploy();
		const { ana, itemId, id, key } = await announceFor(worker, await smallPicture());
		await putAndTell(worker, key, await smallPicture());
		const { task_id } = await readUpload(ana, id);
		const admin = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
		await admin.send("POST", `/v1/tasks/${task_id}/cancel`);
		expect((await admin.send("POST", `/v1/tasks/${task_id}/retry`)).status).toBe(202);
		expect(await ana.readProcessing(itemId)).toMatchObject({ is_processing: true, uploads_in_work: 1 });
		await workOff(worker);
		expect(await readUpload(ana, id)).toMatchObject({ state: "received" });
		await expectTidy(worker);
	});
});

/** R2 in which somebody puts another object under the key as soon as it was read once. */
function overwrittenAfterOneReading(bucket: R2Bucket, key: string, bytes: Uint8Array): R2Bucket {
	let reads = 0;
	return new Proxy(bucket, {
		get(target, name) {
			const member = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>;
			if (name !== "get") return member.bind(target);
			return async (...given: unknown[]) => {
				reads += 1;
				if (reads === 2) await target.put(key, bytes);
				return member.apply(target, given);
			};
		},
	});
}
