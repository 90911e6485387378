/** A client that is refused in the middle of its upload may finish sending, within bounds, and sees the reason. */
import { expect, it } from "vitest";
import { inPieces, withoutEnd } from "../../support/bodies.ts";
import { makeCaller } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { readFixture } from "../../support/fixtures.ts";
import { expectProblem } from "../../support/problems.ts";

/** A body that notes whether it was read to its end. */
function watched(bytes: Uint8Array): { body: ReadableStream<Uint8Array>; isReadToEnd(): boolean } {
	let isAtEnd = false;
	const noteEnd = new TransformStream<Uint8Array, Uint8Array>({
		flush() {
			isAtEnd = true;
		},
	});
	return { body: inPieces(bytes).pipeThrough(noteEnd), isReadToEnd: () => isAtEnd };
}

it.each(["/v1/photos", "/v1/items/unknown/photos", "/v1/nothing"])(
	"a refused upload to %s is read to its end before the answer",
	async (path) => {
		const worker = deployWorker();
		const { body, isReadToEnd } = watched(await readFixture("hubble_deep_field.jpg"));
		await expectProblem(await worker.fetch(path, { method: "POST", body }), "unauthenticated");
		expect(isReadToEnd()).toBe(true);
	},
);

it("a repeated upload that gets the first answer is read to its end too", async () => {
	const ana = await makeCaller(deployWorker());
	const send = (body: ReadableStream) => ana.send("POST", "/v1/photos", body, { "idempotency-key": "k" });
	const bytes = await readFixture("hubble_deep_field.jpg");
	await send(inPieces(bytes));
	const { body, isReadToEnd } = watched(bytes);
	expect((await send(body)).headers.get("idempotent-replayed")).toBe("true");
	expect(isReadToEnd()).toBe(true);
});

it("a body that is taken is not touched afterwards", async () => {
	const ana = await makeCaller(deployWorker());
	const { body, isReadToEnd } = watched(await readFixture("rocket.jpg"));
	expect((await ana.send("POST", "/v1/photos", body)).status).toBe(202);
	expect(isReadToEnd()).toBe(true);
});

it("a body without end is read for a while and then cancelled", async () => {
	const { body, sentBytes } = withoutEnd(new Uint8Array(1));
	await expectProblem(await deployWorker().fetch("/v1/photos", { method: "POST", body }), "unauthenticated");
	expect(sentBytes()).toBeGreaterThanOrEqual(16 * 1024 * 1024);
	expect(sentBytes()).toBeLessThan(17 * 1024 * 1024);
});
