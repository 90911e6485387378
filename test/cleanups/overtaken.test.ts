/** Slices that are slower than what happens meanwhile: another attempt, a cancellation, an undo, a retry days later. */
import { env as workerEnv } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { beforeEach, expect, it, vi } from "vitest";
import { emptyTrash } from "../../src/cleanups/empty-trash.ts";
import { findersOf } from "../../src/cleanups/finders.ts";
import { isUnderWay, stepRun } from "../../src/cleanups/steps.ts";
import { beginUndo, type CleanupRun, failRuns, findRun } from "../../src/db/cleanups.ts";
import { openDatabase, runBatch } from "../../src/db/database.ts";
import { uploads } from "../../src/db/schema.ts";
import {
	ageWhatIsStored,
	DAY_MS,
	makeOperator,
	type Operator,
	plantOrphan,
	plantPhoto,
	plantUpload,
	readCleanable,
	readFinds,
	readTrash,
	workOff,
} from "../support/cleanups.ts";
import { type Deployment, deployWorker } from "../support/deployment.ts";
import { failingBindings, interrupted } from "../support/failing-bindings.ts";
import { interleave, randomFrom } from "../support/interleave.ts";
import { listObjectKeys, readStored } from "../support/stored-state.ts";

beforeEach(ageWhatIsStored);

const everything = { incomplete_only: false, max_share: 1 };
type Bindings = Pick<Env, "DB" | "MEDIA">;

const readRun = async (id: string): Promise<CleanupRun> => {
	const run = await findRun(openDatabase(workerEnv.DB), id);
	if (!run) throw new Error("no run");
	return run;
};

const step = (run: CleanupRun, { DB, MEDIA }: Bindings = workerEnv) =>
	stepRun({ db: openDatabase(DB), media: MEDIA, finders: findersOf(run), trashLifeMs: 7 * DAY_MS }, run);

async function drive(id: string, bindings: Bindings = workerEnv): Promise<void> {
	for (let run = await readRun(id); isUnderWay(run); run = await readRun(id)) await step(run, bindings);
}

/** A run that has found everything and is about to take it. */
async function beginRemoving(operator: Operator): Promise<CleanupRun> {
	const { id } = await operator.begin("cleanup_old_incomplete_photos", everything);
	let run = await readRun(id);
	while (run.state === "finding") run = (await step(run)) ?? run;
	expect(run.state).toBe("removing");
	return run;
}

async function cancelAndUndo(worker: Deployment, operator: Operator, id: string): Promise<void> {
	expect((await operator.caller.send("POST", `/v1/tasks/${id}/cancel`)).status).toBe(200);
	worker.sent.length = 0;
	await operator.undo(id);
	await worker.sweep(Date.now() + 1);
}

const outsideTrash = async () => (await listObjectKeys()).filter((key) => !key.startsWith("trash/"));

it("what a quicker attempt took can be brought back, although a slower one found nothing to copy any more", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	await plantPhoto({ itemId: null });
	const before = { rows: await readCleanable(), keys: await outsideTrash() };
	const run = await beginRemoving(operator);
	await step(
		run,
		interrupted(worker.env, "MEDIA.get", () => drive(run.id)),
	);
	expect(await operator.undo(run.id)).toMatchObject({ state: "undone", restored: 1, not_restored: {} });
	expect({ rows: await readCleanable(), keys: await outsideTrash() }).toMatchObject({
		rows: { photos: before.rows.photos },
		keys: before.keys,
	});
	// And nothing is left in the trash that no row names.
	await worker.sweep(Date.now() + 8 * DAY_MS);
	expect(await listObjectKeys()).toEqual(before.keys);
});

it("a photo whose rendition was missing comes back as it was, although two attempts took it", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const { renditionKey } = await plantPhoto({ itemId: null });
	await workerEnv.MEDIA.delete(renditionKey);
	const before = { rows: await readCleanable(), keys: await outsideTrash() };
	const run = await beginRemoving(operator);
	await step(
		run,
		interrupted(worker.env, "DB.batch", () => drive(run.id)),
	);
	expect(await operator.undo(run.id)).toMatchObject({ state: "undone", restored: 1, not_restored: {} });
	expect({ rows: await readCleanable(), keys: await outsideTrash() }).toMatchObject({
		rows: { photos: before.rows.photos },
		keys: before.keys,
	});
});

it.each(["MEDIA.get", "MEDIA.put", "MEDIA.delete"])(
	"a cancelled run that is undone takes nothing afterwards, although its slice had come to %s",
	async (call) => {
		const worker = deployWorker();
		const operator = await makeOperator(worker);
		const orphan = await plantOrphan("renditions");
		const run = await beginRemoving(operator);
		await step(
			run,
			interrupted(worker.env, call, () => cancelAndUndo(worker, operator, run.id)),
		);
		expect(await outsideTrash()).toEqual([orphan]);
		expect(await operator.read(run.id)).toMatchObject({ state: "undone" });
	},
);

it("a cancelled run that is undone takes no photo afterwards", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const photo = await plantPhoto({ itemId: null });
	const run = await beginRemoving(operator);
	await step(
		run,
		interrupted(worker.env, "MEDIA.put", () => cancelAndUndo(worker, operator, run.id)),
	);
	expect((await readStored()).photos).toMatchObject([{ id: photo.id }]);
	expect(await outsideTrash()).toEqual([photo.originalKey, photo.renditionKey].sort());
});

it("a photo that is brought back while a slice still deletes its objects keeps them", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const photo = await plantPhoto({ itemId: null });
	const run = await beginRemoving(operator);
	const takeOnAndUndo = async () => {
		await drive(run.id);
		worker.sent.length = 0;
		await operator.undo(run.id);
	};
	await step(run, interrupted(worker.env, "MEDIA.list", takeOnAndUndo));
	expect((await readStored()).photos).toMatchObject([{ id: photo.id }]);
	expect(await outsideTrash()).toEqual([photo.originalKey, photo.renditionKey].sort());
});

it("what a quicker attempt could not move stays, although a slower one could", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const orphan = await plantOrphan("renditions");
	const run = await beginRemoving(operator);
	const { env: broken } = failingBindings(worker.env, (call) => call === "MEDIA.put");
	await step(
		run,
		interrupted(worker.env, "MEDIA.get", () => drive(run.id, broken)),
	);
	expect(await operator.read(run.id)).toMatchObject({ removed: {}, skipped: { storage_failed: 1 } });
	await worker.sweep(Date.now() + DAY_MS);
	expect(await outsideTrash()).toEqual([orphan]);
});

it.each(["MEDIA.delete", "DB.batch"])(
	"what a run takes that goes on days after %s failed is kept as long as ever",
	async (failing) => {
		const worker = deployWorker();
		const operator = await makeOperator(worker);
		if (failing === "DB.batch") await plantPhoto({ itemId: null });
		else await plantOrphan("renditions");
		const run = await beginRemoving(operator);
		let calls = 0;
		// The first batch names the copies.
		const { env: broken } = failingBindings(
			worker.env,
			(call) => call === failing && (failing === "MEDIA.delete" || calls++ > 0),
		);
		await expect(step(run, broken)).rejects.toThrow(failing);
		expect((await readTrash()).length).toBeGreaterThan(0);
		vi.setSystemTime(Date.now() + 6 * DAY_MS);
		await drive(run.id);
		const dueAts = (await readTrash()).map(({ dueAt }) => dueAt);
		expect(dueAts).toEqual(dueAts.map(() => Date.now() + 7 * DAY_MS));
	},
);

it("a photo of which the trash was emptied in part does not come back in part", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const photo = await plantPhoto({ itemId: null });
	const { id } = await operator.clean("cleanup_orphaned_photos");
	vi.setSystemTime(Date.now() + 7 * DAY_MS);
	// The sweep takes a thousand a minute: its limit came between the copy and the row.
	await workerEnv.DB.prepare("DELETE FROM trash WHERE original_key = ?").bind(photo.originalKey).run();
	await workerEnv.MEDIA.delete(`trash/${id}/${photo.originalKey}`);
	expect(await operator.undo(id)).toMatchObject({ state: "undone", restored: 0, not_restored: { emptied: 1 } });
	expect((await readStored()).photos).toEqual([]);
});

it("an upload whose item goes while it is brought back is not told to be back", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const item = await operator.caller.createItem();
	const uploadId = await plantUpload(Date.now() - 30 * DAY_MS);
	await workerEnv.DB.prepare("UPDATE uploads SET item_id = ?").bind(item.id).run();
	const run = await beginRemoving(operator);
	// After it was looked for, with keys of the bucket: it goes along.
	const putLate = () => workerEnv.MEDIA.put(`uploads/${uploadId}`, "put, and never told of");
	await drive(run.id, interrupted(worker.env, "MEDIA.get", putLate));
	expect(await openDatabase(workerEnv.DB).select().from(uploads)).toEqual([]);
	await worker.sweep(Date.now());
	const deleteItem = () => workerEnv.DB.prepare("DELETE FROM items").run();
	expect((await operator.caller.send("POST", `/v1/cleanups/${run.id}/undo`)).status).toBe(202);
	await drive(run.id, interrupted(worker.env, "MEDIA.put", deleteItem));
	expect(await operator.read(run.id)).toMatchObject({ restored: 0, not_restored: { item_gone: 1 } });
	// What was put there is nobody's, so it is named for removal.
	await worker.sweep(Date.now() + 2 * 3_600_000);
	expect(await outsideTrash()).toEqual([]);
});

it("a photo that is back keeps its objects, although a slower attempt at the undo died", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const photo = await plantPhoto({ itemId: null });
	const { id } = await operator.clean("cleanup_orphaned_photos");
	expect((await operator.caller.send("POST", `/v1/cleanups/${id}/undo`)).status).toBe(202);
	const run = await readRun(id);
	let batches = 0;
	// The quicker one is done before the slower one's first batch; its second never comes.
	const { env: slow } = failingBindings(worker.env, async (call) => {
		if (call !== "DB.batch") return false;
		if (batches++ === 0) await drive(id);
		return batches > 1;
	});
	await step(run, slow).catch(() => undefined);
	expect(await operator.read(id)).toMatchObject({ state: "undone", restored: 1 });
	await worker.sweep(Date.now() + 2 * 3_600_000);
	expect((await readStored()).photos).toMatchObject([{ id: photo.id }]);
	expect(await outsideTrash()).toEqual([photo.originalKey, photo.renditionKey].sort());
});

it("a row comes back although its table has a new column since, which has a default", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const photo = await plantPhoto({ itemId: null });
	const { id } = await operator.clean("cleanup_orphaned_photos");
	await workerEnv.DB.prepare(`UPDATE trash SET "row" = json_remove("row", '$.order') WHERE "row" IS NOT NULL`).run();
	expect(await operator.undo(id)).toMatchObject({ state: "undone", restored: 1 });
	expect((await readStored()).photos).toMatchObject([{ id: photo.id, order: 0 }]);
});

it("the task of an undo does nothing but undo: a run that was retried meanwhile goes on looking by itself", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	for (let count = 0; count < 3; count++) await plantOrphan("incoming");
	const { id } = await operator.begin("cleanup_all_orphaned_photos", { max_share: 1 });
	await operator.caller.send("POST", `/v1/tasks/${id}/cancel`);
	expect((await operator.caller.send("POST", `/v1/cleanups/${id}/undo`)).status).toBe(202);
	// As a retry leaves it that came between the question whether it may be undone and the answer.
	await workerEnv.DB.prepare(
		`UPDATE cleanup_runs SET state = 'finding', cursor = '{"phase":"finding"}', ended_at = NULL`,
	).run();
	await workOff(worker);
	expect(await readRun(id)).toMatchObject({ state: "finding" });
	expect(await readFinds()).toEqual([]);
});

it("a task named with a run of another kind leaves that run alone", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const { id } = await operator.begin("cleanup_all_orphaned_photos");
	await operator.caller.send("POST", `/v1/tasks/${id}/cancel`);
	await operator.caller.json("POST", "/v1/tasks/cleanup_orphaned_photos", { arguments: { run: id } });
	await workOff(worker);
	expect(await readRun(id)).toMatchObject({ state: "failed" });
});

const SEEDS = workerEnv.TEST_THOROUGH ? 100 : 8;

/** What was made of a run while a slice of it was slow. */
const endings: Record<string, (bindings: Bindings, id: string) => Promise<void>> = {
	"taken on and undone": async (bindings, id) => {
		await drive(id, bindings);
		await undo(bindings, id);
	},
	"cancelled and undone": async (bindings, id) => {
		const db = openDatabase(bindings.DB);
		await runBatch(db, [failRuns(db, { id }, { code: "task_cancelled", detail: "" }, Date.now(), sql`true`)]);
		await undo(bindings, id);
	},
};

async function undo(bindings: Bindings, id: string): Promise<void> {
	const db = openDatabase(bindings.DB);
	await runBatch(db, [beginUndo(db, id, sql`true`)]);
	await drive(id, bindings);
	await emptyTrash(db, bindings.MEDIA, Date.now());
}

it.each(Object.keys(endings))(
	"whenever a run is %s while a slice of it is slow, everything is back",
	async (ending) => {
		const operator = await makeOperator(deployWorker());
		for (let seed = 0; seed < SEEDS; seed++) {
			await plantPhoto({ itemId: null });
			await plantOrphan("renditions");
			const before = { photos: (await readStored()).photos, keys: await outsideTrash() };
			const run = await beginRemoving(operator);
			const order = await interleave(
				workerEnv,
				{
					slow: async (bindings) => void (await step(run, bindings)),
					quick: async (bindings) => endings[ending]?.(bindings, run.id),
				},
				randomFrom(seed),
			);
			const said = `seed ${seed}: ${order.join(", ")}`;
			expect(await readRun(run.id), said).toMatchObject({ state: "undone" });
			expect({ photos: (await readStored()).photos, keys: await outsideTrash() }, said).toEqual(before);
			const named = (await readTrash()).map(({ trashKey }) => trashKey);
			const copies = (await listObjectKeys()).filter((key) => key.startsWith("trash/"));
			expect(named, said).toEqual(expect.arrayContaining(copies));
			await forgetAll();
		}
	},
);

async function forgetAll(): Promise<void> {
	await workerEnv.MEDIA.delete(await listObjectKeys());
	await workerEnv.DB.batch(
		["photos", "tasks", "removals", "trash", "cleanup_finds", "cleanup_runs", "attempts"].map((table) =>
			workerEnv.DB.prepare(`DELETE FROM ${table}`),
		),
	);
}

it("two runs at once take the same things once, and each can be undone", async () => {
	const operator = await makeOperator(deployWorker());
	for (let seed = 0; seed < SEEDS / 2; seed++) {
		await plantPhoto({ itemId: null });
		await plantOrphan("renditions");
		const before = { photos: (await readStored()).photos, keys: await outsideTrash() };
		const one = await beginRemoving(operator);
		const { id } = await operator.begin("cleanup_orphaned_photos", everything);
		const order = await interleave(
			workerEnv,
			{ one: (bindings) => drive(one.id, bindings), other: (bindings) => drive(id, bindings) },
			randomFrom(seed),
		);
		const said = `seed ${seed}: ${order.join(", ")}`;
		expect(await outsideTrash(), said).toEqual([]);
		for (const run of seed % 2 ? [one.id, id] : [id, one.id]) await undo(workerEnv, run);
		expect({ photos: (await readStored()).photos, keys: await outsideTrash() }, said).toEqual(before);
		await forgetAll();
	}
});

it("two attempts at the same page of an undo come to what one does", async () => {
	const operator = await makeOperator(deployWorker());
	for (let seed = 40; seed < 40 + SEEDS; seed++) {
		await plantPhoto({ itemId: null });
		await plantOrphan("renditions");
		const before = { photos: (await readStored()).photos, keys: await outsideTrash() };
		const begun = await beginRemoving(operator);
		await drive(begun.id);
		const db = openDatabase(workerEnv.DB);
		await runBatch(db, [beginUndo(db, begun.id, sql`true`)]);
		const run = await readRun(begun.id);
		const order = await interleave(
			workerEnv,
			{
				slow: async (bindings) => void (await step(run, bindings)),
				quick: async (bindings) => {
					await drive(run.id, bindings);
					await emptyTrash(openDatabase(bindings.DB), bindings.MEDIA, Date.now());
				},
			},
			randomFrom(seed),
		);
		const said = `seed ${seed}: ${order.join(", ")}`;
		expect(await operator.read(run.id), said).toMatchObject({ state: "undone", restored: 2, not_restored: {} });
		expect({ photos: (await readStored()).photos, keys: await outsideTrash() }, said).toEqual(before);
		expect((await readStored()).removals, said).toEqual([]);
		const named = (await readTrash()).map(({ trashKey }) => trashKey);
		const copies = (await listObjectKeys()).filter((key) => key.startsWith("trash/"));
		expect(named, said).toEqual(expect.arrayContaining(copies));
		await forgetAll();
	}
});
