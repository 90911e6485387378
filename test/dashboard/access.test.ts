/** Who gets into the dashboard where Cloudflare Access stands before it. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { exportSPKI, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { callApi } from "../../src/dashboard/call-api.ts";
import { createPages } from "../../src/dashboard/context.ts";
import { onSubmit } from "../../src/dashboard/session/on-submit.ts";
import { requireOperator } from "../../src/dashboard/session/require-operator.ts";
import { openDatabase } from "../../src/db/database.ts";
import { auditEntries } from "../../src/db/schema.ts";
import { toAppError } from "../../src/errors.ts";
import { AccessTeam, makeKey, type TeamKey } from "../support/access.ts";
import { logged } from "../support/captured-log.ts";
import { OperatorBrowser, sessionSecret, signIn } from "../support/dashboard.ts";
import { type Deployment, deployWorker, origin } from "../support/deployment.ts";
import { issueToken } from "../support/tokens.ts";

let [key, stranger]: TeamKey[] = [];
beforeAll(async () => {
	[key, stranger] = await Promise.all([makeKey(), makeKey()]);
});
const known = (): TeamKey => key as TeamKey;

const deployBehind = (team: AccessTeam, changes: Record<string, unknown> = {}): Deployment =>
	deployWorker({ SESSION_SECRET: sessionSecret, ...team.settings, ACCESS_ADMINS: "Ann@example.com", ...changes });

const open = (deployment: Deployment, assertion: string, path = "/dashboard", init: RequestInit = {}) =>
	deployment.fetch(path, {
		redirect: "manual",
		...init,
		headers: { "cf-access-jwt-assertion": assertion, ...(init.headers as Record<string, string>) },
	});

/** A team with one key, and a deployment behind it. */
async function setUp(changes: Record<string, unknown> = {}) {
	const team = new AccessTeam();
	await team.publish(known());
	return { team, deployment: deployBehind(team, changes) };
}

it("whom Access vouches for is in without signing in; keys are fetched once", async () => {
	const { team, deployment } = await setUp();
	const fetched = vi.spyOn(globalThis, "fetch");
	const assertion = await team.sign(known());
	for (let time = 0; time < 3; time++) {
		const page = await open(deployment, assertion);
		const text = await page.text();
		expect([page.status, page.headers.getSetCookie()]).toEqual([200, []]);
		expect(text).toMatch(/class="who">\s*ann@example\.com\s*</);
		expect(text).toContain('href="/cdn-cgi/access/logout"');
	}
	expect(fetched.mock.calls.length).toBeLessThanOrEqual(1);
	const log = JSON.stringify(logged("request.answered"));
	expect(log).not.toContain("ann@");
	expect(log).toContain("access:7335d417-61da-459d-899c-0a01c76a2f94");
});

describe("an assertion that does not hold is refused, and a session beside it does not help", () => {
	const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
	it.each<[string, (team: AccessTeam) => Promise<string>, string]>([
		["one that has expired", (team) => team.sign(known(), { exp: inSeconds(-60) }), "ERR_JWT_EXPIRED"],
		["one that never expires", (team) => team.sign(known(), { exp: undefined }), "ERR_JWT_CLAIM_VALIDATION_FAILED"],
		["one of tomorrow", (team) => team.sign(known(), { nbf: inSeconds(60) }), "ERR_JWT_CLAIM_VALIDATION_FAILED"],
		[
			"one of another team",
			(team) => team.sign(known(), { iss: "https://other.cloudflareaccess.com" }),
			"ERR_JWT_CLAIM_VALIDATION_FAILED",
		],
		[
			"one for another application",
			(team) => team.sign(known(), { aud: ["b".repeat(64)] }),
			"ERR_JWT_CLAIM_VALIDATION_FAILED",
		],
		["one for no application", (team) => team.sign(known(), { aud: undefined }), "ERR_JWT_CLAIM_VALIDATION_FAILED"],
		["one that nobody signed", async (team) => new UnsecuredJWT(team.claims()).encode(), "ERR_JOSE_ALG_NOT_ALLOWED"],
		[
			"one signed with the public key as if it were a shared one",
			async (team) => {
				const shared = new TextEncoder().encode(await exportSPKI(known().publicKey));
				return team.sign({ kid: known().kid, privateKey: shared }, {}, { alg: "HS256" });
			},
			"ERR_JOSE_ALG_NOT_ALLOWED",
		],
		["one of an unknown key", (team) => team.sign(stranger as TeamKey), "ERR_JWKS_NO_MATCHING_KEY"],
		[
			"one of an unknown key that calls itself by a known name",
			(team) => team.sign({ ...(stranger as TeamKey), kid: known().kid }),
			"ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
		],
		[
			"one that brings its own key",
			async (team) => {
				const { exportJWK } = await import("jose");
				const jwk = await exportJWK((stranger as TeamKey).publicKey);
				return team.sign({ ...(stranger as TeamKey), kid: known().kid }, {}, { jwk });
			},
			"ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
		],
		[
			"one whose claims were changed",
			async (team) => {
				const [header, , signature] = (await team.sign(known(), { email: "eve@example.com" })).split(".");
				const claims = Buffer.from(JSON.stringify(team.claims())).toString("base64url");
				return [header, claims, signature].join(".");
			},
			"ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
		],
		["one that names nobody", (team) => team.sign(known(), { email: undefined }), "nobody_named"],
		["two at once", async (team) => `${await team.sign(known())}, ${await team.sign(known())}`, "ERR_JWS_INVALID"],
		["what is no assertion", async () => "x", "ERR_JWS_INVALID"],
	])("%s", async (_, forge, reason) => {
		const { team, deployment } = await setUp();
		const browser = await signIn(deployWorker({ SESSION_SECRET: sessionSecret }));
		const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
		const answer = await open(deployment, await forge(team), "/dashboard", { headers: { cookie } });
		expect(answer.status).toBe(401);
		const text = await answer.text();
		expect(text).toContain("access_refused");
		expect(text).not.toContain(reason);
		expect(logged("session.refused").map((entry) => entry.reason)).toEqual([reason]);
	});
});

it("past Access there is no way in: no token, no session, no cookie of Access", async () => {
	const { team, deployment } = await setUp();
	const token = await issueToken({ scopes: ["admin"] });
	const browser = new OperatorBrowser(deployment);
	const refused = await browser.signIn(token.secret);
	expect([refused.status, browser.cookies.size]).toEqual([403, 0]);
	expect(await refused.text()).toContain("opened through Cloudflare Access");
	expect((await browser.open("/dashboard/sign-in?next=/dashboard/tasks")).headers.get("location")).toBe(
		"/dashboard/tasks",
	);
	const signedIn = await signIn(deployWorker({ SESSION_SECRET: sessionSecret }));
	const [session = []] = [...signedIn.cookies];
	for (const cookie of [session.join("="), `CF_Authorization=${await team.sign(known())}`]) {
		const answer = await deployment.fetch("/dashboard", { headers: { cookie }, redirect: "manual" });
		expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining("did not come through it")]);
	}
});

it("where Access is not configured, what calls itself its assertion opens nothing", async () => {
	const team = new AccessTeam();
	await team.publish(known());
	const answer = await open(deployWorker({ SESSION_SECRET: sessionSecret }), await team.sign(known()));
	expect([answer.status, answer.headers.get("location")]).toEqual([303, "/dashboard/sign-in?next=%2Fdashboard"]);
});

it("keys that were rotated are found, and an unknown one is not looked for at every request", async () => {
	vi.useFakeTimers({ toFake: ["Date"] });
	const { team, deployment } = await setUp();
	expect((await open(deployment, await team.sign(known()))).status).toBe(200);
	const next = await makeKey();
	await team.publish(next);
	const fetched = vi.spyOn(globalThis, "fetch");
	expect((await open(deployment, await team.sign(next))).status).toBe(401);
	expect(fetched).not.toHaveBeenCalled();
	vi.setSystemTime(Date.now() + 31_000);
	expect((await open(deployment, await team.sign(next))).status).toBe(200);
	expect((await open(deployment, await team.sign(known()))).status).toBe(401);
	expect(fetched).toHaveBeenCalledTimes(1);
});

it("a key server that does not answer, or not with keys, is told as that, and asked again", async () => {
	const team = new AccessTeam();
	const deployment = deployBehind(team);
	for (const said of [undefined, "<html>", '{"keys": 1}']) {
		if (said !== undefined) await team.publishText(said);
		const answer = await open(deployment, await team.sign(known()));
		expect([answer.status, await answer.text()]).toEqual([
			503,
			expect.stringMatching(/could not be fetched.*access_unavailable/s),
		]);
	}
	vi.spyOn(globalThis, "fetch").mockRejectedValueOnce(new TypeError("Network connection lost."));
	expect((await open(deployment, await team.sign(known()))).status).toBe(503);
	await team.publish(known());
	expect((await open(deployment, await team.sign(known()))).status).toBe(200);
});

describe("who may change things", () => {
	const service = { email: undefined, sub: "", identity_nonce: undefined, common_name: "88bf3b6d.access" };
	it.each<[string, string, Record<string, unknown>, boolean]>([
		["whom ACCESS_ADMINS names", "bob@example.com, ann@example.com", {}, true],
		["in whatever letters", "ANN@Example.com", {}, true],
		["nobody, where it names nobody", "", {}, false],
		["not another", "bob@example.com", {}, false],
		["everybody, by *", "*", { email: "eve@example.com" }, true],
		["not who looks alike", "kim@example.com", { email: "\u212aim@example.com" }, false],
		["a service token by its id", "88bf3b6d.access", service, true],
		["another service token not", "ann@example.com", service, false],
		["not a service that calls itself a person", "ann@example.com", { ...service, common_name: "ann" }, false],
		["not a person who calls themselves a service", "88bf3b6d.access", { common_name: "88bf3b6d.access" }, false],
	])("%s", async (_, admins, claims, mayChange) => {
		const { team, deployment } = await setUp({ ACCESS_ADMINS: admins });
		const page = await (await open(deployment, await team.sign(known(), claims))).text();
		expect(/class="who">[^<]*, read-only/.test(page)).toBe(!mayChange);
	});
});

it("without a secret for its forms nobody is let in, and the page says what to do", async () => {
	const { team, deployment } = await setUp({ SESSION_SECRET: "" });
	const away = await open(deployment, await team.sign(known()));
	expect(away.status).toBe(303);
	const page = await open(deployment, await team.sign(known()), away.headers.get("location") ?? "");
	expect([page.status, await page.text()]).toEqual([503, expect.stringContaining("SESSION_SECRET")]);
});

it("forms are bound to their person, act as the house, and the audit log names who sent them", async () => {
	const { team, deployment } = await setUp({ ACCESS_ADMINS: "*" });
	const pages = createPages();
	pages.use(requireOperator);
	pages.onError((thrown, c) => c.text(toAppError(thrown).code, 403));
	pages.get("/dashboard/form", (c) => c.text(c.var.csrfToken));
	onSubmit(pages, "/dashboard/items/new", { name: "item.make" }, async (c) => {
		const made = await callApi<{ owner_id: string }>(c, "POST", "/v1/items", {
			json: { type: "jersey", name: "Ajax" },
		});
		return { response: c.text(made.isOk ? made.body.owner_id : made.error.code) };
	});
	const ask = async (person: string, path: string, csrf?: string) => {
		const assertion = await team.sign(known(), { email: `${person}@example.com`, sub: `sub-of-${person}` });
		const body = csrf === undefined ? {} : { method: "POST", body: new URLSearchParams({ csrf }) };
		const headers = { "cf-access-jwt-assertion": assertion, origin };
		return pages.request(`${origin}${path}`, { ...body, headers }, deployment.env, createExecutionContext());
	};
	const ofAnn = await (await ask("ann", "/dashboard/form")).text();
	const ofEve = await (await ask("eve", "/dashboard/form")).text();
	expect(ofAnn).not.toBe(ofEve);
	const forged = await ask("eve", "/dashboard/items/new", ofAnn);
	expect([forged.status, await forged.text()]).toEqual([403, "forged_form"]);
	const made = await ask("ann", "/dashboard/items/new", ofAnn);
	expect([made.status, await made.text()]).toEqual([200, "operator"]);
	const entries = await openDatabase(env.DB).select().from(auditEntries);
	expect(entries.map(({ actor, action, subject, status }) => [actor, action, subject, status])).toEqual([
		["ann@example.com", "item.make", "/items", 200],
	]);
});
