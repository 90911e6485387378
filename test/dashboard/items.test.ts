/** An item's page, however much there is of it. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { readItemContents } from "../../src/db/item-contents.ts";
import { makeCaller } from "../support/caller.ts";
import { sessionSecret, signIn } from "../support/dashboard.ts";
import { deployWorker } from "../support/deployment.ts";
import { smallPicture } from "../support/fixtures.ts";
import { countRowsRead, expectNoScans } from "../support/query-plans.ts";
import { announce, directUploads } from "../support/uploads.ts";

async function begin() {
	const worker = deployWorker({ SESSION_SECRET: sessionSecret, ...directUploads });
	const [browser, caller] = [await signIn(worker), await makeCaller(worker, { ownerId: "ana" })];
	const { id } = await caller.createItem();
	return { browser, caller, id, path: `/dashboard/items/${id}` };
}

/** Rows of photos, of which every tenth failed, in the order of their numbers. */
const plantPhotos = (itemId: string, count: number) =>
	env.DB.prepare(
		`WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2 - 1)
		INSERT INTO photos (id, item_id, owner_id, "order", state, original_key, original_sha256, original_type, original_bytes,
			task_id, created_at, updated_at)
		SELECT printf('photo-%05d', n), ?1, 'ana', n, CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'processed' END, 'key', 'sha', 'image/jpeg', 100,
			'task', 1, 1 FROM numbers`,
	)
		.bind(itemId, count)
		.run();

const plantImports = (itemId: string, count: number) =>
	env.DB.prepare(
		`WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2 - 1)
		INSERT INTO imports (id, item_id, owner_id, url, state, task_id, created_at, requested_at, updated_at)
		SELECT printf('import-%05d', n), ?1, 'ana', 'https://cdn.example/' || n, 'failed', 'task', 1, 1, 1 FROM numbers`,
	)
		.bind(itemId, count)
		.run();

const photosIn = (page: string) => [...page.matchAll(/id="photo-(photo-\d+)"/g)].map(([, id]) => id);
const importsIn = (page: string) => [...page.matchAll(/id="import-(import-\d+)"/g)].map(([, id]) => id);

/** Every page of a list, by the links that lead on. */
async function walk(read: (path: string) => Promise<string>, path: string, label: string): Promise<string[]> {
	const pages: string[] = [];
	for (let next: string | undefined = path; next !== undefined; ) {
		const page = await read(next);
		pages.push(page);
		next = new RegExp(`<a href="([^"]+)"[^>]*>${label}</a>`).exec(page)?.[1]?.replaceAll("&amp;", "&");
	}
	return pages;
}

it("of many photos and imports a part is shown, with the way to the others, and all are counted", async () => {
	const { browser, id, path } = await begin();
	await plantPhotos(id, 250);
	await plantImports(id, 120);
	const read = (address: string) => browser.read(address);
	const ofPhotos = await walk(read, path, "More photos");
	expect(ofPhotos).toHaveLength(3);
	const numbers = Array.from({ length: 250 }, (_, n) => `photo-${String(n).padStart(5, "0")}`);
	expect(ofPhotos.flatMap(photosIn)).toEqual(numbers);
	expect(ofPhotos[0]).toMatch(/Photos<\/dt><dd>250<.*Of them failed<\/dt><dd>25</s);
	const ofImports = await walk(read, path, "Older imports");
	expect(ofImports.flatMap(importsIn)).toHaveLength(120);
	expect(new Set(ofImports.flatMap(importsIn)).size).toBe(120);
	expect(importsIn(ofImports[0] ?? "")[0]).toBe("import-00119");
	expect(await browser.read(`${path}/delete`)).toContain("250 photos go");
});

it("of one photo too many nothing is said that would be wrong, and what is read is bounded", async () => {
	const { browser, id, path } = await begin();
	await plantPhotos(id, 10_001);
	expect(await browser.read(path)).toMatch(/Photos<\/dt><dd>10,000\+</);
	const places = { photosAfter: { order: 9_000, id: "photo-09000" }, importsBefore: undefined };
	await expectNoScans((db) => readItemContents(db, id, places));
	expect(await countRowsRead((db) => readItemContents(db, id, places))).toBeLessThan(31_000);
});

it("an upload that was announced is shown before it arrives, and when it failed", async () => {
	const { browser, caller, id, path } = await begin();
	expect(await browser.read(path)).not.toContain("Direct uploads");
	const announced = await announce(caller, await smallPicture(), { item_id: id });
	const expected = await browser.read(path);
	expect(expected).toContain("Direct uploads");
	expect(expected).toMatch(new RegExp(`id="upload-${announced.id}".*expected`, "s"));
	await env.DB.prepare(`UPDATE uploads SET state = 'failed', error = '{"code":"checksum","detail":"<i>No</i>"}'`).run();
	expect(await browser.read(path)).toContain("&lt;i&gt;No&lt;/i&gt;");
});

it("a cursor that nobody made shows the beginning", async () => {
	const { browser, id, path } = await begin();
	await plantPhotos(id, 2);
	expect(photosIn(await browser.read(`${path}?photos=%27--`))).toHaveLength(2);
});
