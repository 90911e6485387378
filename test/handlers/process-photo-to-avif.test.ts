/** `process_photo_to_avif`: what becomes of an original. */
import { describe, expect, it } from "vitest";
import { renditionKey } from "../../src/storage/object-keys.ts";
import { makeCaller } from "../support/caller.ts";
import { type Deployment, deployWorker } from "../support/deployment.ts";
import { pngClaiming, readFixture, sha256Hex } from "../support/fixtures.ts";
import { gateBucket } from "../support/gates.ts";
import { expectEveryObjectNamed, expectOnlyHeldObjects, readStored } from "../support/stored-state.ts";
import { expireLease, readTaskRow } from "../support/tasks.ts";

const settings = {
	quality: 90,
	speed: 9,
	maxWidth: 3840,
	maxHeight: 2160,
	chromaSubsampling: "4:2:0",
} as const;

async function process(name: string | Uint8Array<ArrayBuffer>, worker: Deployment = deployWorker()) {
	const ana = await makeCaller(worker);
	const item = await ana.createItem();
	const { id, task_id } = await ana.createPhoto(item.id, typeof name === "string" ? await readFixture(name) : name);
	await worker.deliver({ task_id });
	return { ana, item, photo: await ana.readPhoto(id), task: await ana.readTask(task_id) };
}

/** Red, in as many frames. */
function gifOfOnePixel(frames: number): Uint8Array<ArrayBuffer> {
	const screen = [0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 0];
	const frame = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]; // clear, colour 0, end
	return new Uint8Array([...screen, ...Array<number[]>(frames).fill(frame).flat(), 0x3b]);
}

describe("a photograph", () => {
	it("becomes an AVIF under a key of its content and settings", async () => {
		const worker = deployWorker();
		const { photo, task } = await process("rocket.jpg", worker);
		const key = renditionKey(photo.id, photo.original.sha256, settings);
		expect(key).toBe(`renditions/${photo.id}/${photo.original.sha256}-3840x2160-q90-s9-r1.avif`);
		const object = await worker.env.MEDIA.get(key);
		const bytes = new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer());
		expect(new TextDecoder().decode(bytes.subarray(4, 12))).toBe("ftypavif");
		expect(object?.httpMetadata?.contentType).toBe("image/avif");
		expect(photo).toMatchObject({
			state: "processed",
			original: { width: 640, height: 427 },
			rendition: { width: 640, height: 427, bytes: bytes.length, sha256: await sha256Hex(bytes) },
		});
		expect(task.result).toMatchObject({
			width: 640,
			height: 427,
			bytes: bytes.length,
			original_width: 640,
			original_height: 427,
			original_bytes: 112_525,
			original_frames: 1,
			first_frame_only: false,
			predicted_peak_bytes: expect.any(Number),
			peak_memory_bytes: expect.any(Number),
		});
		const { steps } = task.result as { steps: { name: string }[] };
		expect(steps.map(({ name }) => name)).toEqual(["inspect", "plan", "decode", "resample", "encode"]);
	});

	it.each(["chelsea.png", "orientation-6.jpg", "orientation-3.jpg"])("%s is processed, upright", async (name) => {
		const { photo } = await process(name);
		expect(photo.state).toBe("processed");
		const size = name === "chelsea.png" ? { width: 451, height: 300 } : { width: 96, height: 64 };
		expect(photo).toMatchObject({ original: size, rendition: size });
	});

	it("that is an AVIF already, as we make it, is processed again, and so is a GIF", async () => {
		const worker = deployWorker();
		const { photo } = await process("orientation-6.jpg", worker);
		const object = await worker.env.MEDIA.get(renditionKey(photo.id, photo.original.sha256, settings));
		const avif = new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer());
		const again = await process(avif, worker);
		expect(again.photo).toMatchObject({
			state: "processed",
			original: { type: "image/avif", width: 96, height: 64 },
			rendition: { width: 96, height: 64 },
		});
		const gif = await process(gifOfOnePixel(3), worker);
		expect(gif.photo).toMatchObject({ state: "processed", original: { type: "image/gif", width: 1, height: 1 } });
		expect(gif.task.result).toMatchObject({ original_frames: 3, first_frame_only: true });
	});

	it("is fitted into the deployment's box, under a key that says so", async () => {
		const worker = deployWorker({ RENDITION_MAX_WIDTH: "48", RENDITION_QUALITY: "60" });
		const { photo } = await process("orientation-1.jpg", worker);
		expect(photo).toMatchObject({ original: { width: 96, height: 64 }, rendition: { width: 48, height: 32 } });
		const { objectKeys } = await readStored();
		expect(objectKeys.at(-1)).toContain("-48x2160-q60-s9-");
	});
});

describe("what the upload asked for", () => {
	/** Uploads at one deployment and processes at another, as if its settings had been changed between. */
	async function processLater(query: string, changes: Record<string, string>) {
		const uploading = deployWorker();
		const ana = await makeCaller(uploading);
		const { id, task_id } = await ana.createPhoto(undefined, await readFixture("orientation-1.jpg"), query);
		await deployWorker(changes).deliver({ task_id });
		const { result } = await ana.readTask(task_id);
		const { settings } = result as { settings: Record<string, unknown> };
		return { photo: await ana.readPhoto(id), settings, key: (await readStored()).objectKeys.at(-1) };
	}

	it("counts, and the deployment's settings of the moment fill in the rest", async () => {
		const later = { RENDITION_QUALITY: "50", RENDITION_SPEED: "10" };
		const { photo, settings, key } = await processLater("?speed=8&max_width=48&chroma_subsampling=4:4:4", later);
		expect(settings).toEqual({ quality: 50, speed: 8, max_width: 48, max_height: 2160, chroma_subsampling: "4:4:4" });
		expect(key).toContain("-48x2160-q50-s8-c444-r1.avif");
		expect(photo).toMatchObject({ state: "processed", rendition: { width: 48, height: 32 } });
		expect(photo.requested_settings).toMatchObject({ quality: null, speed: 8, max_width: 48 });
	});

	it("is cut down to a limit that was lowered since", async () => {
		const { photo, settings } = await processLater("?max_width=90", { RENDITION_MAX_WIDTH: "48" });
		expect(settings).toMatchObject({ max_width: 48 });
		expect(photo).toMatchObject({ rendition: { width: 48 }, requested_settings: { max_width: 90 } });
	});

	it("may be 4:2:0 where the deployment makes 4:4:4", async () => {
		const { key } = await processLater("?chroma_subsampling=4:2:0", { RENDITION_CHROMA_SUBSAMPLING: "4:4:4" });
		expect(key).toContain("-3840x2160-q90-s9-r1.avif");
	});
});

describe("a deployment of 4:4:4", () => {
	it("keeps its renditions under keys of their own", async () => {
		const { photo } = await process("orientation-1.jpg", deployWorker({ RENDITION_CHROMA_SUBSAMPLING: "4:4:4" }));
		expect(photo.state).toBe("processed");
		expect((await readStored()).objectKeys.at(-1)).toContain("-3840x2160-q90-s9-c444-r1.avif");
	});
});

describe("a file that only fails when it is decoded", () => {
	it("becomes a failed photo with a reason to read, and its item finishes", async () => {
		const { ana, item, photo, task } = await process("corrupt-data.jpg");
		expect(photo).toMatchObject({ state: "failed", rendition: null, error: { code: "undecodable_image" } });
		expect(photo.error?.detail).toMatch(/^The JPEG picture could not be decoded: .*\. Send another copy/);
		expect(photo.processed_at).not.toBeNull();
		expect(task).toMatchObject({ state: "failed", attempt_count: 1, error: photo.error, result: null });
		expect((await ana.readItem(item.id)).is_processing_photos).toBe(false);
		// What was received stays to be seen.
		expect((await ana.get(`/v1/photos/${photo.id}/image`)).headers.get("content-type")).toBe("image/jpeg");
	});

	it("a header that claims more pixels than fit is refused before a pixel is decoded", async () => {
		const { photo, task } = await process(pngClaiming(30_000, 30_000));
		expect(photo).toMatchObject({ state: "failed", error: { code: "image_exceeds_cpu_budget" } });
		expect(photo.error?.detail).toContain("30000 x 30000");
		expect(task.attempt_count).toBe(1);
	});

	it("one that holds no pixels is refused", async () => {
		const { photo } = await process(pngClaiming(0, 8));
		expect(photo).toMatchObject({ state: "failed", error: { code: "malformed_image" } });
	});
});

describe("what was taken away meanwhile", () => {
	it("a missing original fails the photo at once, with a reason", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const { id, task_id } = await ana.createPhoto();
		await worker.env.MEDIA.delete((await readStored()).objectKeys);
		await worker.deliver({ task_id });
		expect(await ana.readPhoto(id)).toMatchObject({ state: "failed", error: { code: "original_missing" } });
	});

	it("a photo whose row is gone, though its task is not, is skipped", async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const { task_id } = await ana.createPhoto();
		await worker.env.DB.prepare("DELETE FROM photos").run();
		await worker.deliver({ task_id });
		expect(await ana.readTask(task_id)).toMatchObject({
			state: "succeeded",
			result: { skipped: "the photo was deleted" },
		});
	});

	it.each(["photo", "item"])(
		"a %s deleted during the attempt stays deleted; the late AVIF goes with the sweep",
		async (what) => {
			const worker = deployWorker();
			const ana = await makeCaller(worker);
			const item = await ana.createItem();
			const { id, task_id } = await ana.createPhoto(item.id);
			const gate = gateBucket(worker.env.MEDIA, "put");
			const running = deployWorker({ MEDIA: gate.bucket }).deliver({ task_id });
			await gate.reached;
			expect((await ana.delete(what === "photo" ? `/v1/photos/${id}` : `/v1/items/${item.id}`)).status).toBe(204);
			await worker.sweep(Date.now() + 10 * 60_000); // too early: the attempt may still write
			gate.open();
			expect(await running).toEqual({ isAcknowledged: true, retries: [] });
			const stored = await readStored();
			expect(stored.photos).toEqual([]);
			expect(stored.objectKeys).toEqual([expect.stringMatching(/^renditions\//)]);
			expect(await ana.readTask(task_id)).toMatchObject({ state: "cancelled", attempts: [{ outcome: "cancel" }] });
			await expectEveryObjectNamed();
			await worker.sweep(Date.now() + 20 * 60_000);
			await expectOnlyHeldObjects();
		},
	);
});

describe("an attempt that still writes when its photo is deleted leaves no object behind, though", () => {
	const scopes = ["photos:read", "photos:write", "tasks:write"];
	const setUp = async () => {
		const worker = deployWorker();
		const ana = await makeCaller(worker, { scopes });
		const { id, task_id } = await ana.createPhoto();
		return { worker, ana, id, task_id };
	};
	const deleteWhileItWrites = async ({ worker, ana, id }: Awaited<ReturnType<typeof setUp>>, ...before: string[]) => {
		const { task_id } = await ana.readPhoto(id);
		const gate = gateBucket(worker.env.MEDIA, "put");
		const running = deployWorker({ MEDIA: gate.bucket }).deliver({ task_id });
		await gate.reached;
		for (const what of before) expect((await ana.send("POST", `/v1/tasks/${task_id}/${what}`)).ok).toBe(true);
		expect((await ana.delete(`/v1/photos/${id}`)).status).toBe(204);
		await worker.sweep(Date.now() + 60_000);
		gate.open();
		await running;
		await expectEveryObjectNamed();
		await worker.sweep(Date.now() + 20 * 60_000);
		await expectOnlyHeldObjects();
		return task_id;
	};

	it("its task was cancelled before", async () => {
		await deleteWhileItWrites(await setUp(), "cancel");
	});

	it("its task was cancelled and retried before", async () => {
		await deleteWhileItWrites(await setUp(), "cancel", "retry");
	});

	it("the photo had been processed by another task before", async () => {
		const photo = await setUp();
		await photo.worker.deliver({ task_id: photo.task_id });
		const again = { arguments: { photo_id: photo.id } };
		expect((await photo.ana.json("POST", "/v1/tasks/process_photo_to_avif", again)).status).toBe(202);
		expect(await photo.ana.readPhoto(photo.id)).toMatchObject({ state: "processed", error: null });
		const task = await deleteWhileItWrites(photo);
		expect([task === photo.task_id, (await readTaskRow(task)).state]).toEqual([false, "cancelled"]);
	});
});

it("an attempt that was overtaken leaves no object behind, though its photo is deleted before it ends", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { id, task_id } = await ana.createPhoto();
	const gate = gateBucket(worker.env.MEDIA, "put");
	const overtaken = deployWorker({ MEDIA: gate.bucket }).deliver({ task_id });
	await gate.reached;
	await expireLease(task_id);
	await worker.deliver({ task_id });
	expect((await ana.readPhoto(id)).state).toBe("processed");
	await ana.delete(`/v1/photos/${id}`);
	gate.open();
	await overtaken;
	await expectEveryObjectNamed();
	await worker.sweep(Date.now() + 20 * 60_000);
	await expectOnlyHeldObjects();
});

it("an AVIF that an earlier attempt stored is kept, and its facts are the stored one's", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { id, task_id, original } = await ana.createPhoto();
	const stored = new TextEncoder().encode("what the earlier attempt stored");
	const key = renditionKey(id, original.sha256, settings);
	await worker.env.MEDIA.put(key, stored, { sha256: await crypto.subtle.digest("SHA-256", stored) });
	await expireLease(task_id);
	await worker.deliver({ task_id });
	const { rendition } = await ana.readPhoto(id);
	expect(rendition).toMatchObject({ bytes: stored.length, sha256: await sha256Hex(stored) });
	expect(await (await worker.env.MEDIA.get(key))?.text()).toBe("what the earlier attempt stored");
});
