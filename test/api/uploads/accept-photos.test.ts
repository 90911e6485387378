/** Uploads that are as they should be. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { formOf, inPieces } from "../../support/bodies.ts";
import { expectJson, makeCaller, type PhotoJson } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { joinBytes, pngOfSize, readFixture, sha256Hex, smallPicture } from "../../support/fixtures.ts";
import { expectOnlyHeldObjects, readStored } from "../../support/stored-state.ts";

interface Photos {
	photos: PhotoJson[];
}

describe("a raw body", () => {
	it("becomes a photo with its task, its original and its message", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		const response = await ana.upload(`/v1/items/${item.id}/photos?caption=Front`, await smallPicture());
		const location = response.headers.get("location");
		const { photos } = await expectJson<Photos>(response, 202);
		const [photo] = photos as [PhotoJson];
		expect(photos).toHaveLength(1);
		expect(location).toBe(`/v1/photos/${photo.id}`);
		expect(photo).toMatchObject({ item_id: item.id, order: 0, caption: "Front", state: "processing" });
		expect(await ana.readPhoto(photo.id)).toEqual(photo);
		expect(await ana.readTask(photo.task_id)).toMatchObject({
			name: "process_photo_to_avif",
			state: "sent",
			arguments: { photo_id: photo.id },
			item_id: item.id,
			photo_id: photo.id,
			attempt_count: 0,
			attempts: [],
		});
		expect(worker.sent).toEqual([{ queue: "photos", body: { task_id: photo.task_id }, delaySeconds: 0 }]);
		expect((await ana.readItem(item.id)).is_processing_photos).toBe(true);
		await expectOnlyHeldObjects();
	});

	it.each([
		["rocket.jpg", "image/jpeg", "jpg"],
		["chelsea.png", "image/png", "png"],
	])("%s is kept byte for byte under its hash", async (name, type, extension) => {
		const ana = await makeCaller(deployWorker());
		const bytes = await readFixture(name);
		const sha256 = await sha256Hex(bytes);
		const { id, original } = await ana.createPhoto(undefined, bytes);
		expect(original).toMatchObject({ type, sha256, bytes: bytes.length });
		const [photo] = (await readStored()).photos;
		expect(photo?.originalKey).toBe(`originals/${id}/${sha256}.${extension}`);
		const object = await env.MEDIA.get(photo?.originalKey ?? "");
		expect(object?.httpMetadata?.contentType).toBe(type);
		expect(await sha256Hex((await object?.arrayBuffer()) ?? new ArrayBuffer())).toBe(sha256);
	});

	it.each([1, 3, 1000, 200_000])("arrives whole in pieces of %i bytes without a length", async (pieceBytes) => {
		const ana = await makeCaller(deployWorker());
		const bytes = pieceBytes < 100 ? await smallPicture() : await readFixture("rocket.jpg");
		const response = await ana.send("POST", "/v1/photos", inPieces(bytes, pieceBytes), { "content-type": "image/png" });
		const { photos } = await expectJson<Photos>(response, 202);
		expect(photos[0]?.original).toMatchObject({ type: "image/jpeg", sha256: await sha256Hex(bytes) });
		await expectOnlyHeldObjects();
	});

	it("of exactly the largest size is taken", async () => {
		const ana = await makeCaller(deployWorker({ MAX_UPLOAD_MIB: "1" }));
		const bytes = pngOfSize(1024 * 1024);
		expect((await ana.createPhoto(undefined, bytes)).original.bytes).toBe(1024 * 1024);
		const chunked = await ana.send("POST", "/v1/photos", inPieces(bytes));
		expect(chunked.status).toBe(202);
	});

	it("needs no Content-Type, and a wrong one does not matter", async () => {
		const ana = await makeCaller(deployWorker());
		for (const type of ["", "application/json", "text/html"]) {
			const response = await ana.upload("/v1/photos", await smallPicture(), { "content-type": type });
			const { photos } = await expectJson<Photos>(response, 202);
			expect(photos[0]?.original.type).toBe("image/jpeg");
		}
	});

	it("with bytes behind the picture's end is kept with them", async () => {
		const ana = await makeCaller(deployWorker());
		const bytes = joinBytes(await smallPicture(), new TextEncoder().encode("trailing"));
		expect((await ana.createPhoto(undefined, bytes)).original.bytes).toBe(bytes.length);
	});

	it("sent twice becomes two photos, each with an object of its own", async () => {
		const ana = await makeCaller(deployWorker());
		await ana.createPhoto();
		await ana.createPhoto();
		const { photos, objectKeys } = await readStored();
		expect([photos.length, objectKeys.length]).toEqual([2, 2]);
	});
});

describe("a form", () => {
	it("of one picture is as good as a raw body", async () => {
		const ana = await makeCaller(deployWorker());
		const bytes = await smallPicture();
		const response = await ana.uploadForm("/v1/photos", formOf([bytes], { caption: "Back", order: "4" }));
		const { photos } = await expectJson<Photos>(response, 202);
		expect(response.headers.get("location")).toBe(`/v1/photos/${photos[0]?.id}`);
		expect(photos[0]).toMatchObject({ caption: "Back", order: 4, original: { sha256: await sha256Hex(bytes) } });
	});

	it("of ten pictures becomes ten photos, in order, behind those that are there", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const item = await ana.createItem();
		await ana.createPhoto(item.id, undefined, "?order=5");
		const pictures = [];
		for (let n = 0; n < 10; n++) pictures.push(await readFixture(`orientation-${(n % 8) + 1}.jpg`));
		const response = await ana.uploadForm(`/v1/items/${item.id}/photos`, formOf(pictures));
		expect(response.headers.get("location")).toBe(`/v1/items/${item.id}/processing`);
		const { photos } = await expectJson<Photos>(response, 202);
		expect(photos.map(({ order }) => order)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
		const hashes = await Promise.all(pictures.map((bytes) => sha256Hex(bytes)));
		expect(photos.map(({ original }) => original.sha256)).toEqual(hashes);
		expect(worker.sent).toHaveLength(11);
		expect(new Set(photos.map(({ task_id }) => task_id)).size).toBe(10);
		for (const { id, original } of photos) {
			const served = await ana.get(`/v1/photos/${id}/original`);
			expect(await sha256Hex(await served.arrayBuffer())).toBe(original.sha256);
		}
		await expectOnlyHeldObjects();
	});

	it("gives the first picture the wished order, and the others the next", async () => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		const form = formOf([await smallPicture(), await smallPicture()], { order: "3", caption: "Both" });
		const { photos } = await expectJson<Photos>(await ana.uploadForm(`/v1/items/${item.id}/photos`, form), 202);
		expect(photos.map(({ order, caption }) => [order, caption])).toEqual([
			[3, "Both"],
			[4, "Both"],
		]);
	});

	it("with an empty order, as a page's empty field sends it, is without a wish", async () => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		await ana.createPhoto(item.id);
		const form = formOf([await smallPicture()], { order: "", caption: "" });
		const { photos } = await expectJson<Photos>(await ana.uploadForm(`/v1/items/${item.id}/photos`, form), 202);
		expect(photos[0]).toMatchObject({ order: 1, caption: "" });
		expect((await ana.createPhoto(item.id, undefined, "?order=")).order).toBe(2);
	});

	it("its fields count more than the query", async () => {
		const ana = await makeCaller(deployWorker());
		const form = formOf([await smallPicture()], { caption: "field" });
		const response = await ana.uploadForm("/v1/photos?caption=query&order=2", form);
		expect((await expectJson<Photos>(response, 202)).photos[0]).toMatchObject({ caption: "field", order: 2 });
	});

	it("cut into pieces anywhere gives the same pictures", async () => {
		const ana = await makeCaller(deployWorker());
		const encoded = new Response(formOf([await smallPicture(), await smallPicture()]));
		const bytes = new Uint8Array(await encoded.arrayBuffer());
		const contentType = encoded.headers.get("content-type") ?? "";
		const sha256 = await sha256Hex(await smallPicture());
		for (const pieceBytes of [1, 7, 61, 997]) {
			const response = await ana.send("POST", "/v1/photos", inPieces(bytes, pieceBytes), {
				"content-type": contentType,
				"content-length": String(bytes.length),
			});
			const { photos } = await expectJson<Photos>(response, 202);
			expect(photos.map(({ original }) => original.sha256)).toEqual([sha256, sha256]);
		}
	});
});

it("photos uploaded to one item at once get an order each", async () => {
	const ana = await makeCaller(deployWorker());
	const item = await ana.createItem();
	const photos = await Promise.all(Array.from({ length: 6 }, () => ana.createPhoto(item.id)));
	expect(photos.map(({ order }) => order).sort()).toEqual([0, 1, 2, 3, 4, 5]);
	expect((await ana.readProcessing(item.id)).photos_processing).toBe(6);
});
