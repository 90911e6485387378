/** Several photos of one item, and the real queue between the API and the consumer. */
import { exports } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { Caller, makeCaller } from "../support/caller.ts";
import { type Deployment, deployWorker, origin } from "../support/deployment.ts";
import { readFixture } from "../support/fixtures.ts";
import { expectOnlyHeldObjects, readStored } from "../support/stored-state.ts";

/** Counts every fall of an item's flag, in the database itself. */
async function watchFalls(worker: Deployment): Promise<() => Promise<number>> {
	const { DB } = worker.env;
	await DB.batch([
		DB.prepare("CREATE TABLE falls (item_id TEXT)"),
		DB.prepare(
			"CREATE TRIGGER note_fall AFTER UPDATE OF is_processing_photos ON items WHEN OLD.is_processing_photos = 1 AND NEW.is_processing_photos = 0 BEGIN INSERT INTO falls VALUES (NEW.id); END",
		),
	]);
	return async () => (await DB.prepare("SELECT count(*) AS falls FROM falls").first<number>("falls")) ?? 0;
}

it("photos that finish at once finish their item once", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const item = await ana.createItem();
	for (let n = 1; n <= 5; n++) await ana.createPhoto(item.id, await readFixture(`orientation-${n}.jpg`));
	const countFalls = await watchFalls(worker);
	await Promise.all(worker.sent.map(({ body }) => worker.deliver(body)));
	expect(await ana.readProcessing(item.id)).toMatchObject({ is_processing: false, all_processed: true });
	expect(await countFalls()).toBe(1);
});

it("an item finishes with its last photo, processed or failed, and not before", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const item = await ana.createItem();
	await ana.createPhoto(item.id);
	await ana.createPhoto(item.id, await readFixture("corrupt-data.jpg"));
	await ana.createPhoto(item.id);
	const countFalls = await watchFalls(worker);
	for (const [index, { body }] of worker.sent.entries()) {
		expect(await countFalls()).toBe(0);
		await worker.deliver(body);
		expect((await ana.readItem(item.id)).is_processing_photos).toBe(index < 2);
	}
	expect(await countFalls()).toBe(1);
	expect((await ana.readProcessing(item.id)).photos_failed).toHaveLength(1);
});

it("a finished item that gets another photo is processing again", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const item = await ana.createItem();
	for (let n = 0; n < 2; n++) {
		const { task_id } = await ana.createPhoto(item.id);
		expect((await ana.readItem(item.id)).is_processing_photos).toBe(true);
		await worker.deliver({ task_id });
		expect((await ana.readItem(item.id)).is_processing_photos).toBe(false);
	}
});

it("the real queue carries uploads to the consumer until all are processed", async () => {
	const deployed: Pick<Deployment, "fetch"> = {
		fetch: (path, init) => exports.default.fetch(new Request(`${origin}${path}`, init)),
	};
	const { token } = await makeCaller(deployWorker());
	const ana = new Caller(deployed, token);
	const item = await ana.createItem();
	await ana.createPhoto(item.id, await readFixture("rocket.jpg"));
	await ana.createPhoto(item.id, await readFixture("chelsea.png"));
	await vi.waitUntil(async () => !(await ana.readProcessing(item.id)).is_processing, { timeout: 20_000, interval: 50 });
	const { photos } = await ana.readItem(item.id);
	for (const photo of photos) {
		const response = await ana.get(photo.image_url);
		const bytes = new Uint8Array(await response.arrayBuffer());
		expect(new TextDecoder().decode(bytes.subarray(4, 12))).toBe("ftypavif");
		expect(bytes.length).toBe(photo.rendition?.bytes);
		await vi.waitUntil(async () => (await ana.readTask(photo.task_id)).state === "succeeded");
	}
	await vi.waitUntil(async () => (await readStored()).removals.length === 0);
	await expectOnlyHeldObjects();
});
