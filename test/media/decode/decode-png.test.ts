import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { largestDifference } from "../../support/node/compare-pixels.ts";
import { expectAppError } from "../../support/node/expect-app-error.ts";
import { readFixture } from "../../support/node/fixtures.ts";
import { decodeWithSharp, paintPicture, toBytes, toSharp } from "../../support/node/pictures.ts";
import { render } from "../../support/node/render.ts";

const paint = (channels: 1 | 2 | 3 | 4) => toSharp(paintPicture(101, 67, channels));
/** A chunk with a wrong checksum where nobody looks: it is not decoded. */
const chunk = (type: string, data: Uint8Array) => {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(data.length);
	return Buffer.concat([length, Buffer.from(type, "latin1"), data, Buffer.alloc(4)]);
};
const HEADER_END = 8 + 25;

describe("decoding PNG", () => {
	it("gives sharp's pixels for every colour type and for interlaced files", async () => {
		for (const channels of [1, 2, 3, 4] as const) {
			for (const options of [{}, { progressive: true }, { palette: true }]) {
				const file = await toBytes(paint(channels).png(options));
				expect(largestDifference((await render(file)).rgba, (await decodeWithSharp(file)).pixels)).toBe(0);
			}
		}
	});

	it("takes the upper 8 of 16 bits", async () => {
		for (const channels of [3, 4] as const) {
			const file = await toBytes(paint(channels).toColourspace("rgb16").png());
			const { rgba, plan } = await render(file);
			expect(plan.facts.bitDepth).toBe(16);
			const reference = await toBytes(paint(channels).ensureAlpha().raw());
			expect(largestDifference(rgba, reference)).toBeLessThanOrEqual(1);
		}
	});

	it("unpacks no profile: one that would inflate to 80 MB costs nothing", async () => {
		const file = await toBytes(paint(3).png());
		const bomb = Buffer.concat([Buffer.from("bomb\0\0", "latin1"), deflateSync(Buffer.alloc(80e6))]);
		const armed = new Uint8Array(
			Buffer.concat([file.subarray(0, HEADER_END), chunk("iCCP", bomb), file.subarray(HEADER_END)]),
		);
		const { rgba, decodePeakBytes } = await render(armed);
		expect(largestDifference(rgba, (await render(file)).rgba)).toBe(0);
		expect(decodePeakBytes).toBeLessThan(4e6);
	});

	it("refuses a file whose data is broken or missing", async () => {
		const file = readFixture("chelsea.png").slice();
		file.fill(0x55, 50_000, 50_400);
		await expectAppError("undecodable_image", () => render(file));
		await expectAppError("undecodable_image", () => render(readFixture("truncated.png")));
	});
});
