import { describe, expect, it } from "vitest";
import { identifyFormat, imageFormats, SIGNATURE_BYTES } from "../../../src/media/inspect/formats.ts";
import { photographs, readFixture } from "../../support/node/fixtures.ts";
import { paintPicture, toBytes, toSharp } from "../../support/node/pictures.ts";
import { heifHead } from "../../support/node/spoil-avif.ts";

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
		const avif = await toBytes(toSharp(paintPicture(8, 8)).avif());
		expect(identifyFormat(avif.subarray(0, SIGNATURE_BYTES))).toBe("avif");
		expect(identifyFormat(heifHead("mif1", "miaf"))).toBe("avif"); // what it holds, its items tell
		expect(identifyFormat(heifHead("avis", "msf1"))).toBe("avif");
	});

	it("is unknown for a text named .jpg, for other RIFF files, and for heads that are too short", () => {
		expect(identifyFormat(readFixture("not-a-picture.jpg"))).toBeUndefined();
		expect(identifyFormat(new TextEncoder().encode("RIFF....WAVEfmt "))).toBeUndefined();
		expect(identifyFormat(heifHead("heic", "mif1"))).toBeUndefined();
		expect(identifyFormat(heifHead("isom", "mp42"))).toBeUndefined();
		expect(identifyFormat(Uint8Array.of(0xff, 0xd8))).toBeUndefined();
		expect(identifyFormat(new Uint8Array())).toBeUndefined();
	});
});
