/** Objects that no photo holds are named before they exist, and go when they are due. */
import { ne } from "drizzle-orm";
import { expect, it } from "vitest";
import { openDatabase, runBatch } from "../../src/db/database.ts";
import { photos } from "../../src/db/schema.ts";
import {
	cancelRemovals,
	removeNow,
	schedulePhotoRemovals,
	scheduleRemovals,
	sweepRemovals,
} from "../../src/storage/removals.ts";
import { makeCaller } from "../support/caller.ts";
import { deployWorker } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { listObjectKeys, readStored } from "../support/stored-state.ts";

const { env } = deployWorker();
const db = openDatabase(env.DB);
const put = async (...keys: string[]) => {
	for (const key of keys) await env.MEDIA.put(key, key);
};
const namedKeys = async () => (await readStored()).removals.map(({ objectKey }) => objectKey).sort();

it("a key may be named again: the later moment counts", async () => {
	await runBatch(db, [scheduleRemovals(db, ["a", "b"], 10), scheduleRemovals(db, ["a"], 99)]);
	expect((await readStored()).removals).toEqual([
		{ objectKey: "a", dueAt: 99 },
		{ objectKey: "b", dueAt: 10 },
	]);
});

it("keys that a row holds from now on are no longer named", async () => {
	await runBatch(db, [scheduleRemovals(db, ["a", "b", "c"], 10), cancelRemovals(db, ["a", "c"])]);
	expect(await namedKeys()).toEqual(["b"]);
});

it("a prefix names what lies below it, and nothing beside it", async () => {
	await put("originals/1/x", "originals/1/y", "originals/10/x", "originals/1");
	await runBatch(db, [scheduleRemovals(db, ["originals/1/"], 0)]);
	expect(await removeNow(db, env.MEDIA, ["originals/1/"])).toBe(2);
	expect(await listObjectKeys()).toEqual(["originals/1", "originals/10/x"]);
	expect(await namedKeys()).toEqual([]);
});

it("removing what is gone already succeeds", async () => {
	await runBatch(db, [scheduleRemovals(db, ["gone", "gone/"], 0)]);
	await removeNow(db, env.MEDIA, ["gone", "gone/"]);
	await removeNow(db, env.MEDIA, ["gone", "gone/"]);
	expect(await namedKeys()).toEqual([]);
});

it("a removal that fails keeps its name, and those after it keep theirs", async () => {
	await put("a", "b");
	await runBatch(db, [scheduleRemovals(db, ["a", "b"], 0)]);
	const failing = failingBindings(env, (call) => call === "MEDIA.delete");
	await expect(sweepRemovals(db, failing.env.MEDIA, 1)).rejects.toThrow();
	expect(await namedKeys()).toEqual(["a", "b"]);
	expect(await sweepRemovals(db, env.MEDIA, 1)).toBe(2);
	expect(await listObjectKeys()).toEqual([]);
});

it("one that fails whenever it is tried keeps none of the others from going", async () => {
	await put("b", "d");
	const tooLong = (letter: string) => letter.repeat(1100); // R2 refuses such a key
	await runBatch(db, [scheduleRemovals(db, [tooLong("a"), "b", tooLong("c"), "d"], 0)]);
	await expect(sweepRemovals(db, env.MEDIA, 1)).rejects.toThrow();
	expect(await listObjectKeys()).toEqual([]);
	expect(await namedKeys()).toEqual([tooLong("a"), tooLong("c")]);
});

it("renditions of deleted photos wait for each photo's own attempts to be over", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const [idle, done, running, overtaken, elsewhere] = await Promise.all(
		Array.from({ length: 5 }, () => ana.createPhoto()),
	);
	await env.DB.batch(
		(
			[
				[done, 1, "completed", 5000],
				[running, 1, "retry", 5000],
				[running, 2, null, 7000],
				[overtaken, 1, "lost", 6000],
				[overtaken, 2, "completed", 8000],
				[elsewhere, 1, null, 9000],
			] as const
		).map(([photo, number, outcome, startedAt]) =>
			env.DB.prepare(
				"INSERT INTO attempts (task_id, number, lease_token, isolate_id, started_at, ended_at, outcome) VALUES (?, ?, 'lease', 'isolate', ?, ?, ?)",
			).bind(photo?.task_id, number, startedAt, outcome && startedAt, outcome),
		),
	);
	await runBatch(db, schedulePhotoRemovals(db, ne(photos.id, elsewhere?.id ?? ""), 10_000));
	const dueAt = new Map((await readStored()).removals.map((row) => [row.objectKey, row.dueAt]));
	const minutes = 60_000;
	expect([idle, done, running, overtaken].map((photo) => dueAt.get(`renditions/${photo?.id}/`))).toEqual([
		10_000,
		10_000,
		7000 + 16 * minutes,
		6000 + 16 * minutes,
	]);
	expect([idle, done, running, overtaken].map((photo) => dueAt.get(`originals/${photo?.id}/`))).toEqual(
		Array(4).fill(10_000),
	);
	expect(dueAt.size).toBe(8);
});

it("a run removes a bounded number, the oldest first, and the next goes on", async () => {
	const keys = Array.from({ length: 230 }, (_, n) => `incoming/${String(n).padStart(3, "0")}`);
	await env.DB.prepare("INSERT INTO removals SELECT value, key FROM json_each(?)").bind(JSON.stringify(keys)).run();
	expect(await sweepRemovals(db, env.MEDIA, 1000)).toBe(200);
	expect(await namedKeys()).toEqual(keys.slice(200));
	expect(await sweepRemovals(db, env.MEDIA, 1000)).toBe(30);
	expect(await sweepRemovals(db, env.MEDIA, 1000)).toBe(0);
});
