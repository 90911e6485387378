/** What a photo's page tells: of work that is done, being done again, not done yet, or never to be done. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { listPhotos } from "../../src/db/photo-lists.ts";
import { imports, photos } from "../../src/db/schema.ts";
import { makeCaller } from "../support/caller.ts";
import { sessionSecret, signIn } from "../support/dashboard.ts";
import { deployWorker } from "../support/deployment.ts";
import { pngClaiming } from "../support/fixtures.ts";
import { expectNoScans } from "../support/query-plans.ts";
import { workOff } from "../support/uploads.ts";

const db = openDatabase(env.DB);

async function begin() {
	const worker = deployWorker({ SESSION_SECRET: sessionSecret });
	const [browser, caller] = [await signIn(worker), await makeCaller(worker, { ownerId: "ana" })];
	const { id: itemId } = await caller.createItem();
	return { worker, browser, caller, itemId };
}

const isFollowed = (page: string) => /id="photo"[^>]*hx-get/.test(page);
const picturesOf = (page: string) => /id="(pictures-[^"]+)"/.exec(page)?.[1];
const makeAgain = /Make the AVIF again<\/button>/;

it("a photo whose AVIF is made again tells of the one that is shown, and is followed until the new one is", async () => {
	const { worker, browser, caller, itemId } = await begin();
	const { id } = await caller.createPhoto(itemId);
	const path = `/dashboard/photos/${id}`;
	const waiting = await browser.read(path);
	expect(isFollowed(waiting)).toBe(true);
	expect(waiting).not.toMatch(makeAgain);
	await workOff(worker);
	const made = await browser.read(path);
	expect(isFollowed(made)).toBe(false);
	expect(made).toMatch(makeAgain);

	// As if the photo had asked for something else, so that another AVIF comes of it.
	await db.update(photos).set({ renditionWishes: { quality: 40 } });
	await browser.submit(`${path}/process`);
	const again = await browser.read(path);
	expect(isFollowed(again)).toBe(true);
	expect(again).not.toMatch(makeAgain);
	expect(again).toContain("being made again");
	for (const fact of ["Time of each step", "Memory measured"]) expect(again).toContain(fact);
	expect(picturesOf(again)).toBe(picturesOf(made));

	await workOff(worker);
	const remade = await browser.read(path);
	expect(isFollowed(remade)).toBe(false);
	expect(remade).toMatch(makeAgain);
	// What htmx is told to leave as it is must not have the same name.
	expect(picturesOf(remade)).not.toBe(picturesOf(made));
});

it("a photo of no item whose AVIF is made again tells of the one that is shown too", async () => {
	const { worker, browser, caller } = await begin();
	const { id } = await caller.createPhoto();
	await workOff(worker);
	await browser.submit(`/dashboard/photos/${id}/process`);
	expect(await browser.read(`/dashboard/photos/${id}`)).toContain("Memory measured");
});

it("what is not processed yet has its plan foretold, and what would not fit is told in words", async () => {
	const { browser, caller } = await begin();
	const fits = await browser.read(`/dashboard/photos/${(await caller.createPhoto()).id}`);
	for (const fact of ["Its plan, foretold", "96 × 64 pixels", "one piece", "Memory foretold"])
		expect(fits).toContain(fact);
	const { id } = await caller.createPhoto(undefined, pngClaiming(30_000, 30_000));
	const huge = await browser.read(`/dashboard/photos/${id}`);
	expect(huge).toMatch(/It would be refused.*900\.0 megapixels/s);
});

it("a photo that came by import names its source", async () => {
	const { browser, caller, itemId } = await begin();
	const { id } = await caller.createPhoto(itemId);
	const url = "https://cdn.example/shirt.jpg?size=<b>";
	const moments = { createdAt: 1, requestedAt: 1, updatedAt: 1 };
	await db
		.insert(imports)
		.values({ id: "import", itemId, ownerId: "ana", url, state: "imported", taskId: "task", photoId: id, ...moments });
	const page = await browser.read(`/dashboard/photos/${id}`);
	expect(page).toContain("Imported from");
	expect(page).toContain("cdn.example");
	expect(page).toContain("size=&lt;b&gt;");
});

it("each fact has a name of its own, and places are counted from 1", async () => {
	const { worker, browser, caller, itemId } = await begin();
	const { id } = await caller.createPhoto(itemId);
	await workOff(worker);
	const names = [...(await browser.read(`/dashboard/photos/${id}`)).matchAll(/<dt>([^<]*)<\/dt><dd>([^<]*)/g)];
	expect(new Set(names.map(([, name]) => name)).size).toBe(names.length);
	expect(names.find(([, name]) => name === "Place in the item")?.[2]).toBe("1");
});

it("the list shows the photos of one item, along its index", async () => {
	const { browser, caller, itemId } = await begin();
	const inside = (await caller.createPhoto(itemId)).id;
	const outside = (await caller.createPhoto()).id;
	const page = await browser.read(`/dashboard/photos?item_id=${itemId}`);
	expect(page).toContain(`/dashboard/photos/${inside}`);
	expect(page).not.toContain(`/dashboard/photos/${outside}`);
	await expectNoScans((database) => listPhotos(database, { itemId, state: "processed" }, { limit: 24 }));
});
