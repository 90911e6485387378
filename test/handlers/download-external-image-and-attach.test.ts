/** A picture of another site becomes a photo of an item: once, politely, and whatever goes wrong is shown there. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { imports, sources, visits } from "../../src/db/schema.ts";
import { requestVisit } from "../../src/db/visits.ts";
import { type Caller, expectJson, type ItemJson, makeCaller } from "../support/caller.ts";
import { type Deployment, deployWorker } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { readFixture, smallPicture } from "../support/fixtures.ts";
import { pictureAnswer, pictureWithoutLength, type Site, statusAnswer, stubSites } from "../support/site.ts";
import { expectEveryObjectNamed, expectOnlyHeldObjects, readStored } from "../support/stored-state.ts";
import { makeDue, readAttempts, readTaskRow } from "../support/tasks.ts";
import { collectorScopes } from "../support/tokens.ts";

const url = "https://cdn.footballkitarchive.com/2024/shirt.jpg";
const settings = { IMPORT_PAUSE_MS: "0" };
const name = "download_external_image_and_attach";

interface Scene {
	worker: Deployment;
	caller: Caller;
	item: ItemJson;
	site: Site;
}

async function setUp(answer: Site["answer"], changes: Record<string, unknown> = {}): Promise<Scene> {
	const site = stubSites(answer);
	const worker = deployWorker({ ...settings, ...changes });
	const caller = await makeCaller(worker, { scopes: [...collectorScopes, "tasks:write"] });
	return { worker, caller, site, item: await caller.createItem() };
}

async function importUrl({ caller, item }: Scene, image: object = { url }) {
	const path = `/v1/items/${item.id}/photos/import`;
	const { imports: list } = await expectJson<{ imports: { task_id: string; photo_id: string | null }[] }>(
		await caller.json("POST", path, image),
		202,
	);
	return list[0] as { task_id: string; photo_id: string | null };
}

/** Delivers what was sent until nothing more is sent at once. */
async function settle({ worker }: Pick<Scene, "worker">): Promise<void> {
	for (let message = worker.sent.shift(); message; message = worker.sent.shift()) {
		if (message.delaySeconds) continue;
		await worker.deliver(message.body, { queue: message.queue });
	}
}

const readImports = () => openDatabase(env.DB).select().from(imports);
const readSources = () => openDatabase(env.DB).select().from(sources);
const readVisits = () => openDatabase(env.DB).select().from(visits);

describe("an import", () => {
	it("becomes a processed photo of the item, and the item is in work until then", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture(), { etag: '"v1"' }));
		const { task_id } = await importUrl(scene, { url, order: 3 });
		expect(await scene.caller.readProcessing(scene.item.id)).toMatchObject({
			is_processing: true,
			has_photos: false,
			imports_in_work: 1,
		});
		await settle(scene);
		const { photos } = await scene.caller.readItem(scene.item.id);
		expect(photos).toMatchObject([{ state: "processed", order: 3, item_id: scene.item.id }]);
		expect(await scene.caller.readProcessing(scene.item.id)).toMatchObject({
			is_processing: false,
			all_processed: true,
			imports_in_work: 0,
			imports_failed: [],
		});
		expect(await readTaskRow(task_id)).toMatchObject({ state: "succeeded", result: { photo_id: photos[0]?.id } });
		expect(await readImports()).toMatchObject([{ state: "imported", photoId: photos[0]?.id, etag: '"v1"' }]);
		expect(await readVisits()).toEqual([]);
		await expectOnlyHeldObjects();
	});

	it("of a picture whose length nobody says is its bytes and no more", async () => {
		const bytes = await smallPicture();
		const scene = await setUp(pictureWithoutLength(bytes));
		await importUrl(scene);
		await settle(scene);
		const [photo] = (await readStored()).photos;
		expect(photo).toMatchObject({ state: "processed", originalBytes: bytes.length });
		const original = await env.MEDIA.get(photo?.originalKey ?? "");
		expect(await original?.bytes()).toEqual(bytes);
		await expectOnlyHeldObjects();
	});

	it("tells the site honestly who asks, and from where, as the original did", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture()));
		await importUrl(scene);
		await settle(scene);
		const [request] = scene.site.requests;
		expect(request?.url).toBe(url);
		expect(request?.headers).toMatchObject({
			referer: "https://www.footballkitarchive.com/",
			"user-agent": expect.stringContaining("FootyCollect"),
		});
	});

	it("by the original's name and arguments is the same work", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture()));
		const args = {
			app_label: "collection",
			model_name: "jersey",
			object_id: scene.item.id,
			image_url: "cdn.footballkitarchive.com/2024/shirt.jpg",
		};
		await expectJson(await scene.caller.json("POST", `/v1/tasks/${name}`, { arguments: args }), 202);
		const { task_id } = await importUrl(scene);
		await settle(scene);
		expect(scene.site.requests).toHaveLength(1);
		expect(await readTaskRow(task_id)).toMatchObject({ name, state: "succeeded", arguments: { order: 0 } });
		expect((await scene.caller.readItem(scene.item.id)).photos).toMatchObject([{ order: 0, state: "processed" }]);
	});

	it("is redelivered without another request or photo", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture()));
		const { task_id } = await importUrl(scene);
		await settle(scene);
		await scene.worker.deliver({ task_id }, { queue: "transfers", messageId: "again", deliveries: 2 });
		expect(scene.site.requests).toHaveLength(1);
		expect((await scene.caller.readItem(scene.item.id)).photos).toHaveLength(1);
	});

	it("of an item that was deleted meanwhile ends quietly, and leaves nothing", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture()));
		const { task_id } = await importUrl(scene);
		scene.site.answer = async () => {
			await scene.caller.delete(`/v1/items/${scene.item.id}`);
			return pictureAnswer(await smallPicture())({ url, headers: {} });
		};
		await settle(scene);
		expect(await readTaskRow(task_id)).toMatchObject({ state: "succeeded" });
		expect(await readStored()).toMatchObject({ photos: [], items: [], imports: [] });
		await expectEveryObjectNamed();
	});
});

it("a picture behind a redirect is had in one attempt, however long the line at its site is", async () => {
	const politeness = { maxAtOnce: 2, pauseMs: 300 };
	const { host } = new URL(url);
	const picture = pictureAnswer(await smallPicture());
	const joinLine = (number: number) => {
		const visit = { host, taskId: `waiting-${number}`, isRedirect: false };
		return requestVisit(openDatabase(env.DB), visit, politeness, Date.now());
	};
	const scene = await setUp(
		async (request) => {
			if (request.url !== url) return picture(request);
			for (let number = 1; number <= 20; number++) await joinLine(number);
			return statusAnswer(302, { location: "/moved.jpg" })(request);
		},
		{ IMPORT_PAUSE_MS: `${politeness.pauseMs}` },
	);
	const { task_id } = await importUrl(scene);
	await settle(scene);
	expect(await readTaskRow(task_id)).toMatchObject({ state: "succeeded", snoozeCount: 0 });
	expect(scene.site.requests.map((request) => request.url)).toEqual([url, new URL("/moved.jpg", url).href]);
});

describe("the same URL again", () => {
	it("puts the item into work again, so that nobody takes it for done", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture()));
		await importUrl(scene);
		await settle(scene);
		await importUrl(scene, { url: `${url}?2` });
		expect(await scene.caller.readProcessing(scene.item.id)).toMatchObject({
			is_processing: true,
			all_processed: false,
		});
	});

	it("is asked for with what the site said of it, and unchanged it changes nothing", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture(), { etag: '"v1"', "last-modified": "yesterday" }));
		await importUrl(scene);
		await settle(scene);
		const before = await readStored();
		scene.site.answer = statusAnswer(304);
		const again = await importUrl(scene, { url: `${url}#front` });
		await settle(scene);
		expect(scene.site.requests[1]?.headers).toMatchObject({
			"if-none-match": '"v1"',
			"if-modified-since": "yesterday",
		});
		expect(await readTaskRow(again.task_id)).toMatchObject({ state: "succeeded", result: { unchanged: true } });
		const after = await readStored();
		expect(after.photos).toEqual(before.photos);
		expect(after.objectKeys).toEqual(before.objectKeys);
		expect(await readImports()).toMatchObject([{ state: "imported", etag: '"v1"', photoId: before.photos[0]?.id }]);
	});

	it("with the same bytes under another ETag is not stored twice, nor are they under another URL", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture(), { etag: '"v1"' }));
		await importUrl(scene);
		await settle(scene);
		const before = await readStored();
		scene.site.answer = pictureAnswer(await smallPicture(), { etag: '"v2"' });
		await importUrl(scene);
		await importUrl(scene, { url: `${url}?other` });
		await settle(scene);
		const after = await readStored();
		expect(after.photos).toEqual(before.photos);
		expect(after.objectKeys).toEqual(before.objectKeys);
		const photoId = before.photos[0]?.id;
		expect(await readImports()).toMatchObject([
			{ state: "imported", photoId, etag: '"v2"' },
			{ state: "imported", photoId, etag: '"v2"' },
		]);
		await expectOnlyHeldObjects();
	});

	it("with other bytes gives the same photo the new picture", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture()));
		await importUrl(scene);
		await settle(scene);
		const [before] = (await readStored()).photos;
		scene.site.answer = pictureAnswer(await readFixture("orientation-6.jpg"));
		await importUrl(scene);
		await settle(scene);
		const stored = await readStored();
		expect(stored.photos).toMatchObject([{ id: before?.id, state: "processed" }]);
		const [after] = stored.photos;
		expect(after?.originalSha256).not.toBe(before?.originalSha256);
		expect(after?.renditionSha256).not.toBe(before?.renditionSha256);
		expect(stored.items).toMatchObject([{ isProcessingPhotos: false }]);
		expect(stored.removals.map(({ objectKey }) => objectKey).sort()).toEqual(
			[before?.originalKey, before?.renditionKey].sort(),
		);
		await expectEveryObjectNamed();
		await scene.worker.sweep(Date.now() + 8 * 24 * 3_600_000);
		await expectOnlyHeldObjects();
	});

	it("whose photo was deleted gives a new one", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture(), { etag: '"v1"' }));
		await importUrl(scene);
		await settle(scene);
		const [before] = (await readStored()).photos;
		await scene.caller.delete(`/v1/photos/${before?.id}`);
		await importUrl(scene);
		await settle(scene);
		expect(scene.site.requests[1]?.headers).not.toHaveProperty("if-none-match");
		const { photos } = await readStored();
		expect(photos).toMatchObject([{ state: "processed" }]);
		expect(photos[0]?.id).not.toBe(before?.id);
	});

	it("after a failure is tried anew, and the failure is forgotten", async () => {
		const scene = await setUp(statusAnswer(404));
		await importUrl(scene);
		await settle(scene);
		scene.site.answer = pictureAnswer(await smallPicture());
		await importUrl(scene);
		await settle(scene);
		expect(await scene.caller.readProcessing(scene.item.id)).toMatchObject({ imports_failed: [], all_processed: true });
	});
});

describe("what cannot be imported is shown with its reason, and the item does not stay in work:", () => {
	it.each([
		["a URL that is not allowed", "https://example.com/shirt.jpg", statusAnswer(200), "url_host_not_allowed"],
		["an address", "https://169.254.169.254/latest", statusAnswer(200), "url_names_address"],
		["a picture that is not there", url, statusAnswer(404), "source_not_found"],
		["one that is gone", url, statusAnswer(410), "source_gone"],
		["a page", url, () => new Response("<!doctype html><title>Shirts</title>"), "unsupported_image_type"],
		["a redirect to the inside", url, statusAnswer(302, { location: "https://127.0.0.1/" }), "url_names_address"],
	])("%s", async (_, image_url, answer, code) => {
		const scene = await setUp(answer);
		const args = { app_label: "collection", model_name: "jersey", object_id: scene.item.id, image_url };
		const enqueued = await scene.caller.json("POST", `/v1/tasks/${name}`, { arguments: args });
		const { id } = await expectJson<{ id: string }>(enqueued, 202);
		await settle(scene);
		expect(await readTaskRow(id)).toMatchObject({ state: "failed", error: { code } });
		expect(await scene.caller.readProcessing(scene.item.id)).toMatchObject({
			is_processing: false,
			imports_in_work: 0,
			imports_failed: [{ url: image_url, code }],
		});
		expect(await readStored()).toMatchObject({ photos: [], objectKeys: [], removals: [] });
		expect(await readVisits()).toEqual([]);
	});

	it("a broken picture is a photo that failed, like any other", async () => {
		const scene = await setUp(pictureAnswer(await readFixture("corrupt-data.jpg")));
		await importUrl(scene);
		await settle(scene);
		expect(await scene.caller.readProcessing(scene.item.id)).toMatchObject({
			is_processing: false,
			imports_failed: [],
			photos_failed: [{ code: expect.any(String) }],
		});
	});
});

describe("what may pass", () => {
	it("is tried again, no sooner than the site asks, and nobody else visits it until then", async () => {
		const scene = await setUp(statusAnswer(429, { "retry-after": "300" }));
		const { task_id } = await importUrl(scene);
		await settle(scene);
		const task = await readTaskRow(task_id);
		expect(task).toMatchObject({ state: "retrying", error: { code: "source_rate_limited" } });
		expect(task.dueAt).toBeGreaterThan(Date.now() + 290_000);
		const other = await importUrl(scene, { url: `${url}?2` });
		await settle(scene);
		expect(await readTaskRow(other.task_id)).toMatchObject({ state: "sent", snoozeCount: 1 });
		expect((await readTaskRow(other.task_id)).dueAt).toBeGreaterThan(Date.now() + 280_000);
		expect(scene.site.requests).toHaveLength(1);
		expect(await scene.caller.readProcessing(scene.item.id)).toMatchObject({ is_processing: true, imports_in_work: 2 });
	});

	it("is given up after six attempts, and the item is told", async () => {
		const scene = await setUp(statusAnswer(503));
		const { task_id } = await importUrl(scene);
		for (let attempt = 1; attempt <= 6; attempt++) {
			await openDatabase(env.DB).update(sources).set({ closedUntil: 0, failuresInRow: 0 });
			await makeDue(task_id);
			await scene.worker.deliver({ task_id }, { queue: "transfers" });
		}
		expect(await readTaskRow(task_id)).toMatchObject({ state: "failed", error: { code: "source_failed" } });
		expect(await scene.caller.readProcessing(scene.item.id)).toMatchObject({
			is_processing: false,
			imports_failed: [{ code: "source_failed" }],
		});
		expect(scene.site.requests).toHaveLength(6);
	});

	it("costs no attempts while the site is closed, and is given up after three days", async () => {
		const scene = await setUp(statusAnswer(500));
		const list = await Promise.all([1, 2, 3, 4, 5].map((number) => importUrl(scene, { url: `${url}?${number}` })));
		await settle(scene);
		expect(await readSources()).toMatchObject([{ failuresInRow: 5, lastError: { code: "source_failed" } }]);
		const late = await importUrl(scene, { url: `${url}?late` });
		for (const _ of list) {
			await makeDue(late.task_id);
			await scene.worker.deliver({ task_id: late.task_id }, { queue: "transfers" });
		}
		expect(scene.site.requests).toHaveLength(5);
		const attempts = await readAttempts(late.task_id);
		expect(attempts.map(({ outcome }) => outcome)).toEqual(Array(5).fill("snooze"));
		await openDatabase(env.DB)
			.update(imports)
			.set({ requestedAt: Date.now() - 73 * 3_600_000 });
		await makeDue(late.task_id);
		await scene.worker.deliver({ task_id: late.task_id }, { queue: "transfers" });
		expect(await readTaskRow(late.task_id)).toMatchObject({ state: "failed", error: { code: "source_unavailable" } });
	});
});

it("whichever call fails, before or after it took effect, the picture is imported once and nothing is left over", async () => {
	const picture = await smallPicture();
	for (let number = 1, more = true; more; number++) {
		for (const moment of ["before", "after"] as const) {
			const scene = await setUp(pictureAnswer(picture));
			const { task_id } = await importUrl(scene);
			const { env: failing, calls } = failingBindings(scene.worker.env, (_, at) => at === number, moment);
			const failingWorker = deployWorker({ ...settings, ...failing });
			const { isAcknowledged } = await failingWorker.deliver({ task_id }, { queue: "transfers" });
			more = calls.length >= number;
			for (let again = 2; again <= 5; again++) {
				if ((await readTaskRow(task_id)).finishedAt !== null) break;
				await makeDue(task_id);
				await scene.worker.deliver({ task_id }, { queue: "transfers", deliveries: isAcknowledged ? 1 : again });
			}
			const context = `${calls[number - 1]} ${moment}`;
			expect(await readTaskRow(task_id), context).toMatchObject({ state: "succeeded" });
			const stored = await readStored();
			expect(
				stored.photos.filter(({ itemId }) => itemId === scene.item.id),
				context,
			).toHaveLength(1);
			await expectEveryObjectNamed();
			await scene.caller.delete(`/v1/items/${scene.item.id}`);
			await openDatabase(env.DB).delete(visits);
		}
	}
});
