/** D1 and R2 fail at every step of an upload in turn: no object is ever without a row, and the sweep leaves no debris. */
import { describe, expect, it } from "vitest";
import { formOf } from "../../support/bodies.ts";
import { type Caller, expectJson, makeCaller, type PhotoJson } from "../../support/caller.ts";
import { type Deployment, deployWorker } from "../../support/deployment.ts";
import { failingBindings } from "../../support/failing-bindings.ts";
import { readFixture, sha256Hex, smallPicture } from "../../support/fixtures.ts";
import { expectProblem } from "../../support/problems.ts";
import { expectEveryObjectNamed, expectOnlyHeldObjects, readStored } from "../../support/stored-state.ts";

/** Longer than any grace. */
const LONG_AFTER_MS = 24 * 3_600_000;
const moments = ["before", "after"] as const;

/** What is sent: alone, or as a form. */
const uploads = {
	"one raw picture": async (ana: Caller, path: string) => ana.upload(path, await readFixture("rocket.jpg")),
	"a form of two": async (ana: Caller, path: string) =>
		ana.uploadForm(path, formOf([await smallPicture(), await smallPicture()])),
};

/** Sends with the n-th call failing, n = 1, 2, …, until the upload needs no n-th call; answers with how many it needs. */
async function failEachCallInTurn(
	ana: Caller,
	worker: Deployment,
	moment: (typeof moments)[number],
	send: (ana: Caller) => Promise<Response>,
	check: (response: Response, failed: string) => Promise<void>,
): Promise<number> {
	for (let n = 1; ; n++) {
		const failing = failingBindings(worker.env, (_, number) => number === n, moment);
		const response = await send(ana.at(deployWorker(failing.env)));
		if (failing.calls.length < n) {
			expect(response.status).toBe(202);
			return n - 1;
		}
		await check(response, `${n}: ${failing.calls[n - 1]}`);
	}
}

describe.each(moments)("a call that fails %s it has its effect", (moment) => {
	it.each(Object.entries(uploads))("leaves nothing unnamed of %s", async (_, send) => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const { id } = await ana.createItem();
		const steps = await failEachCallInTurn(
			ana,
			worker,
			moment,
			(caller) => send(caller, `/v1/items/${id}/photos`),
			async (response, failed) => {
				const photosBefore = (await readStored()).photos.length;
				if (response.status !== 202) await expectProblem(response, "internal_error");
				await expectEveryObjectNamed();
				const { photos, tasks } = await readStored();
				expect([failed, tasks.length]).toEqual([failed, photos.length]);
				await worker.sweep(Date.now() + LONG_AFTER_MS);
				await expectOnlyHeldObjects();
				expect([failed, (await readStored()).photos.length]).toEqual([failed, photosBefore]);
			},
		);
		expect(steps).toBeGreaterThan(8);
	});
});

it("an answer that was lost after the commit is found again with its key", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	let photosSeen = 0;
	const steps = await failEachCallInTurn(
		ana,
		worker,
		"after",
		async (caller) => caller.upload("/v1/photos", await smallPicture(), { "idempotency-key": `key-${photosSeen}` }),
		async (_, failed) => {
			const repeated = await ana.upload("/v1/photos", await smallPicture(), { "idempotency-key": `key-${photosSeen}` });
			const { photos } = await expectJson<{ photos: PhotoJson[] }>(repeated, 202);
			expect([failed, await ana.readPhoto(photos[0]?.id ?? "")]).toEqual([failed, photos[0]]);
			photosSeen += 1;
			expect([failed, (await readStored()).photos.length]).toEqual([failed, photosSeen]);
		},
	);
	expect(steps).toBeGreaterThan(8);
});

it("whatever failed, every photo that was taken is processed in the end", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const item = await ana.createItem();
	const refuses = { sendBatch: async () => Promise.reject(new Error("the queue is away")) };
	for (const moment of moments) {
		for (let n = 1; n <= 14; n++) {
			const failing = failingBindings(worker.env, (_, number) => number === n, moment);
			const caller = ana.at(deployWorker({ ...failing.env, PHOTOS_QUEUE: refuses }));
			await caller.upload(`/v1/items/${item.id}/photos`, await smallPicture());
		}
	}
	const taken = (await ana.readItem(item.id)).photos.length;
	expect(taken).toBeGreaterThan(0);
	await worker.sweep(Date.now() + 180_000);
	expect(worker.sent).toHaveLength(taken);
	for (const { body } of worker.sent) await worker.deliver(body);
	expect(await ana.readProcessing(item.id)).toMatchObject({ all_processed: true, photo_count: taken });
	await worker.sweep(Date.now() + LONG_AFTER_MS);
	await expectOnlyHeldObjects();
});

describe("an R2 that refuses in the middle", () => {
	it.each(["incoming/", "originals/"])("of %s ends the upload at once, and the next one works", async (prefix) => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const bucket = new Proxy(worker.env.MEDIA, {
			get: (target, name) =>
				name === "put"
					? async (key: string, body: ReadableStream<Uint8Array>, options?: R2PutOptions) => {
							if (!key.startsWith(prefix)) return target.put(key, body, options);
							const reader = body.getReader();
							await reader.read(); // some of it arrives, and then no more is taken
							throw new Error("R2 lost its connection");
						}
					: Reflect.get(target, name).bind(target),
		});
		const bytes = await readFixture("hubble_deep_field.jpg");
		const refused = await ana.at(deployWorker({ MEDIA: bucket })).upload("/v1/photos", bytes);
		await expectProblem(refused, "internal_error");
		await expectEveryObjectNamed();
		await worker.sweep(Date.now() + LONG_AFTER_MS);
		expect(await readStored()).toMatchObject({ photos: [], tasks: [], removals: [], objectKeys: [] });
		expect((await ana.createPhoto(undefined, bytes)).original.sha256).toBe(await sha256Hex(bytes));
	});
});
