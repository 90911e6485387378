/** What operators did, as other operators read it. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { beginAuditEntry, endAuditEntry, listAuditActors, listAuditEntries } from "../../src/db/audit.ts";
import { openDatabase } from "../../src/db/database.ts";
import { sessionSecret, signIn } from "../support/dashboard.ts";
import { deployWorker } from "../support/deployment.ts";
import { explain } from "../support/query-plans.ts";

const deployment = deployWorker({ SESSION_SECRET: sessionSecret });
const db = openDatabase(env.DB);
const MINUTE_MS = 60_000;

interface Deed {
	actor?: string;
	action?: string;
	subject?: string;
	detail?: Record<string, string>;
	status?: number;
	code?: string;
}

async function writeDown({ status, code = undefined, ...deed }: Deed, minutesAgo = 1): Promise<string> {
	const entry = { actor: "ann (op)", action: "task.retry", subject: "/tasks/1", detail: {}, ...deed };
	const id = await beginAuditEntry(db, entry, Date.now() - minutesAgo * MINUTE_MS);
	if (status !== undefined) await endAuditEntry(db, id, status, code ?? null);
	return id;
}

const rowsOf = (page: string): string[] =>
	[...page.matchAll(/<tr id="entry-[^"]+">(.*?)<\/tr>/gs)].map(([, row = ""]) =>
		row
			.replace(/<[^>]+>/g, " ")
			.replace(/\s+/g, " ")
			.trim(),
	);

it("tells newest first who did what to what, with what, and how it ended", async () => {
	await writeDown({ status: 303 }, 90);
	await writeDown(
		{
			action: "schedule.change",
			subject: "/schedules/7",
			detail: { name: "<b>nightly</b>" },
			status: 409,
			code: "conflict",
		},
		5,
	);
	await writeDown({ actor: "bob@example.com", action: "photo.remove", subject: "/photos/9" }, 2);
	const browser = await signIn(deployment, ["dashboard:read"]);
	const page = await browser.read("/dashboard/audit");
	expect(rowsOf(page)).toEqual([
		expect.stringMatching(/operator&#39;s \(operator\) session\.open the dashboard done nothing more$/),
		"2 min ago bob@example.com photo.remove /photos/9 all unknown nothing more",
		"5 min ago ann (op) schedule.change /schedules/7 all failed 409 conflict name &lt;b&gt;nightly&lt;/b&gt;",
		"1 h ago ann (op) task.retry /tasks/1 all done nothing more",
	]);
	expect(page).toContain('href="/dashboard/schedules/7"');
	expect(page).not.toContain("<b>nightly");
});

it("is filtered by who and on what, in the URL, and offers who there is", async () => {
	await writeDown({ status: 303 });
	await writeDown({ subject: "/tasks/2", status: 303 });
	await writeDown({ actor: "bob@example.com", status: 303 });
	const browser = await signIn(deployment);
	const page = await browser.read("/dashboard/audit?actor=ann+(op)&subject=/tasks/1");
	expect(rowsOf(page)).toEqual([expect.stringContaining("ann (op) task.retry /tasks/1")]);
	expect(page).toMatch(
		/<option value="ann \(op\)"><\/option><option value="bob@example.com"><\/option><option value="operator&#39;s/,
	);
	expect(rowsOf(await browser.read("/dashboard/audit?subject=/tasks/1"))).toHaveLength(2);
	expect(rowsOf(await browser.read("/dashboard/audit?actor=bob@example.com"))).toHaveLength(1);
	const none = await browser.read("/dashboard/audit?actor=%22%3E%3Cscript%3E");
	expect(none).toContain("No entry fits");
	expect(none).not.toContain("<script>");
});

it("goes page by page to the oldest, each entry once", async () => {
	for (let number = 0; number < 120; number++)
		await writeDown({ subject: `/tasks/${number}`, status: 303 }, number + 1);
	const browser = await signIn(deployment);
	const seen: string[] = [];
	for (let path: string | undefined = "/dashboard/audit?actor=ann+(op)"; path; ) {
		const page: string = await browser.read(path);
		seen.push(...rowsOf(page).map((row) => /\/tasks\/\d+/.exec(row)?.[0] ?? row));
		path = /href="([^"]+)" rel="next"/.exec(page)?.[1]?.replaceAll("&amp;", "&");
	}
	expect(seen).toEqual(Array.from({ length: 120 }, (_, number) => `/tasks/${number}`));
});

it("is read along its indexes", async () => {
	const plans = await explain((database) =>
		database.batch([
			listAuditEntries(database, {}, 10),
			listAuditEntries(database, { actor: "a", before: "b" }, 10),
			listAuditEntries(database, { subject: "/", before: "b" }, 10),
			listAuditEntries(database, { actor: "a", subject: "/", before: "b" }, 10),
			listAuditActors(database, 10),
		]),
	);
	const [, byActor, bySubject, byBoth, actors] = plans.map(({ plan }) => plan);
	expect(byActor).toContain("audit_entries_by_actor (actor=? AND id<?)");
	for (const plan of [bySubject, byBoth]) expect(plan).toContain("audit_entries_by_subject (subject=? AND id<?)");
	expect(actors).toContain("SEARCH audit_entries USING COVERING INDEX audit_entries_by_actor (actor>?)");
	for (const { plan } of plans) expect(plan).not.toMatch(/TEMP B-TREE/);
});
