/** What an upload asks of its renditions: accepted within limits, kept with the photo, shown, and kept apart. */
import { describe, expect, it } from "vitest";
import { formOf } from "../../support/bodies.ts";
import { expectJson, makeCaller, type PhotoJson } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { smallPicture } from "../../support/fixtures.ts";
import { expectProblem } from "../../support/problems.ts";
import { expectOnlyHeldObjects, readStored } from "../../support/stored-state.ts";

const nothing = { quality: null, speed: null, max_width: null, max_height: null, chroma_subsampling: null };
const all = "?quality=60&speed=10&max_width=48&max_height=1000&chroma_subsampling=4:4:4";

describe("an upload's settings", () => {
	it("are kept with the photo and shown, from a raw body's query", async () => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		const photo = await ana.createPhoto(item.id, undefined, all);
		expect(photo.requested_settings).toEqual({
			quality: 60,
			speed: 10,
			max_width: 48,
			max_height: 1000,
			chroma_subsampling: "4:4:4",
		});
		expect(await ana.readPhoto(photo.id)).toEqual(photo);
	});

	it("hold for every picture of a form; its fields count more than the query, its empty ones not at all", async () => {
		const ana = await makeCaller(deployWorker());
		const form = formOf([await smallPicture(), await smallPicture()], { quality: "70", speed: "", max_width: " " });
		const response = await ana.uploadForm("/v1/photos?quality=50&max_height=500", form);
		const { photos } = await expectJson<{ photos: PhotoJson[] }>(response, 202);
		const expected = { ...nothing, quality: 70, max_height: 500 };
		expect(photos.map((photo) => photo.requested_settings)).toEqual([expected, expected]);
	});

	it("are null where nothing was asked for", async () => {
		const ana = await makeCaller(deployWorker());
		expect((await ana.createPhoto()).requested_settings).toEqual(nothing);
		expect((await readStored()).photos[0]?.renditionWishes).toBeNull();
	});

	it.each([
		["quality=29", "quality: must be 30 to 100"],
		["quality=101", "quality: must be 30 to 100"],
		["quality=89.5", "quality: must be a whole number"],
		["quality=best", "quality: must be a whole number"],
		["speed=5", "speed: must be 6 to 10"],
		["speed=11", "speed: must be 6 to 10"],
		["max_width=15", "max_width: must be 16 to 1280, the limit of this deployment"],
		["max_width=1281", "max_width: must be 16 to 1280, the limit of this deployment"],
		["max_height=2161", "max_height: must be 16 to 2160, the limit of this deployment"],
		["chroma_subsampling=4:2:2", "chroma_subsampling: must be 4:2:0 or 4:4:4"],
	])("beyond the limits are refused, and the limit is named: %s", async (query, fault) => {
		const ana = await makeCaller(deployWorker({ RENDITION_MAX_WIDTH: "1280" }));
		const problem = await expectProblem(
			await ana.upload(`/v1/photos?${query}`, await smallPicture()),
			"invalid_request",
		);
		expect(problem.detail).toBe(`Some fields do not fit: ${fault}.`);
		const [field, expected] = fault.split(": must");
		expect(problem.faults).toEqual([{ field, expected: `must${expected}` }]);
		const [name, value] = query.split("=") as [string, string];
		const form = formOf([await smallPicture()], { [name]: value });
		await expectProblem(await ana.uploadForm("/v1/photos", form), "invalid_request");
		const { photos, objectKeys } = await readStored();
		expect([photos, objectKeys]).toEqual([[], []]);
	});

	it("at the limits are accepted", async () => {
		const ana = await makeCaller(deployWorker({ RENDITION_MAX_WIDTH: "1280", RENDITION_MAX_HEIGHT: "720" }));
		for (const query of [
			"?quality=30&speed=6&max_width=16&max_height=16",
			"?quality=100&max_width=1280&max_height=720",
		]) {
			expect((await ana.createPhoto(undefined, undefined, query)).state).toBe("processing");
		}
	});
});

describe("the same bytes with other settings", () => {
	it("become another photo of the item, with a rendition of its own", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const photos = [
			await ana.createPhoto(item.id, undefined, "?quality=40"),
			await ana.createPhoto(item.id, undefined, all),
		];
		for (const { task_id } of photos) await worker.deliver({ task_id });
		const [first, second] = (await ana.readItem(item.id)).photos as [PhotoJson, PhotoJson];
		expect(first.original.sha256).toBe(second.original.sha256);
		expect([first.rendition?.width, second.rendition?.width]).toEqual([96, 48]);
		const { objectKeys } = await readStored();
		expect(objectKeys.filter((key) => key.startsWith("renditions/"))).toEqual([
			expect.stringContaining(`${first.id}/${first.original.sha256}-3840x2160-q40-s9-r1.avif`),
			expect.stringContaining(`${second.id}/${second.original.sha256}-48x1000-q60-s10-c444-r1.avif`),
		]);
		await expectOnlyHeldObjects();
	});

	it("under the Idempotency-Key of the first upload are refused: the query is part of the request", async () => {
		const ana = await makeCaller(deployWorker());
		const key = { "idempotency-key": "one" };
		const send = async (query: string) => ana.upload(`/v1/photos${query}`, await smallPicture(), key);
		const first = await expectJson(await send("?quality=40"), 202);
		await expectProblem(await send("?quality=50"), "idempotency_key_reused");
		expect(await expectJson(await send("?quality=40"), 202)).toEqual(first);
		expect((await readStored()).photos).toHaveLength(1);
	});
});
