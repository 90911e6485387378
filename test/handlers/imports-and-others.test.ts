/** An import meets what others do to the same photos: nothing that somebody else gave or works on is lost by it. */
import { describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { requestVisit } from "../../src/db/visits.ts";
import { type Caller, expectJson, type ItemJson, makeCaller } from "../support/caller.ts";
import { type Deployment, deployWorker } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { readFixture, sha256Hex, smallPicture } from "../support/fixtures.ts";
import { gateBucket } from "../support/gates.ts";
import { pictureAnswer, type Site, statusAnswer, stubSites } from "../support/site.ts";
import { expectEveryObjectNamed, expectOnlyHeldObjects, readStored } from "../support/stored-state.ts";
import { readTaskRow } from "../support/tasks.ts";
import { collectorScopes } from "../support/tokens.ts";
import { announce, directUploads, keyOf, putObject, readUpload, workOff } from "../support/uploads.ts";

const url = "https://cdn.footballkitarchive.com/2024/shirt.jpg";
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const settings = { IMPORT_PAUSE_MS: "0" };
const otherPicture = () => readFixture("orientation-6.jpg");

interface Scene {
	worker: Deployment;
	caller: Caller;
	item: ItemJson;
	site: Site;
}

async function setUp(answer: Site["answer"]): Promise<Scene> {
	const site = stubSites(answer);
	const worker = deployWorker({ ...settings, ...directUploads });
	const caller = await makeCaller(worker, { scopes: [...collectorScopes, "tasks:write"] });
	return { worker, caller, site, item: await caller.createItem() };
}

async function importUrl({ caller, item }: Scene, ofUrl = url): Promise<string> {
	const answer = await caller.json("POST", `/v1/items/${item.id}/photos/import`, { url: ofUrl });
	const { imports } = await expectJson<{ imports: { task_id: string }[] }>(answer, 202);
	return imports[0]?.task_id ?? "";
}

/** Bindings with which something else happens just before the nth call of this name. */
function before(env: Env, call: string, nth: number, act: () => Promise<unknown>): Pick<Env, "DB" | "MEDIA"> {
	let calls = 0;
	const actThen = async (name: string) => {
		if (name === call && ++calls === nth) await act();
		return false;
	};
	return failingBindings(env, actThen).env;
}

/** The picture of each photo is made of the original that it has. */
async function expectOwnRenditions(): Promise<void> {
	for (const { renditionKey, originalSha256 } of (await readStored()).photos)
		expect(renditionKey).toContain(originalSha256);
}

describe("a photo that is processed by hand", () => {
	async function processByHand({ worker, caller }: Scene): Promise<string> {
		const [photo] = (await readStored()).photos;
		const body = { arguments: { photo_id: photo?.id } };
		const { id } = await expectJson<{ id: string }>(
			await caller.json("POST", "/v1/tasks/process_photo_to_avif", body),
			202,
		);
		worker.sent.splice(0);
		return id;
	}

	it("keeps its original until that is done", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture()));
		await importUrl(scene);
		await workOff(scene.worker);
		await processByHand(scene);
		const task_id = await importUrl(scene);
		await workOff(scene.worker);
		expect(scene.site.requests).toHaveLength(1);
		expect(await readTaskRow(task_id)).toMatchObject({ state: "sent", snoozeCount: 1 });
	});

	it("since its original began to be fetched anew ends with the picture of the new one", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture()));
		await importUrl(scene);
		await workOff(scene.worker);
		const gate = gateBucket(scene.worker.env.MEDIA, "put");
		let byHand: Promise<unknown> | undefined;
		scene.site.answer = async (request) => {
			const task_id = await processByHand(scene);
			byHand = deployWorker({ ...settings, MEDIA: gate.bucket }).deliver({ task_id }, { messageId: "by-hand" });
			await gate.reached;
			return pictureAnswer(await otherPicture())(request);
		};
		await importUrl(scene);
		await workOff(scene.worker);
		gate.open();
		await byHand;
		expect((await readStored()).photos).toMatchObject([
			{ state: "processed", originalSha256: await sha256Hex(await otherPicture()) },
		]);
		await expectOwnRenditions();
	});
});

it("the photo whose original is replaced may be deleted meanwhile: nothing is left of either", async () => {
	const scene = await setUp(pictureAnswer(await smallPicture()));
	await importUrl(scene);
	await workOff(scene.worker);
	const [photo] = (await readStored()).photos;
	scene.site.answer = pictureAnswer(await otherPicture());
	const task_id = await importUrl(scene);
	scene.worker.sent.splice(0);
	// The second put is that of the original, behind that of the bytes as they come.
	const meanwhile = before(scene.worker.env, "MEDIA.put", 2, () => scene.caller.delete(`/v1/photos/${photo?.id}`));
	await deployWorker({ ...settings, ...meanwhile }).deliver({ task_id }, { queue: "transfers" });
	await workOff(scene.worker);
	expect(await scene.caller.readProcessing(scene.item.id)).toMatchObject({ is_processing: false });
	await expectEveryObjectNamed();
	await scene.worker.sweep(Date.now() + WEEK_MS + HOUR_MS);
	await expectOnlyHeldObjects();
});

it("a picture that comes back while what it was before is being removed is not removed with it", async () => {
	vi.useFakeTimers({ toFake: ["Date"] });
	const [first, second] = [await smallPicture(), await otherPicture()];
	const scene = await setUp(pictureAnswer(first));
	const { worker, site } = scene;
	const importAgain = async () => {
		await importUrl(scene);
		await workOff(worker);
	};
	await importAgain();
	site.answer = pictureAnswer(second);
	await importAgain();
	vi.setSystemTime(Date.now() + WEEK_MS + 1000);
	site.answer = pictureAnswer(first);
	const { MEDIA } = before(worker.env, "MEDIA.delete", 1, importAgain);
	await deployWorker({ ...settings, MEDIA }).sweep(Date.now());
	await expectEveryObjectNamed();
	vi.setSystemTime(Date.now() + 4 * 60_000);
	const { imports } = await readStored();
	await worker.deliver({ task_id: imports[0]?.taskId }, { queue: "transfers", messageId: "later" });
	await workOff(worker);
	expect((await readStored()).photos).toMatchObject([{ state: "processed", originalSha256: await sha256Hex(first) }]);
	await expectOwnRenditions();
	await expectEveryObjectNamed();
	vi.setSystemTime(Date.now() + WEEK_MS + HOUR_MS);
	await worker.sweep(Date.now());
	await expectOnlyHeldObjects();
});

it("a photo that is processed again while that very rendition is being removed keeps one", async () => {
	vi.useFakeTimers({ toFake: ["Date"] });
	const scene = await setUp(pictureAnswer(await smallPicture()));
	const photo = await scene.caller.createPhoto(scene.item.id);
	await workOff(scene.worker);
	const processBy = async (worker: Deployment) => {
		const body = { arguments: { photo_id: photo.id } };
		await expectJson(await scene.caller.at(worker).json("POST", "/v1/tasks/process_photo_to_avif", body), 202);
		await workOff(worker);
	};
	await processBy(deployWorker({ ...settings, RENDITION_QUALITY: "40" }));
	vi.setSystemTime(Date.now() + HOUR_MS + 1000);
	const { MEDIA } = before(scene.worker.env, "MEDIA.delete", 1, () => processBy(scene.worker));
	await deployWorker({ ...settings, MEDIA }).sweep(Date.now());
	await expectEveryObjectNamed();
});

describe("a photo that an import only found there", () => {
	it("by an upload stays what its owner gave, whatever the site shows later", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture()));
		const given = await scene.caller.createPhoto(scene.item.id, await smallPicture());
		await importUrl(scene);
		await workOff(scene.worker);
		scene.site.answer = pictureAnswer(await otherPicture());
		await importUrl(scene);
		await workOff(scene.worker);
		expect((await scene.caller.readPhoto(given.id)).original.sha256).toBe(await sha256Hex(await smallPicture()));
		expect((await scene.caller.readItem(scene.item.id)).photos).toHaveLength(2);
	});

	it("by another URL stays that URL's, when one of the two shows another picture later", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture(), { etag: '"v1"' }));
		await importUrl(scene);
		await importUrl(scene, `${url}?other`);
		await workOff(scene.worker);
		scene.site.answer = pictureAnswer(await otherPicture(), { etag: '"v2"' });
		await importUrl(scene);
		await workOff(scene.worker);
		// The other URL still shows what it showed.
		const same = await smallPicture();
		scene.site.answer = (request) =>
			request.headers["if-none-match"] === '"v1"' ? statusAnswer(304)(request) : pictureAnswer(same)(request);
		await importUrl(scene, `${url}?other`);
		await workOff(scene.worker);
		const sums = (await readStored()).photos.map(({ originalSha256 }) => originalSha256).sort();
		expect(sums).toEqual([await sha256Hex(await smallPicture()), await sha256Hex(await otherPicture())].sort());
		await expectOwnRenditions();
	});

	it("by an upload while the site's new picture is fetched stays as well, and the site is asked again later", async () => {
		const scene = await setUp(pictureAnswer(await smallPicture(), { etag: '"v1"' }));
		const { worker } = scene;
		await importUrl(scene);
		await workOff(scene.worker);
		const next = await otherPicture();
		const task_id = await importUrl(scene);
		worker.sent.splice(0);
		scene.site.answer = async (request) => {
			const bytes = await smallPicture();
			const { id } = await announce(scene.caller, bytes, { item_id: scene.item.id });
			await worker.deliverTogether("uploads", [await putObject(keyOf({ id }), bytes)]);
			await workOff(worker);
			expect(await readUpload(scene.caller, id)).toMatchObject({ state: "received" });
			return pictureAnswer(next, { etag: '"v2"' })(request);
		};
		await worker.deliver({ task_id }, { queue: "transfers" });
		await workOff(worker);
		expect((await readStored()).photos).toMatchObject([{ originalSha256: await sha256Hex(await smallPicture()) }]);
		scene.site.answer = pictureAnswer(next, { etag: '"v2"' });
		await importUrl(scene);
		await workOff(worker);
		expect(scene.site.requests.at(-1)?.headers).not.toHaveProperty("if-none-match");
		expect((await readStored()).photos).toHaveLength(2);
		await expectOwnRenditions();
		await expectEveryObjectNamed();
	});
});

it("an import that was to begin in four days is given its three days from then on", async () => {
	vi.useFakeTimers({ toFake: ["Date"] });
	const pauseMs = 10_000;
	const worker = deployWorker({ IMPORT_PAUSE_MS: String(pauseMs) });
	const caller = await makeCaller(worker, { scopes: [...collectorScopes, "tasks:write"] });
	const { id: object_id } = await caller.createItem();
	const args = { app_label: "collection", model_name: "jersey", object_id, image_url: url };
	const body = { countdown: 96 * 3600, arguments: args };
	const enqueued = await caller.json("POST", "/v1/tasks/download_external_image_and_attach", body);
	const { id } = await expectJson<{ id: string }>(enqueued, 202);
	vi.setSystemTime(Date.now() + 96 * HOUR_MS + 1000);
	const politeness = { maxAtOnce: 1, pauseMs };
	await requestVisit(
		openDatabase(worker.env.DB),
		{ host: new URL(url).host, taskId: "another", isRedirect: false },
		politeness,
		Date.now(),
	);
	await worker.deliver({ task_id: id }, { queue: "transfers" });
	expect(await readTaskRow(id)).toMatchObject({ error: null, snoozeCount: 1 });
});
