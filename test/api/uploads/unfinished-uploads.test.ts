/** Uploads that do not end, or whose item ends first. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { readBody } from "../../../src/api/uploads/read-body.ts";
import { inPieces, stalledAfter, withoutEnd } from "../../support/bodies.ts";
import { makeCaller } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { readFixture, smallPicture } from "../../support/fixtures.ts";
import { expectProblem } from "../../support/problems.ts";
import { expectNoTraces, readStored } from "../../support/stored-state.ts";

afterEach(expectNoTraces);

describe("a body without end", () => {
	it("that begins as a picture is refused at the limit, and read only a little further", async () => {
		const ana = await makeCaller(deployWorker());
		const { body, sentBytes } = withoutEnd((await smallPicture()).subarray(0, 1500));
		await expectProblem(await ana.send("POST", "/v1/photos", body), "body_too_large");
		expect(sentBytes()).toBeLessThan(33 * 1024 * 1024);
	});

	it("that begins as nothing known is refused at once", async () => {
		const ana = await makeCaller(deployWorker());
		const { body, sentBytes } = withoutEnd(new TextEncoder().encode("not a picture at all"));
		await expectProblem(await ana.send("POST", "/v1/photos", body), "unsupported_image_type");
		expect(sentBytes()).toBeLessThan(17 * 1024 * 1024);
	});
});

describe("a body that stalls", () => {
	it("is given up at its deadline", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		const ana = await makeCaller(deployWorker({ UPLOAD_DEADLINE_SECONDS: "60" }));
		const { body, read } = stalledAfter((await readFixture("rocket.jpg")).subarray(0, 50_000));
		const answer = ana.send("POST", "/v1/photos", body);
		await read;
		await vi.advanceTimersByTimeAsync(60_000);
		const { detail } = await expectProblem(await answer, "upload_too_slow");
		expect(detail).toContain("60 s");
	});

	it("is told from one that is only slow", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		const bytes = await smallPicture();
		let arrived = 0;
		for await (const chunk of readBody(inPieces(bytes, 1000), 60_000)) {
			arrived += chunk.length;
			await vi.advanceTimersByTimeAsync(1000);
		}
		expect(arrived).toBe(bytes.length);
		expect(vi.getTimerCount()).toBe(0);
	});
});

describe("an item that is not there", () => {
	it("refuses the upload before it is read", async () => {
		const ana = await makeCaller(deployWorker());
		const { body, sentBytes } = withoutEnd(new Uint8Array(10));
		await expectProblem(await ana.send("POST", "/v1/items/unknown/photos", body), "not_found");
		expect(sentBytes()).toBeLessThan(17 * 1024 * 1024);
	});

	it("because it is deleted during the upload takes the upload with it", async () => {
		const ana = await makeCaller(deployWorker());
		const item = await ana.createItem();
		const bytes = await readFixture("rocket.jpg");
		const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
		const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
		const body = new ReadableStream<Uint8Array>({
			async start(controller) {
				controller.enqueue(bytes.slice(0, 60_000));
				begin();
				await mayGoOn;
				controller.enqueue(bytes.slice(60_000));
				controller.close();
			},
		});
		const answer = ana.send("POST", `/v1/items/${item.id}/photos`, body);
		await begun;
		expect((await ana.delete(`/v1/items/${item.id}`)).status).toBe(204);
		goOn();
		const { detail } = await expectProblem(await answer, "not_found");
		expect(detail).toContain("deleted while its photos were being uploaded");
		expect((await readStored()).items).toEqual([]);
	});
});
