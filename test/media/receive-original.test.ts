import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/errors.ts";
import { createMemoryLedger } from "../../src/media/memory-ledger.ts";
import { defaultRenditionSettings, makeRendition } from "../../src/media/pipeline.ts";
import { type OriginalStream, receiveStream } from "../../src/media/receive-original.ts";
import { codecModules } from "../support/node/codec-modules.ts";
import { expectAppError } from "../support/node/expect-app-error.ts";
import { readFixture } from "../support/node/fixtures.ts";
import { paintPicture, toBytes, toSharp } from "../support/node/pictures.ts";
import { seededRandom } from "../support/node/seeded-random.ts";

/** The file in pieces of random sizes, some of them a byte, each in a buffer of its own. */
function streamOf(file: Uint8Array, byteLength = file.length): OriginalStream {
	const random = seededRandom(file.length);
	let at = 0;
	const stream = new ReadableStream<Uint8Array>({
		pull(controller) {
			if (at >= file.length) return controller.close();
			const bytes = 1 + random.below(random.below(2) === 0 ? 3 : 9000);
			controller.enqueue(file.slice(at, at + bytes));
			at += bytes;
		},
	});
	return { stream, byteLength };
}

const receive = (original: OriginalStream) => receiveStream(original, codecModules, createMemoryLedger());

describe("an original that comes as a stream", () => {
	it("makes the same AVIF as its bytes do, whatever the format and however it is cut", async () => {
		const painted = () => toSharp(paintPicture(300, 200, 3));
		const files = [
			readFixture("orientation-6.jpg"),
			await toBytes(painted().jpeg({ progressive: true })),
			await toBytes(toSharp(paintPicture(90, 80, 4)).png()),
			await toBytes(painted().webp()),
			await toBytes(painted().gif()),
		];
		for (const file of files) {
			const [streamed, whole] = [
				await makeRendition(streamOf(file), defaultRenditionSettings, codecModules),
				await makeRendition(file, defaultRenditionSettings, codecModules),
			];
			expect(Buffer.compare(streamed.bytes, whole.bytes)).toBe(0);
			expect(streamed.predictedPeakBytes / streamed.peakMemoryBytes).toBeGreaterThan(0.97);
			expect(streamed.peakMemoryBytes).toBeLessThanOrEqual(whole.peakMemoryBytes);
		}
	});

	it("lies once in memory, and is gone when it is dropped", async () => {
		const jpeg = await receive(streamOf(readFixture("rocket.jpg")));
		expect(jpeg.bytes.buffer).toBe(jpeg.loadedJpeg?.turbo.exports.memory.buffer);
		jpeg.drop();
		expect([jpeg.bytes.length, jpeg.loadedJpeg]).toEqual([0, undefined]);
		const png = await receive(streamOf(readFixture("chelsea.png")));
		expect(png.bytes).toEqual(readFixture("chelsea.png"));
		png.drop();
		expect(png.bytes.length).toBe(0);
	});

	it("that is shorter or longer than was said is an error of ours, not of the picture", async () => {
		const file = readFixture("rocket.jpg");
		for (const byteLength of [file.length - 1, file.length + 1]) {
			await expect(receive(streamOf(file, byteLength))).rejects.toThrow(/the original (is longer|ended)/);
		}
	});

	it("of a few bytes, or of none, is refused as a picture", async () => {
		const refusal = (length: number, code: ErrorCode) =>
			expectAppError(code, () =>
				makeRendition(streamOf(readFixture("rocket.jpg").slice(0, length)), defaultRenditionSettings, codecModules),
			);
		await refusal(0, "unsupported_image_type");
		await refusal(1, "unsupported_image_type");
		await refusal(11, "truncated_image");
	});
});
