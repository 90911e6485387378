/** A file is known while it arrives, in whatever pieces. */
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { FileReceiver } from "../../src/storage/received-file.ts";
import { pngOfSize, readFixture, sha256Hex } from "../support/fixtures.ts";

const receive = (bytes: Uint8Array, pieceBytes: number, maxBytes = 1_000_000) => {
	const receiver = new FileReceiver(maxBytes, "The file");
	for (let at = 0; at < bytes.length; at += pieceBytes) receiver.push(bytes.subarray(at, at + pieceBytes));
	return receiver.end();
};

const codeOf = (act: () => unknown): string => {
	try {
		act();
	} catch (thrown) {
		if (thrown instanceof AppError) return thrown.code;
		throw thrown;
	}
	return "accepted";
};

describe.each(["orientation-1.jpg", "chelsea.png"])("%s", (name) => {
	it.each([1, 2, 5, 13, 4096, 1_000_000])("is known in pieces of %i bytes", async (pieceBytes) => {
		const bytes = await readFixture(name);
		expect(receive(bytes, pieceBytes)).toEqual({
			format: name.endsWith("png") ? "png" : "jpeg",
			bytes: bytes.length,
			sha256: await sha256Hex(bytes),
		});
	});

	it("is missed wherever it is cut off", async () => {
		const bytes = await readFixture(name);
		for (const share of [0.001, 0.1, 0.5, 0.9, 0.999]) {
			const cut = bytes.subarray(0, Math.max(20, Math.floor(bytes.length * share)));
			expect([share, codeOf(() => receive(cut, 1000))]).toEqual([share, "truncated_image"]);
		}
	});
});

it("the limit is counted to the byte, and told as soon as it is passed", () => {
	const bytes = pngOfSize(1000);
	expect(codeOf(() => receive(bytes, 100, 1000))).toBe("accepted");
	expect(codeOf(() => receive(bytes, 100, 999))).toBe("body_too_large");
	const receiver = new FileReceiver(150, "The file");
	receiver.push(bytes.subarray(0, 100));
	expect(codeOf(() => receiver.push(bytes.subarray(100, 200)))).toBe("body_too_large");
});

it.each([0, 1, 2, 3, 11])("%i bytes of nothing known are refused for what they are", (count) => {
	const bytes = new Uint8Array(count).fill(65);
	expect(codeOf(() => receive(bytes, 1))).toBe(count === 0 ? "empty_body" : "unsupported_image_type");
});
