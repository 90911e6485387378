import { describe, expect, it } from "vitest";
import { identifyFormat, imageFormats, SIGNATURE_BYTES } from "../../../src/media/inspect/formats.ts";
import { photographs, readFixture } from "../../support/node/fixtures.ts";
import { paintPicture, toBytes, toSharp } from "../../support/node/pictures.ts";

describe("the format of a file", () => {
	it("is told by its first bytes alone", async () => {
		for (const name of photographs) {
			const format = identifyFormat(readFixture(name).subarray(0, SIGNATURE_BYTES));
			expect(format && imageFormats[format].extension).toBe(name.split(".").at(-1));
		}
		const webp = await toBytes(toSharp(paintPicture(8, 8)).webp());
		expect(identifyFormat(webp.subarray(0, SIGNATURE_BYTES))).toBe("webp");
		const gif = await toBytes(toSharp(paintPicture(8, 8)).gif());
		expect(identifyFormat(gif.subarray(0, SIGNATURE_BYTES))).toBe("gif");
	});

	it("is unknown for a text named .jpg, for other RIFF files, and for heads that are too short", () => {
		expect(identifyFormat(readFixture("not-a-picture.jpg"))).toBeUndefined();
		expect(identifyFormat(new TextEncoder().encode("RIFF....WAVEfmt "))).toBeUndefined();
		expect(identifyFormat(Uint8Array.of(0xff, 0xd8))).toBeUndefined();
		expect(identifyFormat(new Uint8Array())).toBeUndefined();
	});
});
