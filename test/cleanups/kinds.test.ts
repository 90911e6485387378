/** What each cleanup finds, and what it leaves alone. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, it, vi } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { ticks, uploads } from "../../src/db/schema.ts";
import {
	ageWhatIsStored,
	DAY_MS,
	HOUR_MS,
	makeOperator,
	plantOrphan,
	plantPhoto,
	plantUpload,
	readCleanable,
	readFinds,
	readTrash,
	workOff,
} from "../support/cleanups.ts";
import { deployWorker } from "../support/deployment.ts";
import { readFixture, smallPicture } from "../support/fixtures.ts";
import { writeEndedTasks } from "../support/many-tasks.ts";
import { expectProblem } from "../support/problems.ts";
import { readTicks, writeSchedule } from "../support/schedules.ts";
import { listObjectKeys, readStored } from "../support/stored-state.ts";
import { putObject, workOff as workOffUploads } from "../support/uploads.ts";

beforeEach(ageWhatIsStored);

const keysIn = (keys: string[]) => keys.filter((key) => key.startsWith("trash/"));
const outside = (keys: string[]) => keys.filter((key) => !key.startsWith("trash/"));

it("photos that were never attached go to the trash once they are old, and attached ones never", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const now = Date.now();
	const old = await plantPhoto({ itemId: null, createdAt: now - 24 * HOUR_MS - 1 });
	const young = await plantPhoto({ itemId: null, createdAt: now - 24 * HOUR_MS + 1 });
	const attached = await plantPhoto({ createdAt: now - 900 * DAY_MS });
	const report = await operator.clean("cleanup_orphaned_photos");
	expect(report).toMatchObject({ state: "done", found: { photo: 1 }, removed: { photo: 1 }, skipped: {}, error: null });
	expect(report.finds).toEqual([
		{ subject: old.id, kind: "photo", bytes: expect.any(Number), state: "trashed", reason: null },
	]);
	const stored = await readStored();
	expect(stored.photos.map(({ id }) => id).sort()).toEqual([young.id, attached.id].sort());
	expect(keysIn(stored.objectKeys)).toEqual(
		[old.originalKey, old.renditionKey].map((key) => `trash/${report.id}/${key}`).sort(),
	);
	expect(outside(stored.objectKeys)).toEqual(
		[young, attached].flatMap(({ originalKey, renditionKey }) => [originalKey, renditionKey]).sort(),
	);
	expect(stored.removals).toEqual([]);
});

it("a photo that is in work is left alone, however old", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const { id } = await operator.caller.createPhoto();
	vi.setSystemTime(Date.now() + 30 * DAY_MS);
	const report = await operator.clean("cleanup_orphaned_photos");
	expect(report).toMatchObject({ state: "done", found: {}, skipped: { in_work: 1 } });
	expect((await readStored()).photos.map((photo) => photo.id)).toEqual([id]);
});

it("abandoned uploads go after a week, with the photos of that age", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const now = Date.now();
	const old = await plantUpload(now - 168 * HOUR_MS - 1);
	const young = await plantUpload(now - 168 * HOUR_MS + 1);
	const photo = await plantPhoto({ itemId: null, createdAt: now - 169 * HOUR_MS });
	const report = await operator.clean("cleanup_old_incomplete_photos");
	expect(report).toMatchObject({ found: { photo: 1, upload: 1 }, removed: { photo: 1, upload: 1 } });
	expect(report.finds?.map(({ subject }) => subject)).toEqual([old, photo.id].sort());
	expect((await readCleanable()).uploads.map(({ id }) => id)).toEqual([young]);
});

it("the full sweep removes what no row names, reports what a row misses, and leaves the rest", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const whole = await plantPhoto();
	const [withoutOriginal, withoutRendition] = [await plantPhoto(), await plantPhoto()];
	await worker.env.MEDIA.delete([withoutOriginal.originalKey, withoutRendition.renditionKey]);
	const orphans = await Promise.all((["originals", "renditions", "incoming", "uploads"] as const).map(plantOrphan));
	// Beside what a photo holds; named for removal, alone and by prefix; to be put; of a form that nothing here writes; in an inbox.
	const beside = `renditions/${whole.id}/an-older-one.avif`;
	const [named, below] = [await plantOrphan("incoming"), await plantOrphan("originals")];
	const announced = await plantUpload(Date.now() - DAY_MS);
	const kept = [
		`uploads/${announced}`,
		"originals/strange",
		"inbox/item/shirt.jpg",
		"backup/x",
		"trash/run/originals/x",
	];
	for (const key of [beside, ...kept]) await worker.env.MEDIA.put(key, key);
	const name = worker.env.DB.prepare("INSERT INTO removals VALUES (?, ?)");
	const soon = Date.now() + HOUR_MS;
	await worker.env.DB.batch([name.bind(named, soon), name.bind(below.slice(0, -"abc.jpg".length), soon)]);
	const before = await readCleanable();
	const report = await operator.clean("cleanup_all_orphaned_photos", { max_share: 1 });
	expect(report).toMatchObject({
		state: "done",
		found: { object: 5, original_missing: 1, rendition_missing: 1 },
		removed: { object: 5 },
		skipped: { unknown_name: 1 },
	});
	const after = await readCleanable();
	const gone = [...orphans, beside];
	expect(outside(after.objectKeys)).toEqual(outside(before.objectKeys).filter((key) => !gone.includes(key)));
	expect(after).toMatchObject({ photos: before.photos, removals: before.removals, uploads: before.uploads });
	const reported = report.finds?.filter(({ state }) => state === "reported").map(({ subject }) => subject);
	expect(reported?.sort()).toEqual([withoutOriginal.originalKey, withoutRendition.renditionKey].sort());
});

it("an object is an orphan only behind the age, whatever its row", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	vi.useRealTimers();
	await plantOrphan("originals");
	const report = await operator.clean("cleanup_all_orphaned_photos");
	expect(report).toMatchObject({ state: "done", found: {}, skipped: { too_young: 1 } });
});

it("without incomplete_only the first cleanup is the full sweep too", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	await plantPhoto({ itemId: null });
	await plantOrphan("renditions");
	const report = await operator.clean("cleanup_orphaned_photos", { incomplete_only: false });
	expect(report).toMatchObject({ removed: { photo: 1, object: 1 } });
	expect(outside(await listObjectKeys())).toEqual([]);
});

it("a dry run writes its report and nothing else", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	await plantPhoto({ itemId: null });
	await plantOrphan("originals");
	const before = await readCleanable();
	const report = await operator.clean("cleanup_orphaned_photos", { incomplete_only: false, dry_run: true });
	expect(report).toMatchObject({ state: "done", found: { photo: 1, object: 1 }, removed: {} });
	expect(report.finds?.map(({ state }) => state)).toEqual(["marked", "marked"]);
	expect(await readCleanable()).toEqual(before);
	expect(await readTrash()).toEqual([]);
	await expectProblem(await operator.caller.send("POST", `/v1/cleanups/${report.id}/undo`), "conflict");
});

it("what is past its life goes until nothing is left, with a report", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	await writeEndedTasks({ count: 1200, from: Date.now() - 20 * DAY_MS, name: "check_item_photo_processing" });
	const scheduleId = await writeSchedule(Date.now(), { lookAt: null });
	const [old, young] = [Date.now() - 91 * DAY_MS, Date.now() - 89 * DAY_MS];
	for (const moment of [old, young]) {
		const tick = { scheduleId, moment, isByHand: false, outcome: "skipped" as const, dealtWithAt: moment };
		await openDatabase(env.DB).insert(ticks).values(tick);
	}
	const report = await operator.clean("cleanup_task_results");
	expect(report).toMatchObject({ state: "done", expired: { tasks: 1200, ticks: 1, events: 0 } });
	expect((await readTicks(scheduleId)).map(({ moment }) => moment)).toEqual([young]);
	expect((await readStored()).tasks.map(({ name }) => name)).toEqual(["cleanup_task_results"]);
	await expectProblem(await operator.caller.send("POST", `/v1/cleanups/${report.id}/undo`), "conflict");
});

it("one run of a kind is under way at a time; another kind does not wait for it", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const first = await operator.begin("cleanup_orphaned_photos");
	const ask = (task: string, headers = {}) => operator.caller.json("POST", "/v1/cleanups", { task }, headers);
	const refused = await expectProblem(await ask("cleanup_orphaned_photos"), "cleanup_under_way");
	expect(refused.run).toBe(first.id);
	const keyed = { "idempotency-key": "k" };
	expect((await ask("cleanup_all_orphaned_photos", keyed)).status).toBe(202);
	expect((await ask("cleanup_all_orphaned_photos", keyed)).status).toBe(202);
	await workOff(worker);
	expect((await ask("cleanup_orphaned_photos")).status).toBe(202);
	expect((await readFinds()).length).toBe(0);
});

it.each([{ older_than_hours: 1 }, { max_share: 2 }, { older_than: 24 }, { run: "x" }])(
	"options that do not fit are refused: %j",
	async (options) => {
		const operator = await makeOperator(deployWorker());
		const body = { task: "cleanup_all_orphaned_photos", options };
		await expectProblem(await operator.caller.json("POST", "/v1/cleanups", body), "invalid_request");
		expect((await readStored()).tasks).toEqual([]);
	},
);

it("the tasks may be enqueued by their names, by an administrator only", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const photo = await plantPhoto({ itemId: null });
	const response = await operator.caller.json("POST", "/v1/tasks/cleanup_orphaned_photos", {});
	const { id } = await response.json<{ id: string }>();
	await workOff(worker);
	expect(await operator.read(id)).toMatchObject({ state: "done", finds: [{ subject: photo.id, state: "trashed" }] });
	const listed = await (await operator.caller.get("/v1/cleanups")).json<{ cleanups: { id: string }[] }>();
	expect(listed.cleanups.map((run) => run.id)).toEqual([id]);
});

it("what lies in an inbox and was never told of is received late, and nothing of it is removed", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const item = await operator.caller.createItem();
	await worker.env.MEDIA.put(`inbox/${item.id}/shirt.png`, await smallPicture());
	await worker.env.MEDIA.put("inbox/unknown/shirt.png", await smallPicture());
	const dry = await operator.clean("cleanup_all_orphaned_photos", { dry_run: true });
	expect(dry.skipped).toEqual({ received_late: 1, unknown_item: 1 });
	expect((await readStored()).uploads).toEqual([]);
	const report = await operator.clean("cleanup_all_orphaned_photos");
	expect(report).toMatchObject({ state: "done", found: {}, skipped: { received_late: 1, unknown_item: 1 } });
	expect((await readStored()).uploads).toMatchObject([{ itemId: item.id, state: "expected" }]);
	// Again, and twice at once, it is the same upload.
	await operator.clean("cleanup_all_orphaned_photos");
	vi.setSystemTime(Date.now() + HOUR_MS);
	await worker.sweep(Date.now());
	const [sent] = worker.sent.filter(({ queue }) => queue === "transfers");
	await worker.deliver(sent?.body, { queue: "transfers" });
	expect(await operator.caller.readProcessing(item.id)).toMatchObject({ photo_count: 1, uploads_failed: [] });
	expect(await listObjectKeys()).toContain("inbox/unknown/shirt.png");
});

it("what was put into an inbox again after it had ended, and was not told of, is received late as well", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const item = await operator.caller.createItem();
	const key = `inbox/${item.id}/notes.png`;
	await worker.deliverTogether("uploads", [await putObject(key, await readFixture("not-a-picture.jpg"))]);
	await workOffUploads(worker);
	expect((await operator.clean("cleanup_all_orphaned_photos")).skipped).toEqual({});
	// The bucket's clock is not the test's.
	await openDatabase(worker.env.DB).update(uploads).set({ updatedAt: 1 });
	expect((await operator.clean("cleanup_all_orphaned_photos")).skipped).toEqual({ received_late: 1 });
	expect((await readStored()).uploads).toMatchObject([{ itemId: item.id, state: "expected" }]);
});
