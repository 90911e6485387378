import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { pngChunks } from "../../../src/media/inspect/inspect-png.ts";
import { largestDifference } from "../../support/node/compare-pixels.ts";
import { expectAppError } from "../../support/node/expect-app-error.ts";
import { readFixture } from "../../support/node/fixtures.ts";
import { concatBytes, type PngKind, paintPng, pngChunk } from "../../support/node/paint-png.ts";
import { decodeWithSharp, paintPicture, toBytes, toSharp } from "../../support/node/pictures.ts";
import { render } from "../../support/node/render.ts";
import { seededRandom } from "../../support/node/seeded-random.ts";

const depthsOf: Record<PngKind["colourType"], PngKind["bitDepth"][]> = {
	0: [1, 2, 4, 8, 16],
	2: [8, 16],
	3: [1, 2, 4, 8],
	4: [8, 16],
	6: [8, 16],
};

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

	it("gives sharp's pixels for every colour type, depth, filter, transparency and interlacing", async () => {
		const random = seededRandom(9);
		let kinds = 0;
		for (const [colourType, depths] of Object.entries(depthsOf)) {
			for (const bitDepth of depths) {
				for (const isInterlaced of [false, true]) {
					for (const hasTransparency of Number(colourType) < 4 ? [false, true] : [false]) {
						const kind = { colourType: Number(colourType), bitDepth, isInterlaced, hasTransparency } as PngKind;
						const size = { width: 1 + random.below(70), height: 1 + random.below(40) };
						const file = paintPng({ ...kind, ...size }, random);
						const { rgba } = await render(file);
						// two bytes are rounded here, and cut off there
						const most = bitDepth === 16 ? 1 : 0;
						const { pixels } = await decodeWithSharp(file);
						expect(largestDifference(rgba, pixels), JSON.stringify({ ...kind, ...size })).toBeLessThanOrEqual(most);
						kinds++;
					}
				}
			}
		}
		expect(kinds).toBe(52);
	});

	it("reads data that is cut into chunks anywhere, also into empty ones", async () => {
		const file = await toBytes(paint(3).png({ compressionLevel: 1 }));
		const chunks = [...pngChunks(file)];
		const data = Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map((idat) => idat.data));
		const random = seededRandom(4);
		const pieces: Uint8Array[] = [];
		for (let at = 0; at < data.length; ) {
			const bytes = random.below(3) === 0 ? random.below(3) : random.below(700);
			pieces.push(pngChunk("IDAT", data.subarray(at, at + bytes)));
			at += bytes;
		}
		const [header] = chunks;
		const cut = concatBytes(
			file.subarray(0, 8),
			header?.whole as Uint8Array,
			...pieces,
			pngChunk("IEND", new Uint8Array()),
		);
		expect(pieces.length).toBeGreaterThan(20);
		expect(largestDifference((await render(cut)).rgba, (await render(file)).rgba)).toBe(0);
	});

	it("resamples rows as they come to what resampling the whole picture gives", async () => {
		for (const channels of [1, 3, 4] as const) {
			const picture = () => toSharp(paintPicture(501, 337, channels, 200));
			const settings = { maxWidth: 230, maxHeight: 400 };
			const streamed = await render(await toBytes(picture().png()), settings);
			const whole = await render(await toBytes(picture().png({ progressive: true })), settings);
			expect([streamed.plan.decodedWidth, whole.plan.decodedWidth]).toEqual([230, 501]);
			expect(largestDifference(streamed.rgba, whole.rgba)).toBe(0);
		}
	});

	it("turns what it has resampled", async () => {
		const file = await toBytes(
			toSharp(paintPicture(300, 200, 3, 0))
				.withMetadata({ orientation: 6 })
				.png(),
		);
		const { rgba, plan } = await render(file, { maxWidth: 100, maxHeight: 100 });
		expect([plan.outputWidth, plan.outputHeight, plan.decodedWidth, plan.decodedHeight]).toEqual([67, 100, 100, 67]);
		const upright = await toBytes(sharp(file).autoOrient().resize(67, 100).ensureAlpha().raw());
		expect(largestDifference(rgba, upright)).toBeLessThan(4);
	});

	it("keeps no more of 20 megapixels than of the output", async () => {
		const file = await toBytes(toSharp(paintPicture(5000, 400, 3, 0)).png({ compressionLevel: 1 }));
		const { decodePeakBytes } = await render(file, { maxWidth: 500 });
		expect(decodePeakBytes - file.length).toBeLessThan(2.5e6); // 2 MP of RGB are 6 MB
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

	it("reads a picture whose data goes on after its end, in the same chunk or in another", async () => {
		const file = await toBytes(paint(3).png());
		const chunks = [...pngChunks(file)];
		const data = Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map((idat) => idat.data));
		const junk = new Uint8Array(5000).fill(0x37);
		const build = (...idats: Uint8Array[]) =>
			concatBytes(
				file.subarray(0, 8),
				chunks[0]?.whole as Uint8Array,
				...idats.map((idat) => pngChunk("IDAT", idat)),
				pngChunk("IEND", new Uint8Array()),
			);
		const { rgba } = await render(file);
		expect(largestDifference((await render(build(concatBytes(data, junk)))).rgba, rgba)).toBe(0);
		expect(largestDifference((await render(build(data, junk))).rgba, rgba)).toBe(0);
	});

	it("refuses rows under an unknown filter, too few rows, and no palette; a colour beyond the palette is black", async () => {
		const build = (kind: number[], raw: Uint8Array, ...before: Uint8Array[]) => {
			const header = Buffer.alloc(13);
			header.writeUInt32BE(2);
			header.writeUInt32BE(2, 4);
			header.set(kind, 8);
			const end = [pngChunk("IDAT", deflateSync(raw)), pngChunk("IEND", new Uint8Array())];
			return concatBytes(readFixture("chelsea.png").subarray(0, 8), pngChunk("IHDR", header), ...before, ...end);
		};
		const palette = pngChunk("PLTE", new Uint8Array(6));
		const detail = async (file: Uint8Array) => (await expectAppError("undecodable_image", () => render(file))).detail;
		expect(await detail(build([8, 0], Uint8Array.of(5, 1, 1, 0, 1, 1)))).toContain("filtered in an unknown way");
		expect(await detail(build([8, 0], Uint8Array.of(0, 1, 1)))).toContain("ends before the picture does");
		const nines = pngChunk("PLTE", new Uint8Array(6).fill(9));
		const beyond = await render(build([8, 3], Uint8Array.of(0, 1, 2, 0, 1, 1), nines));
		expect([...beyond.rgba.subarray(0, 8)]).toEqual([9, 9, 9, 255, 0, 0, 0, 255]);
		expect(await detail(build([8, 3], Uint8Array.of(0, 1, 1, 0, 1, 1)))).toContain("its palette is missing");
		await render(build([8, 3], Uint8Array.of(0, 1, 1, 0, 1, 1, 9, 9, 9), palette)); // more than enough is no fault
	});

	it("stops at the last row of data that goes on for ever", async () => {
		const header = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 0, 0, 0, 0]);
		const bomb = pngChunk("IDAT", deflateSync(Buffer.alloc(200e6)));
		const file = concatBytes(readFixture("chelsea.png").subarray(0, 8), pngChunk("IHDR", header), bomb);
		const before = process.memoryUsage().rss;
		await render(concatBytes(file, pngChunk("IEND", new Uint8Array())));
		expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
	});
});
