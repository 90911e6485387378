/** Pages that somebody looks at for long, goes back to, or opens where nothing is any more. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { beginAuditEntry } from "../../src/db/audit.ts";
import { openDatabase } from "../../src/db/database.ts";
import { auditEntries } from "../../src/db/schema.ts";
import { makeCaller } from "../support/caller.ts";
import { DAY_MS, plantPhoto, workOff } from "../support/cleanups.ts";
import { sessionSecret, signIn } from "../support/dashboard.ts";
import { deployWorker } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { writeEndedTasks } from "../support/many-tasks.ts";

const db = openDatabase(env.DB);
const MINUTE_MS = 60_000;
const nightly = { kind: "crontab", expression: "0 4 * * *" };

async function setUp() {
	const worker = deployWorker({ SESSION_SECRET: sessionSecret });
	return { worker, browser: await signIn(worker), admin: await makeCaller(worker, { scopes: ["admin"] }) };
}

const placeOf = (answer: Response) => answer.headers.get("location") ?? "";

const noticeOf = (page: string) => /<p class="notice[^>]*>([^<]*)/.exec(page)?.[1];

/** What is exchanged as the page is brought up to date: the element with this id, to its own end. */
function livePart(page: string, id: string): string {
	const start = page.search(new RegExp(`<div id="${id}"`));
	let depth = 0;
	for (const { 0: tag, index } of page.slice(start).matchAll(/<div[ >]|<\/div>/g)) {
		depth += tag === "</div>" ? -1 : 1;
		if (depth === 0) return page.slice(start, start + index);
	}
	throw new Error(`${id} has no end`);
}

const makeSchedule = async (admin: Awaited<ReturnType<typeof setUp>>["admin"], name: string) => {
	const body = { name, task: "cleanup_task_results", arguments: {}, timing: nightly };
	return (await (await admin.json("POST", "/v1/schedules", body)).json<{ id: string }>()).id;
};

it("the way to what comes next is exchanged with the rows before it, so that none between them is passed over", async () => {
	const { browser, admin } = await setUp();
	await writeEndedTasks({ count: 60, from: Date.UTC(2026, 0, 1) });
	for (let at = 0; at < 60; at++) {
		await beginAuditEntry(db, { actor: "ann", action: "task.retry", subject: "/", detail: {} }, at * MINUTE_MS);
	}
	for (let at = 0; at < 31; at++) await makeSchedule(admin, `nightly ${at}`);
	for (const [path, part] of [
		["/dashboard/tasks", "tasks"],
		["/dashboard/audit", "entries"],
		["/dashboard/schedules", "schedules"],
	] as const) {
		expect([path, livePart(await browser.read(path), part)]).toEqual([path, expect.stringContaining('rel="next"')]);
	}
	expect(livePart(await browser.read("/dashboard/tasks"), "tasks")).toContain("Retry selected…");
});

it("a page behind the last one says that, and not that there never was anything", async () => {
	const { browser, admin } = await setUp();
	await writeEndedTasks({ count: 1, from: Date.UTC(2026, 0, 1) });
	const id = await makeSchedule(admin, "nightly");
	for (const path of [
		"/dashboard/tasks?cursor=00000000-0000-7000-8000-000000000000",
		"/dashboard/audit?before=0",
		"/dashboard/schedules?cursor=%F4%8F%BF%BF",
		`/dashboard/schedules/${id}?cursor=1`,
		"/dashboard/cleanups?cursor=0",
		"/dashboard/dead-letters?cursor=1",
	]) {
		expect([path, await browser.read(path)]).toEqual([
			path,
			expect.stringContaining("There is nothing further on in this list."),
		]);
	}
});

it("a page whose address leads to nothing, or that answers a form, does not ask for itself again and again", async () => {
	const { browser } = await setUp();
	const faulty = await browser.open("/dashboard/tasks?state=nope");
	expect([faulty.status, await faulty.text()]).toEqual([422, expect.not.stringContaining("hx-get")]);
	const fields = { task: "cleanup_orphaned_photos", older_than_hours: "no number" };
	const refused = await browser.submit("/dashboard/cleanups/begin", fields);
	expect([refused.status, await refused.text()]).toEqual([422, expect.not.stringContaining("hx-get")]);
});

it("what may be done about a run of a cleanup, and what it found, appear with its end", async () => {
	const { browser, worker } = await setUp();
	const photo = await plantPhoto({ itemId: null, createdAt: Date.now() - 2 * DAY_MS });
	const dry = placeOf(await browser.submit("/dashboard/cleanups/begin", { task: "cleanup_orphaned_photos" }));
	await workOff(worker);
	const live = livePart(await browser.read(dry), "run");
	expect(live).toContain("Remove for real");
	expect(live).toContain(photo.id);
});

it.each([
	["/dashboard/", "/dashboard"],
	["/dashboard/tasks/?state=failed", "/dashboard/tasks?state=failed"],
	["/dashboard//", "/dashboard"],
])("%s leads to %s", async (typed, page) => {
	const { browser } = await setUp();
	const answer = await browser.open(typed);
	expect([answer.status, placeOf(answer)]).toEqual([303, page]);
});

describe("the form of a schedule", () => {
	it("has no button to save it for who may only look", async () => {
		const { worker, browser, admin } = await setUp();
		const reader = await signIn(worker, ["dashboard:read"]);
		const id = await makeSchedule(admin, "nightly");
		for (const path of ["/dashboard/schedules/new", `/dashboard/schedules/${id}/edit`]) {
			expect(await browser.read(path)).toMatch(/>\s*Save\s*</);
			expect(await reader.read(path)).not.toMatch(/>\s*Save\s*</);
		}
	});

	it("puts no token of the session into the address of its preview", async () => {
		const { browser } = await setUp();
		const page = await browser.read("/dashboard/schedules/new");
		const form = page.slice(page.indexOf('<form class="schedule-form"'));
		expect(form).not.toMatch(/<input[^>]*name="csrf"/);
		expect(form).toMatch(/<button[^>]*name="csrf"/);
	});

	it("does not undo unseen what somebody else changed while it stood open", async () => {
		const { browser, admin } = await setUp();
		const id = await makeSchedule(admin, "nightly");
		const path = `/dashboard/schedules/${id}/edit`;
		const knownAt = (page: string) => /name="changed_at" value="(\d+)"/.exec(page)?.[1] ?? "";
		const changed_at = knownAt(await browser.read(path));
		await admin.json("POST", `/v1/schedules/${id}/disable`, {});
		const fields = { name: "nightly", task: "cleanup_task_results", kind: "crontab", expression: "0 5 * * *" };
		const values = { ...fields, misfire: "once", misfire_limit: "10", overlap: "skip", enabled: "on" };
		const refused = await browser.submit(path, { ...values, changed_at });
		const page = await refused.text();
		expect([refused.status, page]).toEqual([422, expect.stringContaining("Somebody changed it meanwhile.")]);
		expect(await browser.read(`/dashboard/schedules/${id}`)).toContain("state disabled");
		const saved = await browser.submit(path, { ...values, changed_at: knownAt(page) });
		expect([saved.status, placeOf(saved)]).toEqual([303, `/dashboard/schedules/${id}`]);
		expect(await browser.read(`/dashboard/schedules/${id}`)).toContain("0 5 * * *");
	});

	it("says that it fires only where it does", async () => {
		const { browser } = await setUp();
		const fields = { task: "cleanup_task_results", kind: "crontab", expression: "0 5 * * *", misfire: "once" };
		const values = { ...fields, misfire_limit: "10", overlap: "skip" };
		const off = placeOf(await browser.submit("/dashboard/schedules/new", { ...values, name: "off" }));
		expect(noticeOf(await browser.read(off))).toBe("off is there, and does not fire.");
		await browser.submit(`${off}/enable`);
		expect(noticeOf(await browser.read(off))).toBe("off fires from its next moment on.");
	});

	it("names the argument that does not fit", async () => {
		const { browser } = await setUp();
		const fields = { name: "n", task: "process_photo_to_avif", arguments: "{}", kind: "crontab" };
		const more = { expression: "0 5 * * *", misfire: "once", misfire_limit: "10", overlap: "skip" };
		const refused = await browser.submit("/dashboard/schedules/new", { ...fields, ...more });
		expect(await refused.text()).toMatch(/id="arguments-fault">\s*photo_id: /);
	});
});

it("the audit log names each task that was selected", async () => {
	const { browser, admin } = await setUp();
	const item = await admin.createItem();
	const task = { name: "check_item_photo_processing", arguments: { item_id: item.id }, countdown: 3600 };
	const answer = await admin.json("POST", "/v1/tasks", { tasks: Array.from({ length: 50 }, () => task) });
	const ids = (await answer.json<{ tasks: { id: string }[] }>()).tasks.map(({ id }) => id);
	const body = new URLSearchParams([
		["csrf", await browser.csrfToken()],
		["action", "cancel"],
		...ids.map((id) => ["id", id]),
	]);
	await browser.open("/dashboard/tasks/bulk", { method: "POST", body });
	const entry = (await db.select().from(auditEntries)).find(({ action }) => action === "tasks.bulk");
	expect(entry?.detail.id?.split(", ")).toEqual(ids);
	expect(await browser.read("/dashboard/audit")).toContain(ids.at(-1));
});

it("the list of schedules takes three round trips to D1, however many it shows", async () => {
	const { admin } = await setUp();
	for (let at = 0; at < 12; at++) await makeSchedule(admin, `nightly ${at}`);
	const counted = failingBindings(env, () => false);
	const browser = await signIn(deployWorker({ SESSION_SECRET: sessionSecret, ...counted.env }));
	const before = counted.calls.length;
	await browser.read("/dashboard/schedules");
	// The session's token, the schedules, their histories.
	expect(counted.calls.slice(before)).toHaveLength(3);
});

it("a moment with its zone, as the API takes it, stays in the field that filters by it", async () => {
	const { browser } = await setUp();
	const page = await browser.read("/dashboard/tasks?created_after=2026-01-01T00:00:00Z");
	expect(page).toMatch(/name="created_after"[^>]*value="2026-01-01T00:00:00"/);
});
