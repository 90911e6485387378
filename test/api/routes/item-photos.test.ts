/** An item's photos together: attaching and ordering. Uploading is told in test/api/uploads. */
import { describe, expect, it } from "vitest";
import { type Caller, expectJson, makeCaller, type PhotoJson } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { interrupted } from "../../support/failing-bindings.ts";
import { expectProblem } from "../../support/problems.ts";
import { readStored } from "../../support/stored-state.ts";

const attach = (caller: Caller, itemId: string, photoIds: unknown) =>
	caller.json("POST", `/v1/items/${itemId}/photos/attach`, { photo_ids: photoIds });
const order = (caller: Caller, itemId: string, photoIds: unknown) =>
	caller.json("PUT", `/v1/items/${itemId}/photos/order`, { photo_ids: photoIds });
const idsOf = async (response: Response) => {
	const { photos } = await expectJson<{ photos: PhotoJson[] }>(response);
	return photos.map(({ id }) => id);
};

describe("attaching", () => {
	it("puts photos in the wished order and the item's others behind them", async () => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		const there = [await ana.createPhoto(item.id), await ana.createPhoto(item.id)].map(({ id }) => id);
		const loose = [await ana.createPhoto(), await ana.createPhoto(), await ana.createPhoto()].map(({ id }) => id);
		const wished = [loose[2], there[1], loose[0], loose[1]];
		expect(await idsOf(await attach(ana, item.id, wished))).toEqual([...wished, there[0]]);
		const { photos } = await ana.readItem(item.id);
		expect(photos.map(({ id }) => id)).toEqual([...wished, there[0]]);
		expect(new Set(photos.map((photo) => photo.order)).size).toBe(5);
		expect((await ana.readTask(photos[0]?.task_id ?? "")).item_id).toBe(item.id);
	});

	it("makes the item wait for photos in work, and not for processed ones", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const [done, waiting] = [await ana.createPhoto(), await ana.createPhoto()];
		await worker.deliver({ task_id: done.task_id });
		await attach(ana, item.id, [done.id]);
		expect((await ana.readProcessing(item.id)).is_processing).toBe(false);
		await attach(ana, item.id, [waiting.id]);
		expect((await ana.readProcessing(item.id)).is_processing).toBe(true);
		await worker.deliver({ task_id: waiting.task_id });
		expect((await ana.readProcessing(item.id)).is_processing).toBe(false);
	});

	it("a second call changes nothing but what it says", async () => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		const ids = [(await ana.createPhoto()).id, (await ana.createPhoto()).id];
		const other = (await ana.createPhoto(item.id)).id;
		await attach(ana, item.id, ids);
		expect(await idsOf(await attach(ana, item.id, ids))).toEqual([...ids, other]);
		expect((await readStored()).photos).toHaveLength(3);
	});

	it("repeated, leaves the places of the others as they are", async () => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		const others = [];
		for (const order of [0, 1, 1, 40]) others.push((await ana.createPhoto(item.id, undefined, `?order=${order}`)).id);
		const ids = [(await ana.createPhoto()).id, (await ana.createPhoto()).id, (await ana.createPhoto()).id];
		await attach(ana, item.id, ids);
		const once = (await readStored()).photos.map(({ id, order }) => [id, order]);
		expect((await ana.readItem(item.id)).photos.map(({ id }) => id)).toEqual([...ids, ...others]);
		await attach(ana, item.id, ids);
		expect((await readStored()).photos.map(({ id, order }) => [id, order])).toEqual(once);
	});

	it("to an item that is deleted at that very moment is told so", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const photo = await ana.createPhoto();
		const remove = () => ana.delete(`/v1/items/${item.id}`);
		const late = ana.at(deployWorker(interrupted(worker.env, "DB.batch", remove)));
		await expectProblem(await attach(late, item.id, [photo.id]), "not_found");
		expect((await ana.readPhoto(photo.id)).item_id).toBeNull();
	});

	it("attaches all or none", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const bob = await makeCaller(worker, { ownerId: "bob" });
		const item = await ana.createItem();
		const kept = await ana.createPhoto(item.id);
		const mine = await ana.createPhoto();
		const ofAnotherItem = await ana.createPhoto((await ana.createItem()).id);
		const foreign = await bob.createPhoto();
		const before = await readStored();
		for (const id of ["unknown", foreign.id, ofAnotherItem.id]) {
			const { detail } = await expectProblem(await attach(ana, item.id, [mine.id, id, kept.id]), "conflict");
			expect(detail).toMatch(/^Nothing was attached/);
			expect(await readStored()).toEqual(before);
		}
	});

	it("an administrator attaches only the item owner's photos", async () => {
		const worker = deployWorker();
		const [ana, bob] = [await makeCaller(worker), await makeCaller(worker, { ownerId: "bob" })];
		const admin = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
		const item = await ana.createItem();
		const [hers, his] = [await ana.createPhoto(), await bob.createPhoto()];
		await expectProblem(await attach(admin, item.id, [hers.id, his.id]), "conflict");
		expect(await idsOf(await attach(admin, item.id, [hers.id]))).toEqual([hers.id]);
	});

	it("takes more photos than D1 binds parameters", async () => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		const { id } = await ana.createPhoto();
		const many = Array.from({ length: 400 }, (_, n) => `unknown-${n}`);
		await expectProblem(await attach(ana, item.id, [id, ...many]), "conflict");
	});
});

describe.each([
	["attaching", attach],
	["ordering", order],
])("%s refuses", (_, call) => {
	it.each([
		["no photo", []],
		["a photo named twice", ["a", "a"]],
		["more than 500", Array.from({ length: 501 }, (_, n) => `${n}`)],
		["what is no list", "a"],
		["what are no ids", [1, 2]],
	])("%s", async (_, ids) => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		await expectProblem(await call(ana, item.id, ids), "invalid_request");
	});
});

describe("ordering", () => {
	it("puts an item's photos in exactly the order given", async () => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		const ids: string[] = [];
		for (let n = 0; n < 4; n++) ids.push((await ana.createPhoto(item.id)).id);
		const wished = [ids[3], ids[0], ids[2], ids[1]];
		expect(await idsOf(await order(ana, item.id, wished))).toEqual(wished);
		expect((await ana.readItem(item.id)).photos.map((photo) => [photo.id, photo.order])).toEqual(
			wished.map((id, index) => [id, index]),
		);
	});

	it("refuses a list with one photo too few, too many or another's, and changes nothing", async () => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		const [one, two] = [(await ana.createPhoto(item.id)).id, (await ana.createPhoto(item.id)).id];
		const loose = (await ana.createPhoto()).id;
		const before = await readStored();
		for (const list of [[one], [one, two, loose], [two, loose], ["unknown", one]]) {
			await expectProblem(await order(ana, item.id, list), "conflict");
			expect(await readStored()).toEqual(before);
		}
	});
});
