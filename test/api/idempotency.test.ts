/** A POST that is repeated with its Idempotency-Key gets the first answer and does nothing again. */
import { describe, expect, it } from "vitest";
import { formOf } from "../support/bodies.ts";
import { type Caller, expectJson, makeCaller, type PhotoJson } from "../support/caller.ts";
import { deployWorker } from "../support/deployment.ts";
import { readFixture, smallPicture } from "../support/fixtures.ts";
import { expectProblem } from "../support/problems.ts";
import { expectOnlyHeldObjects, readStored } from "../support/stored-state.ts";

const withKey = (key = "first") => ({ "idempotency-key": key });

/** An answer as far as a repeated one must equal it. */
const essence = async (response: Response) => ({
	status: response.status,
	location: response.headers.get("location"),
	type: response.headers.get("content-type"),
	body: await response.json(),
});

const createItem = (caller: Caller, key?: string) =>
	caller.json("POST", "/v1/items", { type: "jersey", name: "Home" }, withKey(key));

describe("a repeated upload", () => {
	it("gets the first answer; there is one photo, one task, one message", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		await ana.createPhoto(item.id);
		const send = async () => ana.upload(`/v1/items/${item.id}/photos?caption=a`, await smallPicture(), withKey());
		const first = await send();
		expect(first.headers.get("idempotent-replayed")).toBeNull();
		const before = await readStored();
		const again = await send();
		expect(again.headers.get("idempotent-replayed")).toBe("true");
		expect(await essence(again)).toEqual(await essence(first));
		expect(await readStored()).toEqual(before);
		expect(worker.sent).toHaveLength(2);
	});

	it("of a form gives each photo the order it got", async () => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		await ana.createPhoto(item.id, undefined, "?order=8");
		const send = async () => {
			const form = formOf([await smallPicture(), await readFixture("rocket.jpg")]);
			return ana.uploadForm(`/v1/items/${item.id}/photos`, form, withKey());
		};
		const [first, again] = [await essence(await send()), await essence(await send())];
		expect(again).toEqual(first);
		expect((first.body as { photos: PhotoJson[] }).photos.map(({ order }) => order)).toEqual([9, 10]);
	});

	it("gets the first answer even after the photo was processed, or deleted", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const send = async () => ana.upload("/v1/photos", await smallPicture(), withKey());
		const { photos } = await expectJson<{ photos: PhotoJson[] }>(await send(), 202);
		await worker.deliver(worker.sent[0]?.body);
		expect(await expectJson(await send(), 202)).toEqual({ photos });
		await ana.delete(`/v1/photos/${photos[0]?.id}`);
		expect(await expectJson(await send(), 202)).toEqual({ photos });
		expect((await readStored()).photos).toEqual([]);
	});

	it("that was refused the first time is a new request", async () => {
		const ana = await makeCaller(deployWorker());
		await expectProblem(
			await ana.upload("/v1/photos", await readFixture("truncated.jpg"), withKey()),
			"truncated_image",
		);
		expect((await ana.upload("/v1/photos", await smallPicture(), withKey())).status).toBe(202);
	});

	it("at the same time gives one photo, and the slower leaves no object", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const answers = await Promise.all(
			Array.from({ length: 4 }, async () => ana.upload(`/v1/items/${item.id}/photos`, await smallPicture(), withKey())),
		);
		const essences = await Promise.all(answers.map(essence));
		for (const one of essences) expect(one).toEqual(essences[0]);
		const stored = await readStored();
		expect([stored.photos.length, stored.tasks.length, worker.sent.length]).toEqual([1, 1, 1]);
		await expectOnlyHeldObjects();
	});
});

describe("a repeated item", () => {
	it("is created once, also when asked for twice at once", async () => {
		const ana = await makeCaller(deployWorker());
		const answers = [...(await Promise.all([createItem(ana), createItem(ana)])), await createItem(ana)];
		const [first, ...others] = await Promise.all(answers.map(essence));
		for (const other of others) expect(other).toEqual(first);
		expect((await readStored()).items).toHaveLength(1);
	});
});

describe("a key", () => {
	it("that was used for another request is refused", async () => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		await ana.upload("/v1/photos", await smallPicture(), withKey());
		const before = await readStored();
		for (const path of ["/v1/photos?caption=other", `/v1/items/${item.id}/photos`]) {
			await expectProblem(await ana.upload(path, await smallPicture(), withKey()), "idempotency_key_reused");
		}
		await expectProblem(await createItem(ana), "idempotency_key_reused");
		expect(await readStored()).toEqual(before);
	});

	it("is its owner's: another's equal key is another", async () => {
		const worker = deployWorker();
		const [ana, bob] = [await makeCaller(worker), await makeCaller(worker, { ownerId: "bob" })];
		await createItem(ana);
		await createItem(bob);
		expect((await readStored()).items.map((item) => item.ownerId).sort()).toEqual(["ana", "bob"]);
	});

	it.each(["", "x".repeat(201), "two words", "snowman-\u00e9"])("%j is refused", async (key) => {
		const ana = await makeCaller(deployWorker());
		await expectProblem(await createItem(ana, key), "invalid_request");
		await expectProblem(await ana.upload("/v1/photos", await smallPicture(), withKey(key)), "invalid_request");
		expect(await readStored()).toMatchObject({ items: [], photos: [], objectKeys: [] });
	});

	it("is forgotten after a day", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		await createItem(ana);
		await worker.sweep(Date.now() + 23 * 3_600_000);
		await createItem(ana);
		expect((await readStored()).items).toHaveLength(1);
		await worker.sweep(Date.now() + 25 * 3_600_000);
		await createItem(ana);
		expect((await readStored()).items).toHaveLength(2);
	});
});
