/** Importing pictures of other sites over the API, and what the operator sees of those sites. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../../src/db/database.ts";
import { tasks } from "../../../src/db/schema.ts";
import { endVisit, requestVisit } from "../../../src/db/visits.ts";
import { type Caller, expectJson, type ItemJson, makeCaller } from "../../support/caller.ts";
import { type Deployment, deployWorker } from "../../support/deployment.ts";
import { expectProblem } from "../../support/problems.ts";
import { readStored } from "../../support/stored-state.ts";

const host = "cdn.footballkitarchive.com";
const url = `https://${host}/shirt.jpg`;

interface ImportJson {
	id: string;
	url: string;
	order: number | null;
	state: string;
	error: unknown;
	photo_id: string | null;
	task_id: string;
}

let worker: Deployment;
let caller: Caller;
let item: ItemJson;

beforeEach(async () => {
	worker = deployWorker();
	caller = await makeCaller(worker);
	item = await caller.createItem();
});

const send = (images: unknown, headers?: Record<string, string>) =>
	caller.json("POST", `/v1/items/${item.id}/photos/import`, images, headers);
const importAll = async (images: unknown, headers?: Record<string, string>) =>
	(await expectJson<{ imports: ImportJson[] }>(await send(images, headers), 202)).imports;
const readTasks = () => openDatabase(env.DB).select().from(tasks);

describe("an import", () => {
	it("is one URL or a list, each with its place, and says where to look", async () => {
		const response = await send({ url, order: 2 });
		expect(response.headers.get("location")).toBe(`/v1/items/${item.id}/imports`);
		const list = await importAll([{ url: `${url}?2` }, { url: `${host}/3.jpg`, order: 0 }]);
		expect(list).toMatchObject([
			{ url: `${url}?2`, order: null, state: "importing", error: null, photo_id: null },
			{ url: `https://${host}/3.jpg`, order: 0 },
		]);
		const { imports } = await expectJson<{ imports: ImportJson[] }>(await caller.get(`/v1/items/${item.id}/imports`));
		expect(imports.map((one) => one.url)).toEqual([url, `${url}?2`, `https://${host}/3.jpg`]);
		expect(worker.sent.map(({ queue }) => queue)).toEqual(["transfers", "transfers", "transfers"]);
		expect(await readTasks()).toMatchObject([
			{ name: "download_external_image_and_attach", itemId: item.id, ownerId: item.owner_id },
			{ arguments: { model_name: "jersey", object_id: item.id, order: null } },
			{ arguments: { order: 0 } },
		]);
	});

	it("of a URL that is being imported is the same import, however it is written", async () => {
		const [first] = await importAll({ url });
		const [again, other] = await importAll([{ url: `${host}/shirt.jpg#x` }, { url: `HTTPS://${host}:443/shirt.jpg` }]);
		expect(again).toMatchObject({ id: first?.id, task_id: first?.task_id });
		expect(other).toMatchObject({ id: first?.id });
		expect(await readTasks()).toHaveLength(1);
	});

	it("sent again with its key after it was answered makes nothing more", async () => {
		const headers = { "idempotency-key": "import-1" };
		const [first] = await importAll({ url }, headers);
		await openDatabase(env.DB).update(tasks).set({ state: "succeeded", finishedAt: 1, wakeAt: null, uniqueKey: null });
		const [again] = await importAll({ url }, headers);
		expect(again?.task_id).toBe(first?.task_id);
		expect(await readTasks()).toHaveLength(1);
		await expectProblem(await send({ url: `${url}?2` }, headers), "idempotency_key_reused");
	});

	it("takes a hundred in one call, in one transaction", async () => {
		const list = await importAll(Array.from({ length: 100 }, (_, number) => ({ url: `${url}?${number}` })));
		expect(new Set(list.map(({ id }) => id)).size).toBe(100);
		expect(worker.sent).toHaveLength(100);
	});
});

describe("refused, and nothing is imported:", () => {
	it("a URL that may not be fetched, with the rule as code", async () => {
		const problem = await expectProblem(await send({ url: "https://10.0.0.1/x.jpg" }), "url_names_address");
		expect(problem.detail).toContain("it names an IP address");
	});

	it("a list with some, naming each with its rule", async () => {
		const response = await send([{ url }, { url: "http://x.example" }, { url: "https://x.example/a" }]);
		const problem = await expectProblem(response, "url_not_https");
		expect(problem.detail).toContain("1 more");
		expect(problem.faults).toMatchObject([
			{ field: "1.url", code: "url_not_https" },
			{ field: "2.url", code: "url_host_not_allowed" },
		]);
		expect(await readStored()).toMatchObject({ imports: [], tasks: [] });
	});

	it.each([
		["no URL", {}, "url"],
		["a misspelt field", { url, ordr: 1 }, ""],
		["a negative place", { url, order: -1 }, "order"],
		["nothing", [], ""],
		["too many", Array.from({ length: 101 }, () => ({ url })), ""],
		["no object", "https://cdn.footballkitarchive.com/x.jpg", ""],
	])("%s", async (_, images, field) => {
		const problem = await expectProblem(await send(images), "invalid_request");
		expect(JSON.stringify(problem.faults)).toContain(field);
		expect(await readStored()).toMatchObject({ imports: [], tasks: [] });
	});

	it("for an item that is not there, or somebody else's", async () => {
		const stranger = await makeCaller(worker, { ownerId: "eve" });
		const path = `/v1/items/${item.id}/photos/import`;
		await expectProblem(await stranger.json("POST", path, { url }), "not_found");
		await expectProblem(await stranger.get(`/v1/items/${item.id}/imports`), "not_found");
		expect(await readStored()).toMatchObject({ imports: [], tasks: [] });
	});
});

describe("the sites", () => {
	it("are shown to the operator with who is there, who waits, and whether they are closed; one is opened by hand", async () => {
		const admin = await makeCaller(worker, { scopes: ["admin"] });
		const db = openDatabase(env.DB);
		const politeness = { maxAtOnce: 2, pauseMs: 0 };
		const read = async () => {
			const { sources, ...rest } = await expectJson<{ sources: object[] }>(await admin.get("/v1/sources"));
			return { ...rest, source: sources[0] };
		};
		expect(await read()).toEqual({
			allowed_hosts: [host, "www.footballkitarchive.com"],
			max_at_once: 2,
			pause_ms: 500,
			source: undefined,
		});
		const error = { code: "source_failed", detail: "It answered 500." };
		for (let failure = 1; failure <= 5; failure++) {
			const now = Date.now();
			const visit = await requestVisit(db, { host, taskId: "task", isRedirect: false }, politeness, now);
			if (!visit.isAdmitted) throw new Error("was not admitted");
			await endVisit(db, host, { taskId: "task", ...visit }, { error, isOfSite: true, retryAfterSeconds: 0 }, now);
		}
		await requestVisit(db, { host, taskId: "waiting", isRedirect: false }, politeness, Date.now());
		expect((await read()).source).toMatchObject({
			host,
			state: "closed",
			closed_until: expect.any(String),
			failures_in_row: 5,
			last_error: error,
			visiting: 0,
			waiting: 1,
		});
		expect((await admin.send("POST", `/v1/sources/${host}/reopen`)).status).toBe(204);
		expect((await read()).source).toMatchObject({ state: "open", closed_until: null, failures_in_row: 0 });
		await expectProblem(await admin.send("POST", "/v1/sources/never.example/reopen"), "not_found");
	});
});
