/** What nobody gets done at the dashboard: every route that there is, tried by who may not, or in a way that must not work. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { dashboard } from "../../src/dashboard/app.tsx";
import { callApi } from "../../src/dashboard/call-api.ts";
import { createPages, type DashboardContext } from "../../src/dashboard/context.ts";
import { csrfTokenOf } from "../../src/dashboard/session/csrf.ts";
import { operatorOf } from "../../src/dashboard/session/operator.ts";
import { openDatabase } from "../../src/db/database.ts";
import { auditEntries, tokens } from "../../src/db/schema.ts";
import { toAppError } from "../../src/errors.ts";
import { makeCaller } from "../support/caller.ts";
import { logged } from "../support/captured-log.ts";
import { OperatorBrowser, sessionSecret, signIn } from "../support/dashboard.ts";
import { deployWorker, origin } from "../support/deployment.ts";
import { smallPicture } from "../support/fixtures.ts";
import { listObjectKeys } from "../support/stored-state.ts";
import { issueToken } from "../support/tokens.ts";

const deployment = deployWorker({ SESSION_SECRET: sessionSecret });
const db = openDatabase(env.DB);
const HOUR_MS = 3_600_000;

const isOpen = (path: string) => path === "/dashboard/sign-in" || path === "/dashboard/sign-out";
const routesOf = (method: string): string[] => [
	...new Set(
		dashboard.routes.filter((route) => route.method === method && !isOpen(route.path)).map(({ path }) => path),
	),
];
const pages = routesOf("GET");
const forms = routesOf("POST");

/** Something of each kind, whose names would run where they were not text. */
async function makeThings(): Promise<Record<string, string>> {
	const caller = await makeCaller(deployment, { scopes: ["admin"] });
	const hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>";
	const item = await caller.createItem({ name: hostile });
	const photo = await caller.createPhoto(item.id, await smallPicture(), `?caption=${encodeURIComponent(hostile)}`);
	const schedule = await caller.json("POST", "/v1/schedules", {
		name: hostile,
		task: "check_item_photo_processing",
		arguments: { item_id: item.id },
		timing: { kind: "crontab", expression: "0 4 * * *" },
	});
	const cleanup = await caller.json("POST", "/v1/cleanups", {
		task: "cleanup_orphaned_photos",
		options: { dry_run: true },
	});
	const idOf = async (answer: Response) => String(((await answer.json()) as { id?: string }).id);
	return {
		items: item.id,
		photos: photo.id,
		tasks: String(photo.task_id),
		schedules: await idOf(schedule),
		cleanups: await idOf(cleanup),
		sources: "cdn.footballkitarchive.com",
		queues: "photos",
		registered: "process_photo_to_avif",
	};
}

/** The route's path with ids of things that are there, as far as they are known. */
const fillIn = (path: string, things: Record<string, string>): string =>
	path
		.replace(/\/([\w-]+)\/:\w+(?:\{[^}]*\})?/g, (_, kind: string) => `/${kind}/${things[kind] ?? "x"}`)
		.replace(/:\w+/g, "x");

/** Every row but those that tell of sessions, and every object. */
async function readEverything(): Promise<string> {
	const { results } = await env.DB.prepare(
		"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' AND name NOT IN ('tokens', 'd1_migrations')",
	).all<{ name: string }>();
	const tables = await env.DB.batch(
		results.map(({ name }) =>
			env.DB.prepare(`SELECT * FROM "${name}"${name === "audit_entries" ? " WHERE action NOT LIKE 'session.%'" : ""}`),
		),
	);
	return JSON.stringify([tables.map(({ results: rows }) => rows), await listObjectKeys()]);
}

/** What would run in a page: its texts and the values of its attributes are escaped, so what is left are its own tags. */
function findRunning(html: string): string | undefined {
	const tags = html.replace(/"[^"]*"/g, '""');
	const found = /<script>|<img src=x|<[a-z][^<>]*\s(?:on\w+|style)=/i.exec(tags) ?? /="\s*javascript:/i.exec(html);
	return found?.[0];
}

const send = (
	browser: OperatorBrowser,
	path: string,
	fields: Record<string, string>,
	headers: Record<string, string>,
) => browser.open(path, { method: "POST", body: new URLSearchParams(fields), headers });

/** Its token in each place where one is looked for. */
const withToken = (csrf: string, headers: Record<string, string> = {}) => ({
	"x-csrf-token": csrf,
	origin,
	...headers,
});

const codeOf = async (answer: Response): Promise<string> =>
	`${answer.status} ${/<code>(\w+)<\/code>/.exec(await answer.text())?.[1] ?? "page"}`;

describe("every form", () => {
	it("is refused to who may only look, and nothing is changed", async () => {
		const things = await makeThings();
		const reader = await signIn(deployment, ["dashboard:read", "tasks:write", "photos:write"]);
		const csrf = await reader.csrfToken();
		const before = await readEverything();
		expect(forms.length).toBeGreaterThan(5);
		for (const form of forms) {
			const path = fillIn(form, things);
			expect([path, await codeOf(await send(reader, path, { csrf }, withToken(csrf)))]).toEqual([
				path,
				"403 insufficient_scope",
			]);
		}
		expect(await readEverything()).toBe(before);
	});

	it("is refused where it was not sent from a page of this session, and nothing is changed", async () => {
		const things = await makeThings();
		const [browser, other] = [await signIn(deployment), await signIn(deployment)];
		const [csrf, foreign] = [await browser.csrfToken(), await other.csrfToken()];
		expect(foreign).not.toBe(csrf);
		const before = await readEverything();
		const attempts: [string, Record<string, string>, Record<string, string>][] = [
			["no token", {}, { origin }],
			["an empty token", { csrf: "" }, withToken("")],
			["another session's token", { csrf: foreign }, withToken(foreign)],
			["another site", { csrf }, withToken(csrf, { origin: "https://evil.example" })],
			["no site that tells its name", { csrf }, withToken(csrf, { origin: "null" })],
			["a page of another port", { csrf }, withToken(csrf, { origin: `${origin}:8443` })],
			["what the browser calls cross-site", { csrf }, withToken(csrf, { "sec-fetch-site": "cross-site" })],
			["what the browser calls same-site", { csrf }, withToken(csrf, { "sec-fetch-site": "same-site" })],
			["an address that was typed in", { csrf }, withToken(csrf, { "sec-fetch-site": "none" })],
		];
		for (const form of forms) {
			const path = fillIn(form, things);
			for (const [from, fields, headers] of attempts) {
				expect([path, from, await codeOf(await send(browser, path, fields, headers))]).toEqual([
					path,
					from,
					"403 forged_form",
				]);
			}
			const stranger = await send(new OperatorBrowser(deployment), path, { csrf }, withToken(csrf));
			expect([path, await codeOf(stranger)]).toEqual([path, "401 unauthenticated"]);
		}
		expect(await readEverything()).toBe(before);
	});

	it("of an administrator is in the audit log, with who, what and when", async () => {
		const things = await makeThings();
		const browser = await signIn(deployment);
		const csrf = await browser.csrfToken();
		for (const form of forms) {
			const path = fillIn(form, things);
			await db.delete(auditEntries);
			const startedAt = Date.now();
			const answer = await send(browser, path, { csrf }, withToken(csrf));
			expect([path, answer.status < 500]).toEqual([path, true]);
			const entries = await db.select().from(auditEntries);
			expect([path, entries]).toEqual([
				path,
				[
					expect.objectContaining({
						actor: "operator's (operator)",
						action: expect.stringMatching(/^[a-z_]+\.[a-z_]+$/),
						subject: expect.stringMatching(/^\//),
						status: expect.any(Number),
					}),
				],
			]);
			expect(entries[0]?.at).toBeGreaterThanOrEqual(startedAt);
			expect(JSON.stringify(entries)).not.toContain(csrf);
		}
	});

	it("that is longer than any is refused before it is read to its end", async () => {
		const browser = await signIn(deployment);
		for (const path of ["/dashboard/sign-in", "/dashboard/sign-out"]) {
			const answer = await send(browser, path, { csrf: "x".repeat(200_000) }, { origin });
			expect(await codeOf(answer)).toBe("413 body_too_large");
		}
		const typed = await browser.open("/dashboard/sign-out", {
			method: "POST",
			body: "{}",
			headers: { "content-type": "application/json", origin },
		});
		expect(await codeOf(typed)).toBe("415 unsupported_media_type");
	});
});

describe("every page", () => {
	it("leads a stranger to the sign-in, and tells nothing else", async () => {
		const things = await makeThings();
		for (const page of pages) {
			for (const method of ["GET", "HEAD"]) {
				const path = fillIn(page, things);
				const answer = await deployment.fetch(path, { method, redirect: "manual" });
				const way = `/dashboard/sign-in?next=${encodeURIComponent(path)}`;
				expect([path, answer.status, answer.headers.get("location")]).toEqual([path, 303, way]);
				expect(await answer.text()).toBe("");
			}
		}
	});

	it("is text where its texts are a stranger's, and of a type that runs nothing", async () => {
		const things = await makeThings();
		const browser = await signIn(deployment);
		for (const page of pages) {
			const path = fillIn(page, things);
			const answer = await browser.open(path);
			const type = answer.headers.get("content-type") ?? "";
			const policy = answer.headers.get("content-security-policy") ?? "";
			const text = await answer.text();
			expect([path, answer.status < 500, answer.headers.get("x-content-type-options")]).toEqual([
				path,
				true,
				"nosniff",
			]);
			expect([path, policy]).toEqual([path, expect.stringContaining("default-src 'none'")]);
			if (type.startsWith("text/html")) {
				expect([path, policy]).toEqual([path, expect.stringContaining("script-src 'self';")]);
				expect([path, findRunning(text)]).toEqual([path, undefined]);
			} else {
				const isHarmless =
					/^(?:image\/(?:avif|jpeg|png|webp|gif)|application\/json|text\/(?:plain|csv|event-stream))\b/;
				expect([path, answer.status, type]).toEqual([
					path,
					answer.status,
					answer.status >= 300 && answer.status < 400 ? type : expect.stringMatching(isHarmless),
				]);
			}
		}
	});

	it("answers GET alone", async () => {
		const things = await makeThings();
		const browser = await signIn(deployment);
		const csrf = await browser.csrfToken();
		const before = await readEverything();
		for (const path of new Set([...pages, ...forms].map((route) => fillIn(route, things)))) {
			for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) {
				const stranger = await deployment.fetch(path, { method, redirect: "manual" });
				expect([method, path, await codeOf(stranger)]).toEqual([method, path, "401 unauthenticated"]);
				const known = await browser.open(path, { method, headers: withToken(csrf) });
				expect([method, path, await codeOf(known)]).toEqual([method, path, "404 not_found"]);
				expect(known.headers.get("access-control-allow-origin")).toBeNull();
			}
		}
		expect(await readEverything()).toBe(before);
	});
});

describe("a session", () => {
	it("ends after twelve hours, however busy it was", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const browser = await signIn(deployment);
		vi.setSystemTime(Date.now() + 12 * HOUR_MS - 1000);
		expect((await browser.open("/dashboard")).status).toBe(200);
		vi.setSystemTime(Date.now() + 1000);
		expect((await browser.open("/dashboard")).status).toBe(303);
	});

	it("of another deployment, or of before the secret was changed, opens nothing", async () => {
		const browser = await signIn(deployment);
		const changed = deployWorker({ SESSION_SECRET: `${sessionSecret}-another` });
		const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
		expect((await changed.fetch("/dashboard", { headers: { cookie }, redirect: "manual" })).status).toBe(303);
	});

	it("cannot be made from what its pages and logs show", async () => {
		const browser = await signIn(deployment);
		const csrf = await browser.csrfToken();
		const [token] = await db.select().from(tokens);
		const expiresAt = Date.now() + HOUR_MS;
		const standard = Buffer.from(csrf, "base64url").toString("base64");
		const forged = [
			String(token?.id),
			`${token?.id}~x~${expiresAt}`,
			`${token?.id}~x~${expiresAt}.${standard}`,
			`${token?.id}~x~${expiresAt}.${Buffer.from(csrfTokenOf(sessionSecret, `${token?.id}~x~${expiresAt}`), "base64url").toString("base64")}`,
			`${token?.tokenSha256}~x~${expiresAt}.${"A".repeat(43)}=`,
		];
		for (const value of forged) {
			const headers = { cookie: `__Host-footy-session=${encodeURIComponent(value)}` };
			expect((await deployment.fetch("/dashboard", { headers, redirect: "manual" })).status).toBe(303);
		}
		for (const secret of [token?.id, token?.tokenSha256, "", "' OR 1=1 --"]) {
			expect((await new OperatorBrowser(deployment).signIn(String(secret))).status).toBe(403);
		}
	});

	it("is not taken by the API, nor a token by the dashboard", async () => {
		const browser = await signIn(deployment);
		const [pair = []] = [...browser.cookies];
		expect((await deployment.fetch("/v1/items", { headers: { cookie: pair.join("=") } })).status).toBe(401);
		const { secret } = await issueToken({ scopes: ["admin"] });
		const bearer = { authorization: `Bearer ${secret}` };
		expect((await deployment.fetch("/dashboard", { headers: bearer, redirect: "manual" })).status).toBe(303);
	});

	it("that was not opened is told in the log, without what was typed", async () => {
		await new OperatorBrowser(deployment).signIn("fc_guessed_secret");
		const collector = await issueToken({ scopes: ["photos:read"] });
		await new OperatorBrowser(deployment).signIn(collector.secret);
		expect(logged("session.refused")).toMatchObject([
			{ via: "token", reason: "unknown_token" },
			{ via: "token", reason: "missing_scope", token_id: collector.id },
		]);
		expect(JSON.stringify(logged())).not.toContain("guessed_secret");
	});
});

it.each([
	["/dashboard/", 303],
	["/dashboard//", 303],
	["/dashboard/sign-in/", 303],
	["/dashboard//sign-in", 303],
	["/dashboard/sign-in/../tasks", 303],
	["/dashboard/sign-in/%2e%2e/tasks", 303],
	["/dashboard/./", 303],
	["/dashboard/tasks/..%2F..%2Fitems/retry", 404],
	["/dashboard/tasks/a%3Fdry_run=false/retry", 404],
	["/dashboard/tasks/a%5c..%5cb", 404],
	["/dashboard/%252e%252e/v1/items", 404],
	["/dashboard/../v1/items", 401],
	["/dashboard/%2e%2e/v1/items", 401],
	["/dashboard/../../dashboard", 303],
	["//dashboard", 404],
	["/DASHBOARD", 404],
	["/%64ashboard", 404],
	["/dashboardx", 404],
	["/dashboard%2f", 404],
])("%s is no way past the sign-in", async (path, status) => {
	const answer = await deployment.fetch(path, { redirect: "manual" });
	expect(answer.status).toBe(status);
	expect(await answer.text()).not.toContain("Sign out");
});

it("a way back that no header may hold leads to the overview", async () => {
	const { secret } = await issueToken({ scopes: ["admin"] });
	for (const next of ["/dashboard/\r\nset-cookie: a=b", "/dashboard/\u0000", "/dashboard\t/x"]) {
		const answer = await new OperatorBrowser(deployment).signIn(secret, { next });
		expect([answer.status, answer.headers.get("location")]).toEqual([303, "/dashboard"]);
	}
	const accented = await new OperatorBrowser(deployment).signIn(secret, { next: "/dashboard/audit?actor=日本" });
	expect(accented.headers.get("location")).toBe("/dashboard/audit?actor=%E6%97%A5%E6%9C%AC");
});

describe("what pages ask of the API", () => {
	/** What a page of this method comes to when it calls. */
	async function callFrom(
		method: "GET" | "POST",
		scopes: string[],
		call: (c: DashboardContext) => Promise<unknown>,
		headers: Record<string, string> = {},
	): Promise<unknown> {
		const { id } = await issueToken({ scopes });
		const token = (await db.select().from(tokens)).find((row) => row.id === id);
		const operator = token && operatorOf(token, "session");
		const site = createPages();
		site.on(method, "/dashboard/x", async (c) => {
			if (operator) c.set("operator", operator);
			return c.json(await call(c).catch((thrown) => toAppError(thrown).code));
		});
		const answer = await site.request(
			`${origin}/dashboard/x`,
			{ method, headers },
			deployment.env,
			createExecutionContext(),
		);
		return answer.json();
	}
	const makeItem = (c: DashboardContext) => callApi(c, "POST", "/v1/items", { json: { type: "jersey", name: "x" } });

	it("is no change while a page is read, nor by who may only look", async () => {
		expect(await callFrom("GET", ["admin"], makeItem)).toBe("internal_error");
		const mixed = ["dashboard:read", "photos:write", "tasks:write"];
		expect(await callFrom("POST", mixed, makeItem)).toBe("insufficient_scope");
		expect(await callFrom("POST", ["admin"], makeItem)).toMatchObject({ status: 201 });
		const count = (dry_run: boolean) => (c: DashboardContext) =>
			callApi(c, "POST", "/v1/tasks/bulk", { json: { action: "retry", filter: { state: "failed" }, dry_run } });
		expect(await callFrom("GET", ["admin"], count(true))).toMatchObject({ isOk: true });
		expect(await callFrom("GET", ["admin"], count(false))).toBe("internal_error");
	});

	it("is asked as the operator, whatever their request says of itself", async () => {
		const boss = await issueToken({ scopes: ["admin"], ownerId: "boss" });
		const headers = { authorization: `Bearer ${boss.secret}`, cookie: "token=boss" };
		const read = (c: DashboardContext) => callApi(c, "GET", "/v1/items");
		expect(await callFrom("GET", ["dashboard:read"], read, headers)).toMatchObject({ status: 403 });
		const forwarding = (c: DashboardContext) =>
			callApi<{ owner_id: string }>(c, "POST", "/v1/items", {
				raw: {
					stream: new Response('{"type":"jersey","name":"x"}').body,
					headers: { "content-type": "application/json", ...headers },
				},
			});
		expect(await callFrom("POST", ["admin"], forwarding, headers)).toMatchObject({ body: { owner_id: "ana" } });
	});

	it.each([
		"/v1/tasks/../items/x/retry",
		"/v1/tasks/%2e%2E/items",
		"/v1/tasks/..",
		"/v1/tasks/a\\..\\b",
		"/v1/tasks/a#/retry",
		"//evil.example/v1/items",
		"https://evil.example/v1/items",
		"/docs",
	])("at %s is not asked at all", async (path) => {
		expect(await callFrom("POST", ["admin"], (c) => callApi(c, "POST", path))).toBe("not_found");
	});
});
