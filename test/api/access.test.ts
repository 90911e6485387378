/** Who may do what: every route under /v1, whatever it does. */
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { openDatabase, runBatch } from "../../src/db/database.ts";
import { insertEvent } from "../../src/db/insert-event.ts";
import { type Caller, makeCaller } from "../support/caller.ts";
import { type Deployment, deployWorker, origin } from "../support/deployment.ts";
import { smallPicture } from "../support/fixtures.ts";
import { expectProblem } from "../support/problems.ts";
import { readStored } from "../support/stored-state.ts";
import { collectorScopes } from "../support/tokens.ts";
import { announce, directUploads } from "../support/uploads.ts";

interface Route {
	method: string;
	path: string;
	scope: string;
	json?: unknown;
	isUpload?: true;
}

const checkOf = (item_id: string) => ({ name: "check_item_photo_processing", arguments: { item_id } });

const newSchedule = {
	name: "hourly",
	task: "check_item_photo_processing",
	arguments: { item_id: "x" },
	timing: { kind: "crontab", expression: "0 * * * *" },
};

/** `:item`, `:photo`, `:task` and `:event` stand for ids. */
/** `:item`, `:photo`, `:upload`, `:task` and `:event` stand for ids. */
const routes: Route[] = [
	{ method: "POST", path: "/v1/items", scope: "photos:write", json: { type: "jersey", name: "x" } },
	{ method: "GET", path: "/v1/items", scope: "photos:read" },
	{ method: "GET", path: "/v1/items/:item", scope: "photos:read" },
	{ method: "PATCH", path: "/v1/items/:item", scope: "photos:write", json: { name: "stolen" } },
	{ method: "DELETE", path: "/v1/items/:item", scope: "photos:write" },
	{ method: "POST", path: "/v1/items/:item/photos", scope: "photos:write", isUpload: true },
	{ method: "POST", path: "/v1/items/:item/photos/attach", scope: "photos:write", json: { photo_ids: ["x"] } },
	{
		method: "POST",
		path: "/v1/items/:item/photos/import",
		scope: "photos:write",
		json: { url: "https://cdn.footballkitarchive.com/x.jpg" },
	},
	{ method: "GET", path: "/v1/items/:item/imports", scope: "photos:read" },
	{ method: "PUT", path: "/v1/items/:item/photos/order", scope: "photos:write", json: { photo_ids: ["x"] } },
	{ method: "GET", path: "/v1/items/:item/processing", scope: "photos:read" },
	{ method: "POST", path: "/v1/photos", scope: "photos:write", isUpload: true },
	{ method: "GET", path: "/v1/photos/:photo", scope: "photos:read" },
	{ method: "PATCH", path: "/v1/photos/:photo", scope: "photos:write", json: { caption: "stolen" } },
	{ method: "DELETE", path: "/v1/photos/:photo", scope: "photos:write" },
	{ method: "GET", path: "/v1/photos/:photo/image", scope: "photos:read" },
	{ method: "GET", path: "/v1/photos/:photo/original", scope: "photos:read" },
	{
		method: "POST",
		path: "/v1/uploads",
		scope: "photos:write",
		json: { bytes: 1, type: "image/png", sha256: "0".repeat(64) },
	},
	{ method: "GET", path: "/v1/uploads", scope: "photos:read" },
	{ method: "GET", path: "/v1/uploads/:upload", scope: "photos:read" },
	{ method: "DELETE", path: "/v1/uploads/:upload", scope: "photos:write" },
	{ method: "GET", path: "/v1/tasks", scope: "tasks:read" },
	{ method: "GET", path: "/v1/tasks/:task", scope: "tasks:read" },
	{ method: "GET", path: "/v1/tasks/registered", scope: "tasks:read" },
	{ method: "POST", path: "/v1/tasks", scope: "tasks:write", json: { tasks: [checkOf("x")] } },
	{ method: "POST", path: "/v1/tasks/{name}", scope: "tasks:write", json: checkOf("x") },
	{
		method: "POST",
		path: "/v1/tasks/bulk",
		scope: "tasks:write",
		json: { action: "cancel", filter: { queue: "photos" } },
	},
	{ method: "POST", path: "/v1/tasks/:task/cancel", scope: "tasks:write" },
	{ method: "POST", path: "/v1/tasks/:task/retry", scope: "tasks:write" },
	{ method: "GET", path: "/v1/events", scope: "tasks:read" },
	{ method: "POST", path: "/v1/events/:event/redeliver", scope: "tasks:write" },
	{ method: "GET", path: "/v1/stats", scope: "admin" },
	{ method: "GET", path: "/v1/queues", scope: "admin" },
	{ method: "POST", path: "/v1/queues/{queue}/pause", scope: "admin" },
	{ method: "POST", path: "/v1/queues/{queue}/resume", scope: "admin" },
	{ method: "GET", path: "/v1/dead-letters", scope: "admin" },
	{ method: "GET", path: "/v1/sources", scope: "admin" },
	{ method: "GET", path: "/v1/schedules", scope: "admin" },
	{ method: "POST", path: "/v1/schedules", scope: "admin", json: newSchedule },
	{ method: "POST", path: "/v1/schedules/preview", scope: "admin", json: { timing: newSchedule.timing } },
	{ method: "GET", path: "/v1/schedules/{id}", scope: "admin" },
	{ method: "PATCH", path: "/v1/schedules/{id}", scope: "admin", json: { description: "x" } },
	{ method: "DELETE", path: "/v1/schedules/{id}", scope: "admin" },
	{ method: "GET", path: "/v1/schedules/{id}/ticks", scope: "admin" },
	{ method: "POST", path: "/v1/schedules/{id}/run", scope: "admin" },
	{ method: "POST", path: "/v1/schedules/{id}/enable", scope: "admin" },
	{ method: "POST", path: "/v1/schedules/{id}/disable", scope: "admin" },
	{ method: "POST", path: "/v1/sources/{host}/reopen", scope: "admin" },
	{ method: "POST", path: "/v1/cleanups", scope: "admin", json: { task: "cleanup_orphaned_photos" } },
	{ method: "GET", path: "/v1/cleanups", scope: "admin" },
	{ method: "GET", path: "/v1/cleanups/{id}", scope: "admin" },
	{ method: "POST", path: "/v1/cleanups/{id}/undo", scope: "admin" },
];
const named = routes.map((route) => [`${route.method} ${route.path}`, route] as const);
const aboutOne = named.filter(([, { path }]) => path.includes("/:"));

type Ids = Record<"item" | "photo" | "upload" | "task" | "event", string>;

async function createThings(worker: Deployment): Promise<{ ana: Caller; ids: Ids }> {
	const ana = await makeCaller(worker);
	const item = await ana.createItem();
	const photo = await ana.createPhoto(item.id);
	const upload = await announce(ana.at(deployWorker(directUploads)), await smallPicture());
	const event = { type: "photo.failed", ownerId: "ana", data: {} } as const;
	await runBatch(openDatabase(worker.env.DB), [
		insertEvent(openDatabase(worker.env.DB), event, sql`WHERE NOT EXISTS (SELECT 1 FROM events)`, 1),
	]);
	return { ana, ids: { item: item.id, photo: photo.id, upload: upload.id, task: photo.task_id, event: "evt_1" } };
}

async function ask(caller: Caller, route: Route, ids: Ids): Promise<Response> {
	const path = route.path.replace(/:(\w+)/, (_, name: keyof Ids) => ids[name]);
	if (route.isUpload) return caller.upload(path, await smallPicture());
	return route.json === undefined ? caller.send(route.method, path) : caller.json(route.method, path, route.json);
}

const nowhere: Ids = { item: "unknown", photo: "unknown", upload: "unknown", task: "unknown", event: "evt_2" };

it("the table of this file names every route that the API describes", async () => {
	const response = await deployWorker().fetch("/openapi.json");
	const { paths } = await response.json<{ paths: Record<string, Record<string, unknown>> }>();
	const described = Object.entries(paths)
		.filter(([path]) => path.startsWith("/v1/"))
		.flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
	const inTable = routes.map(({ method, path }) => `${method} ${path.replace(/:\w+/, "{id}")}`);
	expect(inTable.sort()).toEqual(described.sort());
});

describe("without a valid token nothing is told", () => {
	it.each(named)("%s answers 401 to nobody", async (_, route) => {
		const worker = deployWorker();
		const response = await worker.fetch(route.path, { method: route.method });
		expect(response.headers.get("www-authenticate")).toContain("Bearer");
		await expectProblem(response, "unauthenticated");
	});

	it.each([
		["an unknown token", "Bearer unknown"],
		["another scheme", "Basic YW5hOmFuYQ=="],
		["a token without a scheme", "fc_test_secret_1"],
		["an empty header", ""],
		["two tokens", "Bearer one two"],
	])("%s is refused", async (_, authorization) => {
		await expectProblem(await deployWorker().fetch("/v1/items", { headers: { authorization } }), "unauthenticated");
	});

	it("an expired and a revoked token are refused like an unknown one", async () => {
		const worker = deployWorker();
		const expired = await makeCaller(worker, { expiresAt: Date.now() - 1 });
		const revoked = await makeCaller(worker, { revokedAt: Date.now() - 1, expiresAt: Date.now() + 3_600_000 });
		const details = [await expired.get("/v1/items"), await revoked.get("/v1/items")].map(async (response) => {
			const { detail } = await expectProblem(response, "unauthenticated");
			return detail;
		});
		expect(new Set(await Promise.all(details)).size).toBe(1);
	});

	it("a token lives until it expires, and its scheme is read in any case", async () => {
		const worker = deployWorker();
		const { token } = await makeCaller(worker, { expiresAt: Date.now() + 3_600_000 });
		const response = await worker.fetch("/v1/items", { headers: { authorization: `bearer ${token.secret}` } });
		expect(response.status).toBe(200);
	});

	it("an address that is not there tells no more than the others", async () => {
		await expectProblem(await deployWorker().fetch("/v1/nothing"), "unauthenticated");
	});
});

it.each(named)("%s answers 403 to a token without its scope, and changes nothing", async (_, route) => {
	const worker = deployWorker();
	const { ids } = await createThings(worker);
	const before = await readStored();
	const others = ["photos:read", "photos:write", "tasks:read", "tasks:write"].filter((scope) => scope !== route.scope);
	const stranger = await makeCaller(worker, { scopes: others });
	const { needed } = await expectProblem(await ask(stranger, route, ids), "insufficient_scope");
	expect(needed).toBe(route.scope);
	expect(await readStored()).toEqual(before);
});

it.each(aboutOne)("%s answers 404 for another owner's as for one that is not there", async (_, route) => {
	const worker = deployWorker();
	const { ids } = await createThings(worker);
	const before = await readStored();
	const bob = await makeCaller(worker, { ownerId: "bob", scopes: [...collectorScopes, "tasks:write"] });
	const foreign = await expectProblem(await ask(bob, route, ids), "not_found");
	const unknown = await expectProblem(await ask(bob, route, nowhere), "not_found");
	expect(foreign.detail).toBe(unknown.detail);
	expect(await readStored()).toEqual(before);
});

it("an administrator sees and changes everybody's", async () => {
	const worker = deployWorker();
	const { ana, ids } = await createThings(worker);
	const admin = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
	expect((await admin.readItem(ids.item)).owner_id).toBe("ana");
	expect((await admin.readTask(ids.task)).photo_id).toBe(ids.photo);
	const { items } = await (await admin.get("/v1/items")).json<{ items: unknown[] }>();
	expect(items).toHaveLength(1);
	const added = await admin.createPhoto(ids.item);
	expect(added.owner_id).toBe("ana");
	expect((await admin.json("PATCH", `/v1/items/${ids.item}`, { name: "Away" })).status).toBe(200);
	expect((await ana.readItem(ids.item)).name).toBe("Away");
	expect((await admin.delete(`/v1/photos/${ids.photo}`)).status).toBe(204);
	expect((await ana.readItem(ids.item)).photos.map(({ id }) => id)).toEqual([added.id]);
});

it("health and documentation are open", async () => {
	const worker = deployWorker();
	for (const path of ["/healthz", "/readyz", "/openapi.json", "/docs"]) {
		const response = await worker.fetch(new URL(path, origin).pathname);
		expect([path, response.status]).toEqual([path, 200]);
	}
});
