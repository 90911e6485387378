/** `/v1/uploads`: what may be announced, what is promised then, and what it may come to. */
import type { z } from "@hono/zod-openapi";
import { describe, expect, it, vi } from "vitest";
import type { uploadPage } from "../../../src/api/uploads/schemas.ts";
import { type Caller, expectJson, makeCaller } from "../../support/caller.ts";
import { loggedLines } from "../../support/captured-log.ts";
import { type Deployment, deployWorker } from "../../support/deployment.ts";
import { failingBindings } from "../../support/failing-bindings.ts";
import { pngOfSize, smallPicture } from "../../support/fixtures.ts";
import { expectProblem } from "../../support/problems.ts";
import { expectEveryObjectNamed, expectNoTraces, readStored } from "../../support/stored-state.ts";
import {
	type AnnouncedJson,
	announce,
	announcementOf,
	directUploads,
	keyOf,
	putObject,
	readUpload,
	workOff,
} from "../../support/uploads.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const deploy = (changes: Record<string, unknown> = {}) => deployWorker({ ...directUploads, ...changes });

async function put(worker: Deployment, upload: { id: string }): Promise<void> {
	await worker.deliverTogether("uploads", [await putObject(keyOf(upload), await smallPicture())]);
}

const expectNothing = async () => {
	expect((await readStored()).uploads).toEqual([]);
	await expectNoTraces();
};

describe("an announced upload", () => {
	it("is a row, a name for removal and a URL that signs all that will be put", async () => {
		const ana = await makeCaller(deploy());
		const item = await ana.createItem();
		const bytes = await smallPicture();
		const wishes = { item_id: item.id, order: 7, caption: "Front", quality: 80, chroma_subsampling: "4:4:4" };
		const announced = await announce(ana, bytes, wishes);
		expect(announced).toMatchObject({
			photo_id: announced.id,
			item_id: item.id,
			owner_id: "ana",
			state: "expected",
			order: 7,
			caption: "Front",
			bytes: bytes.length,
			task_id: null,
			error: null,
		});
		const { upload } = announced;
		if (!upload) throw new Error("no URL");
		const url = new URL(upload.url);
		expect(`${url.origin}${url.pathname}`).toBe(`${directUploads.R2_BUCKET_URL}/uploads/${announced.id}`);
		expect(url.searchParams.get("X-Amz-Expires")).toMatch(/^(900|899)$/);
		const signed = url.searchParams.get("X-Amz-SignedHeaders")?.split(";");
		expect(signed).toEqual([...Object.keys(upload.headers), "host"].sort());
		expect(upload).toMatchObject({
			method: "PUT",
			headers: {
				"content-length": String(bytes.length),
				"content-type": "image/jpeg",
				"if-none-match": "*",
				"x-amz-checksum-sha256": Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("base64"),
			},
		});
		const stored = await readStored();
		expect(stored.uploads).toMatchObject([
			{ id: announced.id, renditionWishes: { quality: 80, chromaSubsampling: "4:4:4" } },
		]);
		expect(stored.removals).toMatchObject([{ objectKey: keyOf(announced) }]);
		expect((await ana.readItem(item.id)).is_processing_photos).toBe(false);
	});

	it("leaves its URL in no row and no log", async () => {
		const ana = await makeCaller(deploy());
		await announce(ana, await smallPicture(), {}, { "idempotency-key": "once" });
		expect(JSON.stringify(await readStored())).not.toMatch(/X-Amz|secret-access-key/i);
		expect(loggedLines().join()).not.toMatch(/X-Amz|secret-access-key/i);
	});

	it("tells at each step what became of it", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const { id } = await announce(ana, await smallPicture());
		expect(await readUpload(ana, id)).toMatchObject({ state: "expected" });
		await put(worker, { id });
		const receiving = await readUpload(ana, id);
		expect(receiving).toMatchObject({ state: "receiving", task_id: expect.any(String) });
		await workOff(worker);
		expect(await readUpload(ana, id)).toMatchObject({ state: "received", photo_id: id, error: null });
		expect(await ana.readPhoto(id)).toMatchObject({ state: "processed", owner_id: "ana", item_id: null });
	});
});

describe("what is refused, and leaves nothing", () => {
	it.each([
		["no bytes", { bytes: 0 }],
		["half a byte", { bytes: 1.5 }],
		["another type", { type: "image/heic" }],
		["a sum that is none", { sha256: "x" }],
		["a sum in base64", { sha256: "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=" }],
		["an unknown field", { url: "https://example.com" }],
		["an order below zero", { order: -1 }],
		["too low a quality", { quality: 1 }],
		["a width beyond the deployment's", { max_width: 2000 }],
	])("%s", async (_, fault) => {
		const ana = await makeCaller(deploy({ RENDITION_MAX_WIDTH: "1000" }));
		const body = await announcementOf(await smallPicture(), fault);
		await expectProblem(await ana.json("POST", "/v1/uploads", body), "invalid_request");
		await expectNothing();
	});

	it("more bytes than a picture may have", async () => {
		const ana = await makeCaller(deploy({ MAX_UPLOAD_MIB: "1" }));
		const body = await announcementOf(await smallPicture(), { bytes: 1024 * 1024 + 1 });
		const problem = await expectProblem(await ana.json("POST", "/v1/uploads", body), "body_too_large");
		expect(problem.max_bytes).toBe(1024 * 1024);
		await expectNothing();
	});

	it("an item that is another's, or not there", async () => {
		const worker = deploy();
		const bob = await makeCaller(worker, { ownerId: "bob" });
		const { id } = await bob.createItem();
		const ana = await makeCaller(worker);
		for (const item_id of [id, "unknown"]) {
			const body = await announcementOf(await smallPicture(), { item_id });
			await expectProblem(await ana.json("POST", "/v1/uploads", body), "not_found");
		}
		await expectNothing();
	});

	it("anything, where no bucket is configured, saying where to read how", async () => {
		const ana = await makeCaller(deployWorker());
		const response = await ana.json("POST", "/v1/uploads", await announcementOf(await smallPicture()));
		const { detail } = await expectProblem(response, "direct_uploads_not_configured");
		expect(detail).toContain("docs/deploy.md");
	});

	it("an item that is deleted while it is announced", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const { id } = await ana.createItem();
		const { env } = failingBindings(worker.env, async (call) => {
			if (call === "DB.batch") await worker.env.DB.prepare("DELETE FROM items").run();
			return false;
		});
		const body = await announcementOf(await smallPicture(), { item_id: id });
		await expectProblem(await ana.at(deploy(env)).json("POST", "/v1/uploads", body), "not_found");
		await expectNothing();
	});
});

it("an administrator's upload to another's item is its owner's, and counts for them", async () => {
	const worker = deploy();
	const ana = await makeCaller(worker);
	const { id: item_id } = await ana.createItem();
	const admin = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
	const { id, owner_id } = await announce(admin, await smallPicture(), { item_id });
	expect(owner_id).toBe("ana");
	expect(await readUpload(ana, id)).toMatchObject({ item_id });
});

describe("the owner's quota", () => {
	const askMany = async (caller: Caller, count: number) => {
		const body = await announcementOf(await smallPicture(), { bytes: 300_000 });
		return Promise.all(Array.from({ length: count }, () => caller.json("POST", "/v1/uploads", body)));
	};

	it("of bytes holds against twenty at once", async () => {
		const ana = await makeCaller(deploy({ UPLOAD_QUOTA_MB: "2" }));
		const responses = await askMany(ana, 20);
		expect(responses.filter(({ status }) => status === 201)).toHaveLength(6);
		for (const response of responses.filter(({ status }) => status !== 201)) {
			const problem = await expectProblem(response, "upload_quota_exceeded");
			expect(problem).toMatchObject({ used_bytes: 1_800_000, max_bytes: 2_000_000, used_photos: 6 });
		}
		const { uploads, removals } = await readStored();
		expect([uploads.length, removals.length]).toEqual([6, 6]);
	});

	it("of photos holds against twenty at once, and photos that are there count", async () => {
		const ana = await makeCaller(deploy({ UPLOAD_QUOTA_PHOTOS: "5" }));
		await ana.createPhoto();
		const responses = await askMany(ana, 20);
		expect(responses.filter(({ status }) => status === 201)).toHaveLength(4);
		const bob = await makeCaller(deploy({ UPLOAD_QUOTA_PHOTOS: "5" }), { ownerId: "bob" });
		await announce(bob, await smallPicture());
	});

	it("is free again for what was given up, failed or deleted, and not for what became a photo", async () => {
		const worker = deploy({ UPLOAD_QUOTA_PHOTOS: "1" });
		const ana = await makeCaller(worker);
		const refused = async () =>
			expectProblem(
				await ana.json("POST", "/v1/uploads", await announcementOf(await smallPicture())),
				"upload_quota_exceeded",
			);
		const first = await announce(ana, await smallPicture());
		await refused();
		expect((await ana.delete(`/v1/uploads/${first.id}`)).status).toBe(204);
		await announce(ana, await smallPicture());
		await worker.sweep(Date.now() + HOUR_MS);
		const third = await announce(ana, await smallPicture());
		await put(worker, third);
		await workOff(worker);
		await refused();
		expect((await ana.delete(`/v1/photos/${third.id}`)).status).toBe(204);
		await announce(ana, await smallPicture());
	});
});

describe("the list of open uploads", () => {
	const list = async (caller: Caller, query = "") =>
		expectJson<z.infer<typeof uploadPage>>(await caller.get(`/v1/uploads${query}`));

	it("names what may be given up and what of the quota is used, page by page", async () => {
		const worker = deploy({ UPLOAD_QUOTA_PHOTOS: "9", UPLOAD_QUOTA_MB: "2" });
		const ana = await makeCaller(worker);
		expect(await list(ana)).toEqual({
			uploads: [],
			next_cursor: null,
			usage: { owner_id: "ana", photos: 0, bytes: 0, max_photos: 9, max_bytes: 2_000_000 },
		});
		const bytes = await smallPicture();
		const announced: AnnouncedJson[] = [];
		for (let count = 0; count < 3; count++) announced.push(await announce(ana, bytes));
		const [oldest, middle, newest] = announced as [AnnouncedJson, AnnouncedJson, AnnouncedJson];
		const first = await list(ana, "?limit=2");
		expect(first.uploads).toEqual([newest, middle].map(({ upload: _, ...told }) => told));
		expect(first.usage).toMatchObject({ photos: 3, bytes: 3 * bytes.length });
		const second = await list(ana, `?limit=2&cursor=${first.next_cursor}`);
		expect(second).toMatchObject({ uploads: [{ id: oldest.id }], next_cursor: null, usage: first.usage });
		await put(worker, middle);
		await workOff(worker);
		await ana.delete(`/v1/uploads/${newest.id}`);
		expect(await list(ana)).toMatchObject({ uploads: [{ id: oldest.id }], usage: { photos: 2 } });
	});

	it("shows no other owner's, but to the administrator who names the owner", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const { id } = await announce(ana, await smallPicture());
		const bob = await makeCaller(worker, { ownerId: "bob" });
		expect(await list(bob)).toMatchObject({ uploads: [], usage: { owner_id: "bob", photos: 0 } });
		await expectProblem(await bob.get("/v1/uploads?owner_id=ana"), "insufficient_scope");
		const operator = await makeCaller(worker, { ownerId: "operator", scopes: ["admin"] });
		expect(await list(operator)).toMatchObject({ uploads: [] });
		expect(await list(operator, "?owner_id=ana")).toMatchObject({ uploads: [{ id }], usage: { photos: 1 } });
	});

	it("tells what lies in inboxes where no uploads can be announced", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		await worker.deliverTogether("uploads", [await putObject(`inbox/${item.id}/front.jpg`, await smallPicture())]);
		expect(await list(ana)).toMatchObject({
			uploads: [{ item_id: item.id, state: "receiving", sha256: null }],
			usage: { photos: 1, max_photos: null, max_bytes: null },
		});
	});
});

describe("an announcement that is repeated with its Idempotency-Key", () => {
	const key = { "idempotency-key": "front-picture" };

	it("is answered with the same upload, and a URL that is still good", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const ana = await makeCaller(deploy());
		const first = await announce(ana, await smallPicture(), {}, key);
		vi.setSystemTime(Date.now() + 10 * MINUTE_MS);
		const response = await ana.json("POST", "/v1/uploads", await announcementOf(await smallPicture()), key);
		expect(response.headers.get("idempotent-replayed")).toBe("true");
		expect(response.headers.get("location")).toBe(`/v1/uploads/${first.id}`);
		const again = await expectJson<AnnouncedJson>(response, 201);
		expect(again).toEqual({ ...first, upload: { ...first.upload, url: expect.any(String) } });
		const url = new URL(again.upload?.url ?? "");
		expect(url.searchParams.get("X-Amz-Expires")).toBe("300");
		expect((await readStored()).uploads).toHaveLength(1);
	});

	it("gets no URL once it expired or is being received, and is told what became of it", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const worker = deploy();
		const ana = await makeCaller(worker);
		const { id } = await announce(ana, await smallPicture(), {}, key);
		vi.setSystemTime(Date.now() + 15 * MINUTE_MS);
		expect(await announce(ana, await smallPicture(), {}, key)).toMatchObject({ id, state: "expected", upload: null });
		await put(worker, { id });
		await workOff(worker);
		expect(await announce(ana, await smallPicture(), {}, key)).toMatchObject({ id, state: "received", upload: null });
	});

	it("is told that the upload was given up", async () => {
		const ana = await makeCaller(deploy());
		const { id } = await announce(ana, await smallPicture(), {}, key);
		await ana.delete(`/v1/uploads/${id}`);
		const response = await ana.json("POST", "/v1/uploads", await announcementOf(await smallPicture()), key);
		await expectProblem(response, "not_found");
	});

	it("makes one upload of twenty at once, though the quota has room for one only", async () => {
		const ana = await makeCaller(deploy({ UPLOAD_QUOTA_PHOTOS: "1" }));
		const bytes = await smallPicture();
		const answers = await Promise.all(Array.from({ length: 20 }, () => announce(ana, bytes, {}, key)));
		expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
		expect((await readStored()).uploads).toHaveLength(1);
	});

	it("is not bound to an announcement that was refused", async () => {
		const ana = await makeCaller(deploy({ UPLOAD_QUOTA_MB: "1" }));
		const body = await announcementOf(pngOfSize(1_000_001), { type: "image/png" });
		await expectProblem(await ana.json("POST", "/v1/uploads", body, key), "upload_quota_exceeded");
		await announce(ana, await smallPicture(), {}, key);
	});
});

describe("an upload that is given up", () => {
	it("is gone with its object, and one that is put later goes by itself", async () => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const upload = await announce(ana, await smallPicture());
		const event = await putObject(keyOf(upload), await smallPicture());
		expect((await ana.delete(`/v1/uploads/${upload.id}`)).status).toBe(204);
		await expectProblem(await ana.get(`/v1/uploads/${upload.id}`), "not_found");
		expect((await readStored()).objectKeys).toEqual([]);
		await putObject(keyOf(upload), await smallPicture());
		await worker.deliverTogether("uploads", [event]);
		await expectEveryObjectNamed();
		await worker.sweep(Date.now() + 2 * HOUR_MS);
		await expectNoTraces();
	});

	it.each(["receiving", "received"])("is not given up when it is %s", async (state) => {
		const worker = deploy();
		const ana = await makeCaller(worker);
		const upload = await announce(ana, await smallPicture());
		await put(worker, upload);
		if (state === "received") await workOff(worker);
		await expectProblem(await ana.delete(`/v1/uploads/${upload.id}`), "conflict");
		await workOff(worker);
		expect((await ana.readPhoto(upload.id)).state).toBe("processed");
	});
});
