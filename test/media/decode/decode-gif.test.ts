import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { MAX_FRAMES } from "../../../src/media/inspect/frame-limit.ts";
import { inspectImage } from "../../../src/media/inspect/inspect-image.ts";
import { createStructureScanner } from "../../../src/media/inspect/structure-scanner.ts";
import { type CodecModules, defaultRenditionSettings, makeRendition } from "../../../src/media/pipeline.ts";
import { codecModules } from "../../support/node/codec-modules.ts";
import { largestDifference } from "../../support/node/compare-pixels.ts";
import { expectAppError } from "../../support/node/expect-app-error.ts";
import { decodeWithSharp, paintPicture, toBytes, toSharp } from "../../support/node/pictures.ts";
import { render } from "../../support/node/render.ts";
import { type GifFrameOptions, toSubBlocks, writeGif } from "../../support/node/write-gif.ts";

const paint = (channels: 1 | 3 | 4 = 3, noise = 24) => toSharp(paintPicture(101, 67, channels, noise));
const tiny: GifFrameOptions = { width: 2, height: 2, indices: [0, 1, 2, 3] };
const [red, green, blue, white] = [
	[255, 0, 0, 255],
	[0, 255, 0, 255],
	[0, 0, 255, 255],
	[255, 255, 255, 255],
];
const nothing = [0, 0, 0, 0];

describe("decoding GIF", () => {
	it("gives sharp's pixels: plain, interlaced, transparent, of few colours, large", async () => {
		const files = [
			await toBytes(paint().gif()),
			await toBytes(paint(3, 200).gif()),
			await toBytes(paint().gif({ progressive: true })),
			await toBytes(paint(4).gif()),
			await toBytes(paint().gif({ colours: 2 })),
			await toBytes(paint(1).gif({ colours: 5 })),
			await toBytes(toSharp(paintPicture(900, 700, 3, 100)).gif({ effort: 1 })),
		];
		for (const file of files) {
			const { rgba } = await render(file);
			expect(largestDifference(rgba, (await decodeWithSharp(file)).pixels)).toBe(0);
		}
	});

	it("takes the first picture of an animation, and says so", async () => {
		const frames = await Promise.all([0, 60, 120].map((noise) => paint(4, noise).png().toBuffer()));
		const file = await toBytes(sharp(frames, { join: { animated: true } }).gif());
		const { rgba, plan } = await render(file);
		expect(plan.facts).toMatchObject({ isAnimated: true, frames: 3 });
		expect(largestDifference(rgba, (await decodeWithSharp(file)).pixels)).toBe(0);
		const rendition = await makeRendition(file, defaultRenditionSettings, codecModules);
		expect(rendition.isFirstFrameOnly).toBe(true);
		const still = await makeRendition(await toBytes(paint().gif()), defaultRenditionSettings, codecModules);
		expect(still.isFirstFrameOnly).toBe(false);
	});

	it("leaves transparent what the first picture does not cover, and cuts off what sticks out", async () => {
		const { rgba, plan } = await render(writeGif(3, 2, [{ ...tiny, left: 2, top: 0 }]));
		expect(plan.facts).toMatchObject({ hasAlpha: true, firstFrame: { left: 2, top: 0, width: 2, height: 2 } });
		expect([...rgba]).toEqual([nothing, nothing, red, nothing, nothing, blue].flat());
	});

	it("prefers a picture's own palette, and paints nothing for its transparent colour", async () => {
		const palette = [0, 0, 255, 0, 255, 0, 255, 0, 0, 0, 0, 0];
		const { rgba } = await render(writeGif(2, 2, [{ ...tiny, palette, transparentIndex: 3 }]));
		expect([...rgba]).toEqual([blue, green, red, nothing].flat());
	});

	it("orders the rows of an interlaced picture of fewer rows than passes", async () => {
		const file = writeGif(1, 3, [{ width: 1, height: 3, indices: [0, 1, 3], isInterlaced: true }]);
		expect([...(await render(file)).rgba]).toEqual([red, white, green].flat());
	});
});

describe("a hostile GIF", () => {
	const undecodable: [string, GifFrameOptions][] = [
		["a code out of range", { ...tiny, codes: [4, 0, 7] }],
		["a first code that is not a colour", { ...tiny, codes: [4, 6, 0, 0] }],
		["data that ends before the picture", { ...tiny, codes: [4, 0, 5] }],
		["no data", { ...tiny, data: [0] }],
		["an end without an end code", { ...tiny, data: toSubBlocks([0x04]) }],
		["codes of 12 bits at least", { ...tiny, colourBits: 12 }],
		["codes of no bits", { ...tiny, colourBits: 0, data: [1, 0, 0] }],
	];

	it("is undecodable by its first picture's data", async () => {
		for (const [name, frame] of undecodable) {
			const error = await expectAppError("undecodable_image", () => render(writeGif(2, 2, [frame])));
			expect(error.detail, name).toContain("GIF");
		}
	});

	it("is malformed when its first picture is empty, outside, larger than the whole, or without colours", async () => {
		for (const frame of [
			{ ...tiny, width: 0, indices: [] },
			{ ...tiny, left: 2 },
			{ ...tiny, width: 3 },
			{ ...tiny, height: 65_535 },
		]) {
			await expectAppError("malformed_image", () => inspectImage(writeGif(2, 2, [frame])));
		}
		await expectAppError("malformed_image", () => inspectImage(writeGif(2, 2, [tiny], [])));
		await expectAppError("malformed_image", () => inspectImage(writeGif(0, 2, [tiny])));
	});

	it("is truncated when it ends before its first picture, whatever comes before", async () => {
		const file = writeGif(2, 2, [tiny]);
		await expectAppError("truncated_image", () => inspectImage(file.subarray(0, 30)));
		await expectAppError("truncated_image", () => inspectImage(writeGif(2, 2, [])));
	});

	it("is refused from its header when its screen is 65,535 pixels wide and high", async () => {
		const noCodecs = {} as CodecModules;
		const file = writeGif(65_535, 65_535, [{ ...tiny, width: 65_535, height: 65_535 }]);
		await expectAppError("image_exceeds_memory_budget", () => makeRendition(file, defaultRenditionSettings, noCodecs));
	});

	it("is refused when it is a film, from its first 64 KiB, as a whole and while it streams, in no time", async () => {
		const film = writeGif(2, 2, Array(10_000).fill(tiny));
		const startedAt = performance.now();
		for (const bytes of [film, film.subarray(0, 65_536)]) {
			const error = await expectAppError("unsupported_image_type", () => inspectImage(bytes));
			expect(error.detail).toContain(`more than ${MAX_FRAMES} pictures`);
			await expectAppError("unsupported_image_type", () => createStructureScanner("gif").push(bytes));
		}
		expect(performance.now() - startedAt).toBeLessThan(500);
		expect(inspectImage(writeGif(2, 2, Array(MAX_FRAMES).fill(tiny))).frames).toBe(MAX_FRAMES);
	});

	it("of 15 MiB of empty blocks is walked in less than a second", () => {
		const empty = new Uint8Array(15 * 1024 * 1024).map((_, i) => [0x21, 0xfe, 0][i % 3] as number);
		const file = writeGif(2, 2, [tiny]);
		empty.set(file.subarray(0, -1));
		empty.fill(1, file.length - 1, file.length + 2); // sub-blocks of one byte until the phase of the pattern is met
		const startedAt = performance.now();
		try {
			inspectImage(empty);
		} catch {
			// how it ends does not matter here
		}
		expect(performance.now() - startedAt).toBeLessThan(1000);
	});
});
