/** JSON that strangers send: whatever it is, it is refused in our words, and nothing happens. */
import { describe, expect, it } from "vitest";
import { brokenOffAfter, inPieces } from "../support/bodies.ts";
import { type Caller, makeCaller } from "../support/caller.ts";
import { logged } from "../support/captured-log.ts";
import { deployWorker } from "../support/deployment.ts";
import { expectProblem } from "../support/problems.ts";
import { readStored } from "../support/stored-state.ts";

const isJson = { "content-type": "application/json" };
const item = JSON.stringify({ type: "jersey", name: "Home" });

/** Every route that takes JSON. */
async function jsonRoutes(ana: Caller): Promise<[method: string, path: string][]> {
	const { id } = await ana.createItem();
	const photo = await ana.createPhoto(id);
	return [
		["POST", "/v1/items"],
		["PATCH", `/v1/items/${id}`],
		["PATCH", `/v1/photos/${photo.id}`],
		["POST", `/v1/items/${id}/photos/attach`],
		["PUT", `/v1/items/${id}/photos/order`],
	];
}

async function expectRefusedEverywhere(code: Parameters<typeof expectProblem>[1], body: string, headers = isJson) {
	const ana = await makeCaller(deployWorker());
	const routes = await jsonRoutes(ana);
	const before = await readStored();
	for (const [method, path] of routes) await expectProblem(await ana.send(method, path, body, headers), code);
	expect(await readStored()).toEqual(before);
}

describe("every route that takes JSON refuses", () => {
	it.each(["", "{", "{'name': 1}", '{"name": }', "name=Home", "\u0000"])("%j as malformed", async (body) => {
		await expectRefusedEverywhere("malformed_json", body);
	});

	it.each(["null", "1", '"text"', "[]"])("%s as not fitting", async (body) => {
		await expectRefusedEverywhere("invalid_request", body);
	});

	it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"])(
		"JSON that calls itself %s",
		async (type) => {
			await expectRefusedEverywhere("unsupported_media_type", item, { "content-type": type });
		},
	);

	it("JSON that is huge, whatever its length said", async () => {
		const huge = JSON.stringify({ name: "x".repeat(70_000) });
		await expectRefusedEverywhere("body_too_large", huge);
		const ana = await makeCaller(deployWorker());
		for (const headers of [{}, { "content-length": "10" }, { "content-length": String(huge.length) }]) {
			const body = inPieces(new TextEncoder().encode(huge));
			await expectProblem(await ana.send("POST", "/v1/items", body, { ...isJson, ...headers }), "body_too_large");
		}
	});
});

it("a client that hangs up in the middle of its JSON is told so, and no fault of ours is logged", async () => {
	const ana = await makeCaller(deployWorker());
	const body = brokenOffAfter(new TextEncoder().encode('{"type":"jersey",'));
	await expectProblem(await ana.send("POST", "/v1/items", body, isJson), "upload_interrupted");
	expect(logged("request.failed")).toEqual([]);
});

it("JSON in pieces, with its charset named, is taken", async () => {
	const ana = await makeCaller(deployWorker());
	const body = inPieces(new TextEncoder().encode(item), 3);
	const response = await ana.send("POST", "/v1/items", body, { "content-type": "application/json; charset=utf-8" });
	expect(response.status).toBe(201);
});

it("names that look like code are data", async () => {
	const ana = await makeCaller(deployWorker());
	for (const name of ["'; DROP TABLE items; --", '<img src=x onerror="alert(1)">', "\u202eكرة قدم ⚽", "{{7*7}}"]) {
		const created = await ana.createItem({ name });
		expect((await ana.readItem(created.id)).name).toBe(name);
	}
	expect((await readStored()).items).toHaveLength(4);
});

it("a field that prototypes would hear of changes nothing", async () => {
	const ana = await makeCaller(deployWorker());
	const body = '{"type":"jersey","name":"x","__proto__":{"owner_id":"bob"},"constructor":{"prototype":{"a":1}}}';
	const response = await ana.send("POST", "/v1/items", body, isJson);
	expect(await response.json()).toMatchObject({ owner_id: "ana" });
	expect(({} as Record<string, unknown>).a).toBeUndefined();
});

it.each([
	"application/json",
	"application/json ; charset=utf-8",
	"application/json;",
	"Application/JSON;charset=UTF-8",
])("JSON said to be %s is taken", async (contentType) => {
	const ana = await makeCaller(deployWorker());
	expect((await ana.send("POST", "/v1/items", item, { "content-type": contentType })).status).toBe(201);
});

it("JSON of another kind is not taken for a body of ours", async () => {
	const ana = await makeCaller(deployWorker());
	const answer = await ana.send("POST", "/v1/items", item, { "content-type": "application/json-patch+json" });
	await expectProblem(answer, "unsupported_media_type");
});
