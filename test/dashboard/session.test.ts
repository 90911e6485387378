/** Who gets into the dashboard, and out of it. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { auditEntries, tokens } from "../../src/db/schema.ts";
import { OperatorBrowser, sessionSecret, signIn } from "../support/dashboard.ts";
import { deployWorker, origin } from "../support/deployment.ts";
import { issueToken } from "../support/tokens.ts";

const deployment = deployWorker({ SESSION_SECRET: sessionSecret });
const db = openDatabase(env.DB);

it("who has not signed in is asked to, and is led to where they wanted to go", async () => {
	const browser = new OperatorBrowser(deployment);
	const away = await browser.open("/dashboard/tasks?state=failed");
	expect([away.status, away.headers.get("location")]).toEqual([
		303,
		"/dashboard/sign-in?next=%2Fdashboard%2Ftasks%3Fstate%3Dfailed",
	]);
	const token = await issueToken({ scopes: ["admin"] });
	const back = await browser.signIn(token.secret, { next: "/dashboard/tasks?state=failed" });
	expect([back.status, back.headers.get("location")]).toEqual([303, "/dashboard/tasks?state=failed"]);
	expect(await browser.read("/dashboard")).toContain("ana&#39;s (ana)");
});

it("the cookie is signed, hidden from scripts and other sites, and does not hold the token", async () => {
	const token = await issueToken({ scopes: ["admin"] });
	const response = await new OperatorBrowser(deployment).signIn(token.secret);
	const [cookie = ""] = response.headers.getSetCookie();
	expect(cookie).toMatch(/^__Host-footy-session=[^;]+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
	expect(cookie).not.toContain(token.secret);
	const value = /=([^;]+)/.exec(cookie)?.[1] ?? "";
	for (const forged of [value.replace(/^[^~%]+/, "token-2"), value.slice(0, -4), ""]) {
		const answer = await deployment.fetch("/dashboard", {
			headers: { cookie: `__Host-footy-session=${forged}` },
			redirect: "manual",
		});
		expect(answer.status).toBe(303);
	}
});

it.each([
	["collector's scopes", { scopes: ["photos:read", "photos:write", "tasks:read", "tasks:write"] }, "scope admin"],
	["an expired one", { scopes: ["admin"], expiresAt: 1 }, "no such token"],
	["a revoked one", { scopes: ["admin"], revokedAt: 1 }, "no such token"],
])("a token with %s opens nothing", async (_, wishes, reason) => {
	const browser = new OperatorBrowser(deployment);
	const refused = await browser.signIn((await issueToken(wishes)).secret);
	expect([refused.status, browser.cookies.size]).toEqual([403, 0]);
	expect(await refused.text()).toContain(reason);
});

it("revoking the token ends its sessions at once", async () => {
	const browser = await signIn(deployment);
	expect((await browser.open("/dashboard")).status).toBe(200);
	await db.update(tokens).set({ revokedAt: Date.now() }).where(eq(tokens.ownerId, "operator"));
	expect((await browser.open("/dashboard")).status).toBe(303);
});

it("a part of a page whose session has ended has its browser sign in again", async () => {
	const answer = await deployment.fetch("/dashboard", { headers: { "hx-request": "true" } });
	expect([answer.status, answer.headers.get("hx-redirect")]).toEqual([401, "/dashboard/sign-in?next=%2Fdashboard"]);
});

it("signing in leads to no other site", async () => {
	const token = await issueToken({ scopes: ["admin"] });
	for (const next of ["https://evil.example/", "//evil.example", "/dashboard\\..\\evil", "/v1/items"]) {
		const answer = await new OperatorBrowser(deployment).signIn(token.secret, { next });
		expect(answer.headers.get("location")).toBe("/dashboard");
	}
});

it("another site cannot sign its visitor in, nor out", async () => {
	const token = await issueToken({ scopes: ["admin"] });
	const body = new URLSearchParams({ token: token.secret });
	const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
	const foreign = await deployment.fetch("/dashboard/sign-in", { method: "POST", body, headers });
	expect([foreign.status, foreign.headers.getSetCookie()]).toEqual([403, []]);
	const browser = await signIn(deployment);
	const out = await browser.open("/dashboard/sign-out", {
		method: "POST",
		body: new URLSearchParams(),
		headers: { origin },
	});
	expect([out.status, browser.cookies.size]).toEqual([403, 1]);
});

it("signing out ends the session in this browser, and both are in the audit log", async () => {
	const browser = await signIn(deployment);
	expect((await browser.submit("/dashboard/sign-out")).headers.get("location")).toBe("/dashboard/sign-in");
	expect((await browser.open("/dashboard")).status).toBe(303);
	const entries = await db.select().from(auditEntries).orderBy(auditEntries.id);
	expect(entries.map(({ actor, action, status }) => [actor, action, status])).toEqual([
		["operator's (operator)", "session.open", 303],
		["operator's (operator)", "session.close", 303],
	]);
});

it("without a secret nobody signs in, and the page says what to do", async () => {
	const unset = deployWorker({ SESSION_SECRET: "" });
	const page = await unset.fetch("/dashboard/sign-in");
	expect(page.status).toBe(503);
	expect(await page.text()).toContain("wrangler secret put SESSION_SECRET");
});

it("pages run no script but ours, are framed by nobody and are kept by no cache", async () => {
	const { headers } = await (await signIn(deployment)).open("/dashboard");
	expect(headers.get("content-security-policy")).toBe(
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	);
	expect(headers.get("x-content-type-options")).toBe("nosniff");
	expect(headers.get("cache-control")).toBe("no-store");
});
