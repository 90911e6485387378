/** What holds for every answer: its headers, its log line, and what it does not tell. */
import { describe, expect, it } from "vitest";
import { makeCaller } from "../support/caller.ts";
import { logged, loggedLines } from "../support/captured-log.ts";
import { deployWorker, origin } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { smallPicture } from "../support/fixtures.ts";
import { expectProblem } from "../support/problems.ts";

describe("an address that is not there", () => {
	it.each(["/", "/nothing", "/v2/items", "/healthz/more"])("%s answers 404 as a problem document", async (path) => {
		const problem = await expectProblem(await deployWorker().fetch(path), "not_found");
		expect(problem.instance).toBe(path);
	});

	it.each([
		["PUT", "/v1/items"],
		["DELETE", "/v1/items"],
		["PUT", "/v1/tasks/1"],
		["GET", "/v1/items/a/photos/attach"],
	])("%s %s answers 404 to whoever may ask", async (method, path) => {
		const ana = await makeCaller(deployWorker());
		await expectProblem(await ana.send(method, path), "not_found");
	});

	it("names its path without breaking JSON or header", async () => {
		const response = await deployWorker().fetch('/%22%3Cscript%3E?x="');
		expect(response.headers.get("content-type")).toBe("application/problem+json");
		expect(await response.json()).toMatchObject({ instance: "/%22%3Cscript%3E" });
	});
});

describe("our own faults", () => {
	it("answer 500 and keep their insides for the log", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const failing = failingBindings(worker.env, (_, number) => number > 1);
		const broken = ana.at(deployWorker(failing.env));
		for (const [method, path, body] of [
			["GET", "/v1/items", undefined],
			["GET", "/v1/items/a/processing", undefined],
			["GET", "/v1/photos/a/image", undefined],
			["GET", "/v1/tasks/a", undefined],
			["PATCH", "/v1/photos/a", { caption: "very private" }],
			["POST", "/v1/items", { type: "jersey", name: "very private" }],
		] as const) {
			failing.calls.length = 0;
			const response = body ? await broken.json(method, path, body) : await broken.send(method, path);
			const problem = await expectProblem(response, "internal_error");
			const [entry] = logged("request.failed").slice(-1);
			expect(entry).toMatchObject({ level: "error", request_id: problem.request_id });
			expect(JSON.stringify(entry)).toContain("failed before it was done");
		}
		expect(loggedLines().join("\n")).not.toContain("very private");
	});

	it("of D1 while the token is looked up tell nothing either, nor do they log its hash", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const failing = failingBindings(worker.env, () => true);
		await expectProblem(await ana.at(deployWorker(failing.env)).get("/v1/items"), "internal_error");
		expect(loggedLines().join("\n")).not.toMatch(/[0-9a-f]{64}/);
	});

	it("of the configuration are told to the operator only", async () => {
		const ana = await makeCaller(deployWorker());
		const misconfigured = deployWorker({ RENDITION_QUALITY: "best" });
		const { detail } = await expectProblem(await ana.at(misconfigured).get("/v1/items"), "invalid_configuration");
		expect(detail).not.toContain("RENDITION_QUALITY");
		expect(JSON.stringify(logged("request.failed"))).toContain("RENDITION_QUALITY must be a whole number");
		expect((await misconfigured.fetch("/healthz")).status).toBe(200);
	});
});

it("every answer carries its request's id and may not be sniffed or framed", async () => {
	const ana = await makeCaller(deployWorker());
	const seen = new Set<string>();
	for (const path of ["/healthz", "/docs", "/openapi.json", "/nothing", "/v1/items", "/v1/items/unknown"]) {
		const { headers } = await ana.get(path);
		expect(headers.get("x-content-type-options")).toBe("nosniff");
		expect(headers.get("x-frame-options")).toBe("SAMEORIGIN");
		expect(headers.get("referrer-policy")).toBe("no-referrer");
		expect(headers.get("strict-transport-security")).toContain("max-age=");
		seen.add(headers.get("x-request-id") ?? "");
	}
	expect(seen.size).toBe(6);
});

describe("the log", () => {
	it("has one line a request, with what it was and who asked, and no secret", async () => {
		const ana = await makeCaller(deployWorker());
		const response = await ana.upload("/v1/photos?caption=very%20private", await smallPicture());
		expect(logged("request.answered")).toEqual([
			{
				level: "info",
				event: "request.answered",
				at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
				request_id: response.headers.get("x-request-id"),
				method: "POST",
				path: "/v1/photos",
				status: 202,
				duration_ms: expect.any(Number),
				token_id: ana.token.id,
			},
		]);
		expect(loggedLines().join("\n")).not.toContain("private");
	});

	it("tells of refused requests too, with a path of bounded length", async () => {
		const worker = deployWorker();
		await worker.fetch(`/v1/${"x".repeat(5000)}`, { headers: { authorization: "Bearer guessed-secret" } });
		const [entry] = logged("request.answered");
		expect(entry).toMatchObject({ status: 401 });
		expect(String(entry?.path).length).toBe(200);
		expect(loggedLines().join("\n")).not.toContain("guessed-secret");
	});
});

describe("scripts of web pages", () => {
	const page = "https://shirts.example";
	const preflight = (worker: ReturnType<typeof deployWorker>) =>
		worker.fetch("/v1/photos", {
			method: "OPTIONS",
			headers: {
				origin: page,
				"access-control-request-method": "POST",
				"access-control-request-headers": "authorization,idempotency-key",
			},
		});
	const corsHeaders = (response: Response) =>
		[...response.headers].filter(([name]) => name.startsWith("access-control-allow-origin"));

	it("of other origins may not call the API by default", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		expect(corsHeaders(await preflight(worker))).toEqual([]);
		expect(corsHeaders(await ana.get("/v1/items", { origin: page }))).toEqual([]);
	});

	it("of a configured origin may, and read the headers they need, also of refusals", async () => {
		const worker = deployWorker({ CORS_ORIGINS: `https://other.example, ${page}` });
		const ana = await makeCaller(worker);
		const allowed = await preflight(worker);
		expect(allowed.status).toBe(204);
		expect(allowed.headers.get("access-control-allow-headers")).toContain("idempotency-key");
		expect(allowed.headers.get("access-control-allow-methods")).toContain("POST");
		for (const answer of [
			allowed,
			await ana.get("/v1/items", { origin: page }),
			await worker.fetch("/v1/items", { headers: { origin: page } }),
		]) {
			expect(corsHeaders(answer)).toEqual([["access-control-allow-origin", page]]);
		}
		const { headers } = await ana.get("/v1/items/unknown", { origin: page });
		expect(headers.get("access-control-expose-headers")).toContain("x-request-id");
		expect(corsHeaders(await ana.get("/v1/items", { origin: "https://evil.example" }))).toEqual([]);
		expect(corsHeaders(await ana.get("/v1/items", { origin }))).toEqual([]);
	});
});
