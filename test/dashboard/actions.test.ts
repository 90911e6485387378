/** What forms of the dashboard do that takes days, hundreds of tasks or a site that fails: the rest is tried in a browser. */
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { attempts, auditEntries, sources } from "../../src/db/schema.ts";
import { makeCaller } from "../support/caller.ts";
import { DAY_MS, plantPhoto, workOff } from "../support/cleanups.ts";
import { sessionSecret, signIn } from "../support/dashboard.ts";
import { deployWorker } from "../support/deployment.ts";
import { smallPicture } from "../support/fixtures.ts";
import { writePlainTask } from "../support/plain-task.ts";
import { readStored } from "../support/stored-state.ts";

const db = openDatabase(env.DB);
const deploy = () => deployWorker({ SESSION_SECRET: sessionSecret });
const placeOf = (answer: Response) => answer.headers.get("location") ?? "";

afterEach(() => {
	vi.useRealTimers();
});

it("a dry run leads to the run that removes, and that one to what brings everything back", async () => {
	vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60 * DAY_MS });
	const worker = deploy();
	const browser = await signIn(worker);
	const photo = await plantPhoto({ itemId: null, createdAt: Date.now() - 2 * DAY_MS });
	const dry = placeOf(
		await browser.submit("/dashboard/cleanups/begin", { task: "cleanup_orphaned_photos", older_than_hours: "24" }),
	);
	await workOff(worker);
	const report = await browser.read(dry);
	expect(report).toContain("Remove for real");
	expect(report).toContain(photo.id);
	expect((await readStored()).photos).toHaveLength(1);

	const real = placeOf(await browser.submit(`${dry}/again`));
	await workOff(worker);
	expect((await readStored()).photos).toHaveLength(0);
	expect(await browser.read(real)).toMatch(/>Undo<\/button>/);
	await browser.submit(`${real}/undo`);
	await workOff(worker);
	expect((await readStored()).photos).toHaveLength(1);
	expect(await browser.read(real)).toContain("undone");
	const actions = (await db.select().from(auditEntries)).map(({ action }) => action);
	expect(actions).toEqual(["session.open", "cleanup.begin", "cleanup.remove", "cleanup.undo"]);
});

it("what has no dry run is not begun by the button of a dry run, but by its own, which asks", async () => {
	const browser = await signIn(deploy());
	const page = await browser.read("/dashboard/cleanups");
	const [, beginning = ""] = /<form([\s\S]*?Begin with a dry run[\s\S]*?)<\/form>/.exec(page) ?? [];
	expect(beginning).toContain('value="cleanup_all_orphaned_photos"');
	expect(beginning).not.toContain("cleanup_task_results");
	expect(page).toMatch(/<form[^>]*data-confirm="Delete what is past its life now\?/);
	const run = placeOf(await browser.submit("/dashboard/cleanups/begin", { task: "cleanup_task_results" }));
	expect(await browser.read(run)).toContain("The cleanup has begun.");
});

it("a run that failed while it removed can be undone, although its page was never counted", async () => {
	const worker = deploy();
	const browser = await signIn(worker);
	const run = placeOf(
		await browser.submit("/dashboard/cleanups/begin", { task: "cleanup_orphaned_photos", older_than_hours: "24" }),
	);
	const fail = (phase: string) =>
		env.DB.prepare(
			"UPDATE cleanup_runs SET state = 'failed', options = '{}', ended_at = ?, cursor = json_object('phase', ?)",
		)
			.bind(Date.now(), phase)
			.run();
	await fail("finding");
	expect(await browser.read(run)).not.toMatch(/>Undo<\/button>/);
	await fail("removing");
	expect(await browser.read(run)).toMatch(/>Undo<\/button>/);
});

it("more tasks than one submission changes are told, and gone on with", async () => {
	const worker = deploy();
	const browser = await signIn(worker);
	const admin = await makeCaller(worker, { ownerId: "back-end", scopes: ["admin"] });
	const item = await admin.createItem();
	const task = { name: "check_item_photo_processing", arguments: { item_id: item.id }, countdown: 3600 };
	for (const count of [100, 20])
		await admin.json("POST", "/v1/tasks", { tasks: Array.from({ length: count }, () => task) });
	const filter = { name: "check_item_photo_processing", action: "cancel" };
	const page = await browser.read(`/dashboard/tasks/bulk?${new URLSearchParams(filter)}`);
	expect(page).toContain("120 tasks would be cancelled");
	expect(page).toContain("Cancel the first 90");
	const more = placeOf(await browser.submit("/dashboard/tasks/bulk", filter));
	const left = await browser.read(more);
	expect(left).toContain("90 tasks changed so far");
	const [cursor = "", changed = ""] = ["cursor", "changed"].map(
		(name) => new RegExp(`name="${name}" value="([^"]+)"`).exec(left)?.[1] ?? "",
	);
	const list = placeOf(await browser.submit("/dashboard/tasks/bulk", { ...filter, cursor, changed }));
	expect(await browser.read(list)).toContain("120 tasks cancelled.");
	const { results } = await env.DB.prepare("SELECT state, count(*) AS n FROM tasks GROUP BY state").all();
	expect(results).toEqual([{ state: "cancelled", n: 120 }]);
});

it("a closed source is shown to be, and reopened", async () => {
	const browser = await signIn(deploy());
	const host = "cdn.footballkitarchive.com";
	const error = { code: "source_failed", detail: "<b>500</b>" };
	await db.insert(sources).values({
		host,
		nextVisitAt: 0,
		closedUntil: Date.now() + DAY_MS,
		failuresInRow: 7,
		lastError: error,
		lastFailureAt: 1,
	});
	expect(await browser.read("/dashboard")).toContain(`${host} is closed for another`);
	const page = await browser.read("/dashboard/sources");
	expect(page).toContain("&lt;b&gt;500&lt;/b&gt;");
	await browser.submit(`/dashboard/sources/${host}/reopen`);
	expect(await browser.read("/dashboard/sources")).toContain("may be visited again");
	expect((await db.select().from(sources))[0]?.closedUntil).toBeLessThanOrEqual(Date.now());
});

it("pictures come through the session as what can never run, and what is none never becomes one", async () => {
	const worker = deploy();
	const browser = await signIn(worker);
	const owner = await makeCaller(worker);
	const item = await owner.createItem();
	const photo = await owner.createPhoto(item.id, await smallPicture());
	for (const [path, disposition] of [
		["image", "inline"],
		["original", "attachment"],
	]) {
		const { headers, status } = await browser.open(`/dashboard/photos/${photo.id}/${path}`);
		expect(status).toBe(200);
		expect(headers.get("content-type")).toMatch(/^image\/(png|jpeg|avif)$/);
		expect(headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
		expect(headers.get("x-content-type-options")).toBe("nosniff");
		expect(headers.get("content-disposition")).toContain(disposition);
	}
	const csrf = await browser.csrfToken();
	for (const [content, type] of [
		["<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"],
		["<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/jpeg"],
		["<!doctype html><script>alert(1)</script>", "image/png"],
	] as const) {
		const headers = { "x-csrf-token": csrf, "content-type": type, "content-length": String(content.length) };
		const answer = await browser.open(`/dashboard/items/${item.id}/upload`, { method: "POST", body: content, headers });
		expect(answer.status).toBe(415);
	}
	expect((await readStored()).photos).toHaveLength(1);
	expect((await browser.open(`/dashboard/photos/${photo.id}/image`)).status).toBe(200);
	expect((await worker.fetch(`/dashboard/photos/${photo.id}/image`, { redirect: "manual" })).status).toBe(303);
});

it("an isolate is told with all its attempts that were looked at, though the newest 100 of them are shown", async () => {
	const browser = await signIn(deploy());
	const taskId = await writePlainTask();
	const startedAt = Date.UTC(2026, 0, 1);
	const made = Array.from({ length: 101 }, (_, at) => ({
		taskId,
		number: at + 1,
		leaseToken: "token",
		isolateId: "isolate-<b>",
		startedAt: startedAt + at,
	}));
	for (const attempt of made) await db.insert(attempts).values(attempt);
	const page = await browser.read(`/dashboard/workers/${encodeURIComponent("isolate-<b>")}`);
	expect(page).toContain("101 among the newest 2,000 attempts; the newest 100 are shown");
	expect(page).not.toContain("isolate-<b>");
	expect(page.match(/id="attempt-/g)).toHaveLength(100);
});
