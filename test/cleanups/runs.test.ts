/** A run as a whole: refused, undone, broken off at any point, overtaken. */
import { env as workerEnv } from "cloudflare:workers";
import { eq, sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import { beforeEach, expect, it, vi } from "vitest";
import { z } from "zod";
import { emptyTrash } from "../../src/cleanups/empty-trash.ts";
import type { Finder } from "../../src/cleanups/finder.ts";
import { findersOf } from "../../src/cleanups/finders.ts";
import { cleanupOptions, FINDS_PER_REMOVAL } from "../../src/cleanups/limits.ts";
import { isUnderWay, stepRun } from "../../src/cleanups/steps.ts";
import {
	beginUndo,
	type CleanupRun,
	failRuns,
	findRun,
	forgetOldestRun,
	insertRun,
	listRuns,
	resumeRun,
} from "../../src/db/cleanups.ts";
import { openDatabase, runBatch } from "../../src/db/database.ts";
import { cleanupRuns } from "../../src/db/schema.ts";
import { defineOrphanCleanup } from "../../src/handlers/cleanup-of-orphans.ts";
import { driveRun } from "../../src/handlers/cleanup-task.ts";
import type { Services } from "../../src/handlers/services.ts";
import { MAX_ATTEMPT_MS } from "../../src/storage/removals.ts";
import { createRegistry } from "../../src/tasks/define.ts";
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
import { failingBindings, interrupted, type Moment } from "../support/failing-bindings.ts";
import { expectProblem } from "../support/problems.ts";
import { expectNoScans, explain } from "../support/query-plans.ts";
import { listObjectKeys, readStored } from "../support/stored-state.ts";

beforeEach(ageWhatIsStored);

const everything = { incomplete_only: false, max_share: 1 };

/** Something of every kind that is removed. */
async function plantEachKind() {
	const photo = await plantPhoto({ itemId: null });
	const whole = await plantPhoto();
	const orphans = [await plantOrphan("originals"), await plantOrphan("renditions"), await plantOrphan("incoming")];
	const upload = await plantUpload(Date.now() - 30 * DAY_MS);
	return { photo, whole, orphans, upload };
}

const cleanEverything = (operator: Operator) => operator.clean("cleanup_old_incomplete_photos", everything);

/** Keys with their bytes' hash and types. */
async function readObjects() {
	const keys = (await listObjectKeys()).filter((key) => !key.startsWith("trash/"));
	return Promise.all(
		keys.map(async (key) => {
			const object = await workerEnv.MEDIA.get(key);
			return { key, text: await object?.text(), type: object?.httpMetadata?.contentType };
		}),
	);
}

it("an undone run leaves everything as it was, to the last column and byte", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	await plantEachKind();
	const before = { rows: await readCleanable(), objects: await readObjects() };
	const { id, removed } = await cleanEverything(operator);
	expect(removed).toEqual({ photo: 1, upload: 1, object: 3 });
	const report = await operator.undo(id);
	expect(report).toMatchObject({ state: "undone", restored: 5, not_restored: {} });
	await worker.sweep(Date.now() + MAX_ATTEMPT_MS); // what lies in the trash twice goes
	expect({ rows: await readCleanable(), objects: await readObjects() }).toEqual(before);
	expect(await readTrash()).toEqual([]);
	const { results } = await workerEnv.DB.prepare("SELECT photo_count FROM owner_usage").all();
	expect(results).toEqual([{ photo_count: 2 }]);
});

it("an object goes and comes back whatever its name and size; one whose name leaves no room in the trash stays", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const folder = `originals/${newId()}/`;
	const names = ["empty", "a b%20c?d#e", `"quoted' \\ \u{1f3c6} \n`, "x".repeat(900)];
	for (const name of names) {
		const body = name === "empty" ? "" : name;
		await workerEnv.MEDIA.put(folder + name, body, {
			httpMetadata: { contentType: "image/jpeg", cacheControl: "no-store" },
			customMetadata: { by: "hand" },
		});
	}
	const tooLong = folder + "y".repeat(1024 - folder.length);
	await workerEnv.MEDIA.put(tooLong, "y");
	const describe = async (name: string) => {
		const object = await workerEnv.MEDIA.get(folder + name);
		return [name, await object?.text(), object?.httpMetadata, object?.customMetadata];
	};
	const before = await Promise.all(names.map(describe));
	const report = await operator.clean("cleanup_all_orphaned_photos", { max_share: 1 });
	expect(report).toMatchObject({ state: "done", removed: { object: 4 }, skipped: { storage_failed: 1 } });
	expect((await listObjectKeys()).filter((key) => !key.startsWith("trash/"))).toEqual([tooLong]);
	expect(await operator.undo(report.id)).toMatchObject({ restored: 4, not_restored: {} });
	expect(await Promise.all(names.map(describe))).toEqual(before);
});

it("the time that a run took stays what it was when it is undone days later", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	await plantOrphan("incoming");
	const { id } = await operator.begin("cleanup_all_orphaned_photos", { max_share: 1 });
	vi.setSystemTime(Date.now() + 2000);
	await workOff(worker);
	for (let time = 0; time < 2; time++) {
		vi.setSystemTime(Date.now() + DAY_MS);
		expect(await operator.undo(id)).toMatchObject({ state: "undone", restored: 1, duration_ms: 2000 });
	}
});

it("undone twice is undone once", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	await plantEachKind();
	const before = { rows: await readCleanable(), objects: await readObjects() };
	const { id } = await cleanEverything(operator);
	await operator.undo(id);
	const again = await operator.undo(id);
	expect(again).toMatchObject({ state: "undone", restored: 5, not_restored: {} });
	await worker.sweep(Date.now() + MAX_ATTEMPT_MS);
	expect({ rows: await readCleanable(), objects: await readObjects() }).toEqual(before);
});

it("after the trash was emptied an undo says that nothing could be brought back", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const { whole } = await plantEachKind();
	const { id } = await cleanEverything(operator);
	await worker.sweep(Date.now() + 7 * DAY_MS - 1);
	expect((await readTrash()).length).toBeGreaterThan(0);
	await worker.sweep(Date.now() + 7 * DAY_MS + 1);
	expect(await readTrash()).toEqual([]);
	expect(await listObjectKeys()).toEqual([whole.originalKey, whole.renditionKey].sort());
	expect(await operator.undo(id)).toMatchObject({ state: "undone", restored: 0, not_restored: { emptied: 5 } });
});

it("what is taken meanwhile is not overwritten by an undo", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const orphan = await plantOrphan("originals");
	const { id } = await cleanEverything(operator);
	await workerEnv.MEDIA.put(orphan, "somebody else's");
	const report = await operator.undo(id);
	expect(report).toMatchObject({ restored: 0, not_restored: { taken: 1 } });
	expect(await (await workerEnv.MEDIA.get(orphan))?.text()).toBe("somebody else's");
});

/** A fault as one could be made: a prefix that matches everything. */
const matchEverything: Finder<string> = {
	cannotKnow: "anything",
	async findPage({ media }, _, after) {
		const { objects, truncated } = await media.list({ prefix: "", ...(after === null ? {} : { startAfter: after }) });
		return {
			looked: { objects: objects.length },
			finds: objects.map(({ key, size, version }) => {
				return { subject: key, kind: "object", bytes: size, version, state: "marked", reason: null };
			}),
			next: truncated ? (objects.at(-1)?.key ?? null) : null,
		};
	},
};

const faulty = createRegistry<Services>([
	defineOrphanCleanup(
		"cleanup_all_orphaned_photos",
		"A cleanup with a fault.",
		z.strictObject(cleanupOptions({ olderThanHours: 24 })),
		() => [matchEverything as Finder],
	),
]);

it("a finder with a fault that matches everything is refused, and nothing is touched", async () => {
	const worker = deployWorker({}, faulty);
	const operator = await makeOperator(worker);
	for (let count = 0; count < 12; count++) await plantPhoto();
	const before = await readCleanable();
	const report = await operator.clean("cleanup_all_orphaned_photos");
	expect(report).toMatchObject({ state: "refused", found: { object: 24 }, removed: {} });
	expect(report.error).toMatchObject({ code: "cleanup_refused", detail: expect.stringContaining("24 of 24 objects") });
	expect(await readCleanable()).toEqual(before);
	await expectProblem(await operator.caller.send("POST", `/v1/cleanups/${report.id}/undo`), "conflict");
});

it("even a fault that is let through takes nothing that a row names", async () => {
	const worker = deployWorker({}, faulty);
	const operator = await makeOperator(worker);
	for (let count = 0; count < 5; count++) await plantPhoto();
	const before = await readCleanable();
	const report = await operator.clean("cleanup_all_orphaned_photos", { max_share: 1 });
	expect(report).toMatchObject({ state: "done", removed: {}, skipped: { named_meanwhile: 10 } });
	expect(await readCleanable()).toEqual(before);
});

it("few are removed whatever their share; one more is refused", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	for (let count = 0; count < 20; count++) await plantOrphan("incoming");
	const dry = await operator.clean("cleanup_all_orphaned_photos", { dry_run: true });
	expect(dry.state).toBe("done");
	await plantOrphan("incoming");
	expect(await operator.clean("cleanup_all_orphaned_photos")).toMatchObject({ state: "refused", removed: {} });
	expect(await operator.clean("cleanup_all_orphaned_photos", { max_share: 1 })).toMatchObject({
		state: "done",
		removed: { object: 21 },
	});
});

it("a share of nothing lets nothing through, however few were found", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const orphan = await plantOrphan("incoming");
	const report = await operator.clean("cleanup_all_orphaned_photos", { max_share: 0 });
	expect(report).toMatchObject({ state: "refused", found: { object: 1 }, removed: {} });
	expect(await listObjectKeys()).toEqual([orphan]);
});

it.each([
	["MEDIA.put", "a photo whose object cannot be moved keeps its row, which says why"],
	["MEDIA.get", "a photo whose object cannot be read keeps its row, which says why"],
])("%s fails: %s", async (failing) => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	await plantEachKind();
	const before = { rows: await readCleanable(), objects: await readObjects() };
	const broken = { ...deployWorker(failingBindings(worker.env, (call) => call === failing).env), sent: worker.sent };
	const { id } = await operator.begin("cleanup_orphaned_photos", everything);
	await workOff(broken);
	const report = await operator.read(id);
	expect(report).toMatchObject({ state: "done", removed: {}, skipped: { storage_failed: 4 } });
	expect({ rows: await readCleanable(), objects: await readObjects() }).toEqual(before);
	expect(await cleanEverything(operator)).toMatchObject({ removed: { photo: 1, upload: 1, object: 3 } });
});

it("a photo that is attached while it is copied stays", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const { id: itemId } = await operator.caller.createItem();
	const photo = await plantPhoto({ itemId: null });
	const attach = () => worker.env.DB.prepare("UPDATE photos SET item_id = ?, updated_at = 5").bind(itemId).run();
	const disturbed = deployWorker(interrupted(worker.env, "MEDIA.put", attach));
	const { id } = await operator.begin("cleanup_orphaned_photos");
	await workOff({ ...disturbed, sent: worker.sent });
	expect(await operator.read(id)).toMatchObject({ removed: {}, skipped: { changed_meanwhile: 1 } });
	expect((await readStored()).photos).toMatchObject([{ id: photo.id, itemId }]);
	expect(await listObjectKeys()).toEqual(expect.arrayContaining([photo.originalKey, photo.renditionKey]));
});

/** D1 and R2 of which one call fails, and whether it came to that. */
function failOnce(worker: Deployment, number: number, moment: Moment) {
	let failed: string | undefined;
	const { env } = failingBindings(
		worker.env,
		(call, at) => {
			if (at === number) failed = call;
			return at === number;
		},
		moment,
		["DB", "MEDIA", "TASKS_QUEUE"],
	);
	return { worker: { ...deployWorker(env), sent: worker.sent }, failed: () => failed };
}

/** Delivers what is sent, and lets minutes pass, until the run has ended. */
async function settle(worker: Deployment, id: string): Promise<void> {
	for (let round = 0; round < 10; round++) {
		await workOff(worker);
		const run = await openDatabase(workerEnv.DB).select().from(cleanupRuns).where(eq(cleanupRuns.id, id)).get();
		const { tasks } = await readStored();
		if (run?.endedAt && tasks.every(({ finishedAt }) => finishedAt !== null)) return;
		vi.setSystemTime(Date.now() + 20 * 60_000);
		if (worker.sent.length === 0) await worker.sweep(Date.now());
	}
	throw new Error("the run did not end");
}

/** The calls of a slice are some forty; `npm test` takes every fourth, in turns before and after, the bench each both ways. */
const [EVERY, MOMENTS] = workerEnv.TEST_THOROUGH ? [1, 2] : [4, 1];

/** Each round: which call fails, and when. Ends with the first round in which no call was left to fail. */
async function failEachCall(run: (fail: (worker: Deployment) => Deployment) => Promise<void>): Promise<Set<string>> {
	const seen = new Set<string>();
	for (let number = 1, more = true, turn = 0; more; number += EVERY) {
		for (let at = 0; at < MOMENTS; at++) {
			const moment: Moment = turn++ % 2 === 0 ? "before" : "after";
			let failed: () => string | undefined = () => undefined;
			const fail = (worker: Deployment) => {
				const failing = failOnce(worker, number, moment);
				failed = failing.failed;
				return failing.worker;
			};
			await run(fail).catch((cause: unknown) => {
				throw new Error(`call ${number}, ${failed()}, failed ${moment} it was done, and was not survived`, { cause });
			});
			const call = failed();
			more = call !== undefined;
			if (call) seen.add(call);
		}
	}
	return seen;
}

const removedBy = (report: { removed: Record<string, number> }) =>
	Object.values(report.removed).reduce((sum, one) => sum + one, 0);

it("a slice that dies at any call goes on, and moves exactly what is nobody's", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	const seen = await failEachCall(async (fail) => {
		const photo = await plantPhoto({ itemId: null });
		const whole = await plantPhoto();
		const orphan = await plantOrphan("renditions");
		const { id } = await operator.begin("cleanup_orphaned_photos", everything);
		await settle(fail(worker), id);
		const report = await operator.read(id);
		expect(report.finds?.map(({ subject }) => subject)).toEqual([photo.id, orphan].sort());
		// An object that could not be copied just then is left for the next run, and says so.
		const left = report.finds?.filter(({ state, reason }) => state === "skipped" && reason === "storage_failed") ?? [];
		expect(removedBy(report) + left.length).toBe(2);
		const keys = (await listObjectKeys()).filter((key) => !key.startsWith("trash/"));
		const photoKeys = [photo.originalKey, photo.renditionKey];
		const isLeft = (subject: string) => left.some((find) => find.subject === subject);
		expect(keys).toEqual(
			[
				whole.originalKey,
				whole.renditionKey,
				...(isLeft(photo.id) ? photoKeys : []),
				...(isLeft(orphan) ? [orphan] : []),
			].sort(),
		);
		await workerEnv.DB.prepare("DELETE FROM photos").run();
		await workerEnv.MEDIA.delete(await listObjectKeys());
	});
	expect(seen.size).toBeGreaterThan(1);
});

it("an undo that dies at any call goes on, and brings all of it back", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	await plantPhoto({ itemId: null });
	await plantUpload(Date.now() - 30 * DAY_MS);
	await plantOrphan("renditions");
	const before = { rows: await readCleanable(), objects: await readObjects() };
	const seen = await failEachCall(async (fail) => {
		// The sweep of the run before has told the upload that it expired.
		await workerEnv.DB.prepare("UPDATE uploads SET state = 'expected'").run();
		const { id } = await cleanEverything(operator);
		expect((await operator.caller.send("POST", `/v1/cleanups/${id}/undo`)).status).toBe(202);
		await settle(fail(worker), id);
		expect(await operator.read(id)).toMatchObject({ state: "undone", restored: 3, not_restored: {} });
		vi.setSystemTime(Date.now() + 2 * 3_600_000);
		await worker.sweep(Date.now());
		expect({ rows: await readCleanable(), objects: await readObjects() }).toEqual(before);
	});
	expect(seen.size).toBeGreaterThan(1);
});

it("two attempts at the same slice come to what one does", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	await plantEachKind();
	const { id } = await operator.begin("cleanup_old_incomplete_photos", everything);
	const db = openDatabase(workerEnv.DB);
	const run = await findRun(db, id);
	if (!run) throw new Error("no run");
	const workshop = { db, media: workerEnv.MEDIA, finders: findersOf(run), trashLifeMs: DAY_MS };
	const drive = async () => {
		for (let at = await findRun(db, id); at && isUnderWay(at); at = await findRun(db, id)) await stepRun(workshop, at);
	};
	await Promise.all([drive(), drive()]);
	expect(await operator.read(id)).toMatchObject({
		state: "done",
		found: { photo: 1, upload: 1, object: 3 },
		removed: { photo: 1, upload: 1, object: 3 },
		skipped: {},
	});
});

it("a run whose task fails or is cancelled says so, and goes on where it was when the task is retried", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	await plantEachKind();
	const { id } = await operator.begin("cleanup_old_incomplete_photos", everything);
	const [message] = worker.sent;
	expect((await operator.caller.send("POST", `/v1/tasks/${id}/cancel`)).status).toBe(200);
	expect(await operator.read(id)).toMatchObject({ state: "failed", error: { code: "task_cancelled" } });
	await worker.deliver(message?.body, { queue: "tasks" });
	expect((await readFinds()).length).toBe(0);
	// Nothing keeps the next run from beginning.
	worker.sent.length = 0;
	expect(await cleanEverything(operator)).toMatchObject({ state: "done", removed: { photo: 1, upload: 1, object: 3 } });
});

it("no statement of a run goes through a table that grows", async () => {
	await plantEachKind();
	await plantPhoto({ itemId: null });
	const id = newId();
	await expectNoScans(async (db) => {
		await writeTask(id);
		await runBatch(db, [
			insertRun(
				db,
				{
					id,
					taskName: "cleanup_old_incomplete_photos",
					options: { ...everything, older_than_hours: 24 },
					phase: "finding",
				},
				Date.now(),
			),
		]);
		const drive = async () => {
			for (let run = await findRun(db, id); run && isUnderWay(run); run = await findRun(db, id)) {
				await stepRun({ db, media: workerEnv.MEDIA, finders: findersOf(run), trashLifeMs: DAY_MS }, run);
			}
		};
		await drive();
		await runBatch(db, [beginUndo(db, id, sql`true`)]);
		await drive();
		await emptyTrash(db, workerEnv.MEDIA, Date.now() + DAY_MS);
		await runBatch(db, [
			failRuns(db, { openOf: "x" }, { code: "x", detail: "x" }, 1, sql`true`),
			resumeRun(db, id, "x", sql`true`),
		]);
		await listRuns(db, { before: id, limit: 10 });
		await forgetOldestRun(db, Date.now() + DAY_MS, 100);
	});
});

it("a slice of any kind keeps within the queries of an invocation", async () => {
	const worker = deployWorker();
	const operator = await makeOperator(worker);
	for (let count = 0; count < FINDS_PER_REMOVAL; count++) await plantPhoto({ itemId: null });
	const { id } = await operator.begin("cleanup_orphaned_photos", { max_share: 1 });
	const most: Record<string, number> = {};
	const drive = async () => {
		for (let run = await findRun(openDatabase(workerEnv.DB), id); run && isUnderWay(run); ) {
			const at: CleanupRun = run;
			const statements = await explain(async (db) => {
				run = await stepRun({ db, media: workerEnv.MEDIA, finders: findersOf(at), trashLifeMs: DAY_MS }, at);
			});
			most[at.state] = Math.max(most[at.state] ?? 0, statements.length);
		}
	};
	await drive();
	await runBatch(openDatabase(workerEnv.DB), [beginUndo(openDatabase(workerEnv.DB), id, sql`true`)]);
	await drive();
	expect((await readStored()).photos.length).toBe(FINDS_PER_REMOVAL);
	for (const [state, queries] of Object.entries(most)) {
		const pages = await countPages(state as CleanupRun["state"]);
		// Of 1,000 some are the task's own: its claim, its reports, its end.
		expect(pages * queries, `${pages} pages of ${queries} when ${state}`).toBeLessThan(900);
		expect(pages).toBeGreaterThan(1);
	}
});

/** How many pages a slice makes that finds no end. */
async function countPages(state: CleanupRun["state"]): Promise<number> {
	const run = { ...(await listRuns(openDatabase(workerEnv.DB), { limit: 1 }))[0], state } as CleanupRun;
	let pages = 0;
	const stepOn = async (): Promise<CleanupRun> => {
		pages += 1;
		return run;
	};
	const attempt = { signal: new AbortController().signal, report: () => {} };
	await driveRun(run, stepOn, attempt, { isOurs: isUnderWay, reread: stepOn });
	return pages;
}

const writeTask = (id: string) =>
	workerEnv.DB.prepare(
		"INSERT INTO tasks (id, name, queue, arguments, owner_id, state, max_attempts, due_at, created_at) VALUES (?, 'x', 'tasks', '{}', 'ana', 'started', 1, 0, 0)",
	)
		.bind(id)
		.run();
