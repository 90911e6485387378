/** What ought to hold of imports and uploads and does not yet: each is expected to fail, until somebody decides what is right. */
import { expect, it, vi } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { requestVisit } from "../../src/db/visits.ts";
import { type Caller, expectJson, makeCaller } from "../support/caller.ts";
import { deployWorker } from "../support/deployment.ts";
import { readFixture, smallPicture } from "../support/fixtures.ts";
import { pictureAnswer, stubSites } from "../support/site.ts";
import { readStored } from "../support/stored-state.ts";
import { readTaskRow } from "../support/tasks.ts";
import { collectorScopes } from "../support/tokens.ts";
import { directUploads, putObject, workOff } from "../support/uploads.ts";

const host = "cdn.footballkitarchive.com";
const url = `https://${host}/2024/shirt.jpg`;
const PAUSE_MS = 10_000;
const HOUR_MS = 3_600_000;
const deploy = (pauseMs = 0) => deployWorker({ ...directUploads, IMPORT_PAUSE_MS: String(pauseMs) });
const makeImporter = (worker: ReturnType<typeof deploy>) =>
	makeCaller(worker, { scopes: [...collectorScopes, "tasks:write"] });

async function importAll(caller: Caller, itemId: string, urls: string[]): Promise<string[]> {
	const body = urls.map((one) => ({ url: one }));
	const answer = await caller.json("POST", `/v1/items/${itemId}/photos/import`, body);
	const { imports } = await expectJson<{ imports: { task_id: string }[] }>(answer, 202);
	return imports.map(({ task_id }) => task_id);
}

it.fails("a picture that is put into an inbox again, after its photo was deleted, becomes a photo again", async () => {
	const worker = deploy();
	const ana = await makeCaller(worker);
	const { id } = await ana.createItem();
	const put = async () => {
		await worker.deliverTogether("uploads", [await putObject(`inbox/${id}/a.jpg`, await smallPicture())]);
		await workOff(worker);
		await worker.sweep(Date.now());
	};
	await put();
	await ana.delete(`/v1/photos/${(await ana.readItem(id)).photos[0]?.id}`);
	await put();
	expect((await ana.readItem(id)).photos).toHaveLength(1);
});

it.fails("an import that was to begin in four days is given its three days from then on", async () => {
	vi.useFakeTimers({ toFake: ["Date"] });
	const worker = deploy(PAUSE_MS);
	const ana = await makeImporter(worker);
	const { id: object_id } = await ana.createItem();
	const args = { app_label: "collection", model_name: "jersey", object_id, image_url: url };
	const body = { countdown: 96 * 3600, arguments: args };
	const enqueued = await ana.json("POST", "/v1/tasks/download_external_image_and_attach", body);
	const { id } = await expectJson<{ id: string }>(enqueued, 202);
	vi.setSystemTime(Date.now() + 96 * HOUR_MS + 1000);
	const politeness = { maxAtOnce: 1, pauseMs: PAUSE_MS };
	await requestVisit(openDatabase(worker.env.DB), host, "another", politeness, Date.now());
	await worker.deliver({ task_id: id }, { queue: "transfers" });
	expect(await readTaskRow(id)).toMatchObject({ error: null, snoozeCount: 1 });
});

it.fails("imports that nobody wants any more keep nobody waiting", async () => {
	stubSites(pictureAnswer(await smallPicture()));
	const worker = deploy(PAUSE_MS);
	const ana = await makeImporter(worker);
	const unwanted = await ana.createItem();
	await importAll(
		ana,
		unwanted.id,
		Array.from({ length: 20 }, (_, number) => `${url}?${number}`),
	);
	await workOff(worker);
	await ana.delete(`/v1/items/${unwanted.id}`);
	const [task = ""] = await importAll(ana, (await ana.createItem()).id, [url]);
	await workOff(worker);
	expect((await readTaskRow(task)).dueAt).toBeLessThan(Date.now() + 2 * PAUSE_MS);
});

it.fails("a photo whose source shows a broken picture for a while keeps the good one", async () => {
	vi.useFakeTimers({ toFake: ["Date"] });
	const site = stubSites(pictureAnswer(await smallPicture()));
	const worker = deploy();
	const ana = await makeImporter(worker);
	const { id } = await ana.createItem();
	await importAll(ana, id, [url]);
	await workOff(worker);
	site.answer = pictureAnswer(await readFixture("corrupt-data.jpg"));
	await importAll(ana, id, [url]);
	await workOff(worker);
	vi.setSystemTime(Date.now() + 2 * HOUR_MS);
	await worker.sweep(Date.now());
	const { photos } = await readStored();
	expect(photos).toMatchObject([{ state: "processed" }]);
});
