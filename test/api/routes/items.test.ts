import { describe, expect, it } from "vitest";
import { type Caller, expectJson, type ItemJson, makeCaller } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { expectProblem } from "../../support/problems.ts";
import { expectOnlyHeldObjects, readStored } from "../../support/stored-state.ts";

interface Page {
	items: ItemJson[];
	next_cursor: string | null;
}

describe("creating", () => {
	it("an item is answered as it is found afterwards", async () => {
		const ana = await makeCaller(deployWorker());
		const response = await ana.json("POST", "/v1/items", { type: "jersey", name: "  Home 1998  " });
		const location = response.headers.get("location");
		const item = await expectJson<ItemJson>(response, 201);
		expect(item).toMatchObject({ type: "jersey", name: "Home 1998", owner_id: "ana", is_processing_photos: false });
		expect(location).toBe(`/v1/items/${item.id}`);
		expect(await ana.readItem(item.id)).toEqual({ ...item, photos: [] });
	});

	it.each([
		["no type", { name: "x" }, "type"],
		["an unknown type", { type: "boots", name: "x" }, "type"],
		["no name", { type: "jersey" }, "name"],
		["a blank name", { type: "jersey", name: "   " }, "name"],
		["a name that is too long", { type: "jersey", name: "x".repeat(201) }, "name"],
		["a list", [], ""],
	])("%s is refused, naming the field", async (_, body, field) => {
		const ana = await makeCaller(deployWorker());
		const { faults } = await expectProblem(await ana.json("POST", "/v1/items", body), "invalid_request");
		expect(faults).toContainEqual(expect.objectContaining({ field }));
		expect((await readStored()).items).toEqual([]);
	});

	it("only an administrator creates items for others", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const admin = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
		const wish = { type: "pants", name: "x", owner_id: "bob" };
		await expectProblem(await ana.json("POST", "/v1/items", wish), "insufficient_scope");
		expect((await admin.createItem(wish)).owner_id).toBe("bob");
		expect((await ana.createItem({ owner_id: "ana" })).owner_id).toBe("ana");
	});
});

describe("pages", () => {
	const readPages = async (caller: Caller, limit: number, onPage?: () => Promise<unknown>) => {
		const pages: ItemJson[][] = [];
		for (let cursor: string | null | undefined; cursor !== null; ) {
			const query = cursor === undefined ? "" : `&cursor=${cursor}`;
			const page: Page = await expectJson(await caller.get(`/v1/items?limit=${limit}${query}`));
			pages.push(page.items);
			cursor = page.next_cursor;
			await onPage?.();
		}
		return pages;
	};

	it("show each item once, newest first, and end", async () => {
		const ana = await makeCaller(deployWorker());
		const created: string[] = [];
		for (let n = 0; n < 7; n++) created.push((await ana.createItem({ name: `Shirt ${n}` })).id);
		const pages = await readPages(ana, 3);
		expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
		expect(pages.flat().map(({ id }) => id)).toEqual(created.reverse());
	});

	it("a full last page says that it is the last", async () => {
		const ana = await makeCaller(deployWorker());
		for (let n = 0; n < 4; n++) await ana.createItem();
		expect((await readPages(ana, 2)).map((page) => page.length)).toEqual([2, 2]);
	});

	it("stay as they are while items come and go", async () => {
		const ana = await makeCaller(deployWorker());
		const created: string[] = [];
		for (let n = 0; n < 6; n++) created.push((await ana.createItem()).id);
		let isFirst = true;
		const pages = await readPages(ana, 2, async () => {
			if (isFirst) {
				await ana.createItem({ name: "a newer one" });
				await ana.delete(`/v1/items/${created[4]}`); // the cursor itself
			}
			isFirst = false;
		});
		expect(pages.flat().map(({ id }) => id)).toEqual(created.toReversed());
	});

	it("hold the token owner's items only; none at all is an empty page", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const bob = await makeCaller(worker, { ownerId: "bob" });
		await ana.createItem();
		expect(await expectJson(await bob.get("/v1/items"))).toEqual({ items: [], next_cursor: null });
	});

	it.each(["limit=0", "limit=101", "limit=many", `cursor=${"x".repeat(65)}`, "cursor=zzz"])(
		"%s is refused",
		async (query) => {
			const ana = await makeCaller(deployWorker());
			await expectProblem(await ana.get(`/v1/items?${query}`), "invalid_request");
		},
	);
});

describe("changing", () => {
	it("changes what is named and nothing else", async () => {
		const ana = await makeCaller(deployWorker());
		const { id } = await ana.createItem();
		expect(await expectJson(await ana.json("PATCH", `/v1/items/${id}`, { type: "shorts" }))).toMatchObject({
			type: "shorts",
			name: "Home 1998",
		});
		expect(await expectJson(await ana.json("PATCH", `/v1/items/${id}`, { name: "Away" }))).toMatchObject({
			type: "shorts",
			name: "Away",
		});
	});

	it.each([{}, { owner_id: "bob" }, { name: "" }, { type: null }])("%j is refused", async (changes) => {
		const ana = await makeCaller(deployWorker());
		const { id, updated_at } = await ana.createItem();
		await expectProblem(await ana.json("PATCH", `/v1/items/${id}`, changes), "invalid_request");
		expect((await ana.readItem(id)).updated_at).toBe(updated_at);
	});
});

describe("deleting", () => {
	it("takes the photos, their objects and their waiting work along", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const { id } = await ana.createItem();
		const processed = await ana.createPhoto(id);
		await worker.deliver({ task_id: processed.task_id });
		const waiting = await ana.createPhoto(id);
		const elsewhere = await ana.createPhoto();
		expect((await ana.delete(`/v1/items/${id}`)).status).toBe(204);
		const stored = await readStored();
		expect(stored.items).toEqual([]);
		expect(stored.photos.map((photo) => photo.id)).toEqual([elsewhere.id]);
		expect(stored.objectKeys).toEqual([stored.photos[0]?.originalKey]);
		expect((await ana.readTask(processed.task_id)).state).toBe("succeeded");
		expect((await ana.readTask(waiting.task_id)).state).toBe("cancelled");
		await expectProblem(await ana.get(`/v1/items/${id}`), "not_found");
		await expectProblem(await ana.delete(`/v1/items/${id}`), "not_found");
	});

	it("a message that is still under way finds nothing to do", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const { id } = await ana.createItem();
		const { task_id } = await ana.createPhoto(id);
		await ana.delete(`/v1/items/${id}`);
		expect(await worker.deliver({ task_id })).toEqual({ isAcknowledged: true, retries: [] });
		expect(await ana.readTask(task_id)).toMatchObject({ state: "cancelled", attempt_count: 0 });
		await worker.sweep(Date.now() + 3_600_000);
		await expectOnlyHeldObjects();
	});
});
