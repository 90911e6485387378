import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/errors.ts";
import { DEFAULT_MEMORY_BUDGET_BYTES, planRendition } from "../../src/media/budget.ts";
import { type ImageFacts, inspectImage } from "../../src/media/inspect/inspect-image.ts";
import { type CodecModules, defaultRenditionSettings, makeRendition } from "../../src/media/pipeline.ts";
import { expectAppError } from "../support/node/expect-app-error.ts";
import { paintPicture, toBytes, toSharp } from "../support/node/pictures.ts";

const jpegFacts = (width: number, height: number, more: Partial<ImageFacts> = {}): ImageFacts => ({
	format: "jpeg",
	width,
	height,
	orientation: 1,
	hasAlpha: false,
	bitDepth: 8,
	isProgressive: false,
	components: 3,
	hasIccProfile: false,
	isAnimated: false,
	frames: 1,
	jpeg: { coefficientBytes: 0, isCmykInverted: false },
	...more,
});
const roomy = { ...defaultRenditionSettings, budgetBytes: 1e9 };

describe("a plan", () => {
	it("fits the upright picture into 3840 x 2160 and never enlarges it", () => {
		const size = (width: number, height: number, more?: Partial<ImageFacts>) => {
			const plan = planRendition(jpegFacts(width, height, more), { originalBytes: 1e6 }, roomy);
			return [plan.outputWidth, plan.outputHeight];
		};
		expect(size(3840, 2160)).toEqual([3840, 2160]);
		expect(size(4000, 3000)).toEqual([2880, 2160]);
		expect(size(3000, 4000)).toEqual([1620, 2160]);
		expect(size(4000, 3000, { orientation: 6 })).toEqual([1620, 2160]);
		expect(size(100, 50)).toEqual([100, 50]);
		expect(size(60_000, 2)).toEqual([3840, 1]);
		expect(size(2, 60_000)).toEqual([1, 2160]);
	});

	it("decodes a JPEG no smaller than its output, and no larger than the next eighth", () => {
		const scale = (width: number, height: number, more?: Partial<ImageFacts>) =>
			planRendition(jpegFacts(width, height, more), { originalBytes: 1e6 }, roomy).decodeScale;
		expect(scale(3840, 2160)).toBe(8);
		expect(scale(5640, 3172)).toBe(6); // 3840 / 5640 is 5.4 eighths
		expect(scale(4000, 3000, { orientation: 8 })).toBe(5); // 2160 / 4000 is 4.3 eighths
		expect(scale(40_000, 10_000)).toBe(1);
	});

	it("encodes what fits whole as one tile, and cuts what does not so that the largest tiles fit", () => {
		const tile = (width: number, height: number, originalBytes: number, more?: Partial<ImageFacts>) => {
			const plan = planRendition(jpegFacts(width, height, more), { originalBytes }, defaultRenditionSettings);
			expect(plan.predictedPeakBytes).toBeLessThanOrEqual(DEFAULT_MEMORY_BUDGET_BYTES);
			const { columnWidths, rowHeights } = plan.tiles.layout;
			expect(columnWidths.reduce((a, b) => a + b)).toBe(plan.outputWidth);
			expect(rowHeights.reduce((a, b) => a + b)).toBe(plan.outputHeight);
			return Math.max(...columnWidths) * Math.max(...rowHeights);
		};
		expect(tile(1600, 1200, 1e6)).toBe(1600 * 1200);
		expect(tile(3840, 2160, 2e6)).toBeGreaterThan(640 * 640);
		const large = tile(4000, 3000, 5e6);
		const small = tile(4000, 3000, 20e6);
		expect(small).toBeLessThan(large);
		expect(small).toBeGreaterThan(384 * 384);
	});

	it("moves a progressive JPEG's pixels out of its decoder, unless they do not fit beside it for that moment", () => {
		const plan = (width: number, height: number) => {
			const jpeg = { coefficientBytes: width * height * 3, isCmykInverted: false };
			const facts = jpegFacts(width, height, { isProgressive: true, jpeg });
			return planRendition(facts, { originalBytes: 4e6, dropsOriginal: true }, defaultRenditionSettings);
		};
		const moved = plan(4000, 3000);
		expect(moved.movesPixels).toBe(true);
		expect(moved.predictedBytes.encode).toBeLessThan(moved.decodedWidth * moved.decodedHeight * 3 + 78e6);
		expect(plan(5500, 3094).movesPixels).toBe(false);
		expect(planRendition(jpegFacts(4000, 3000), { originalBytes: 4e6 }, defaultRenditionSettings).movesPixels).toBe(
			false,
		);
	});

	it("needs less when the original may be dropped", () => {
		const peak = (dropsOriginal: boolean) => {
			const facts = jpegFacts(4000, 3000, { jpeg: { coefficientBytes: 36e6, isCmykInverted: false } });
			return planRendition(facts, { originalBytes: 10e6, dropsOriginal }, defaultRenditionSettings).predictedPeakBytes;
		};
		expect(peak(true)).toBeLessThan(peak(false));
	});

	it("refuses what fits in no way, with the arithmetic and before anything is decoded", async () => {
		const facts = jpegFacts(6000, 4000, {
			isProgressive: true,
			jpeg: { coefficientBytes: 24e6 * 3, isCmykInverted: false },
		});
		const error = await expectAppError("image_exceeds_memory_budget", () =>
			planRendition(facts, { originalBytes: 12e6 }, defaultRenditionSettings),
		);
		expect(error.detail).toContain("24.0 megapixels (6000 x 4000)");
		expect(error.detail).toContain("112 MB are allowed");
		expect(error.extensions).toMatchObject({
			width: 6000,
			height: 4000,
			outputWidth: 3240,
			outputHeight: 2160,
			originalBytes: 12e6,
			budgetBytes: DEFAULT_MEMORY_BUDGET_BYTES,
		});
		expect(error.extensions.predictedPeakBytes).toBeGreaterThan(DEFAULT_MEMORY_BUDGET_BYTES);
	});

	it("counts what a progressive JPEG keeps until its last scan", async () => {
		const progressive = { isProgressive: true, jpeg: { coefficientBytes: 12e6 * 6, isCmykInverted: false } };
		const settings = { ...defaultRenditionSettings, maxWidth: 1200 };
		planRendition(jpegFacts(4000, 3000), { originalBytes: 3e6 }, settings);
		const plan = planRendition(jpegFacts(4000, 3000, progressive), { originalBytes: 3e6 }, settings);
		expect(plan.predictedBytes.decode).toBeGreaterThan(80e6);
		await expectAppError("image_exceeds_memory_budget", () =>
			planRendition(
				jpegFacts(6000, 4000, { ...progressive, jpeg: { coefficientBytes: 24e6 * 6, isCmykInverted: false } }),
				{ originalBytes: 3e6 },
				settings,
			),
		);
	});
});

describe("a picture bomb", () => {
	it("is refused from its header: no codec is started", async () => {
		const png = await toBytes(toSharp(paintPicture(32, 32)).png());
		new DataView(png.buffer).setUint32(16, 30_000);
		new DataView(png.buffer).setUint32(20, 30_000);
		const jpeg = await toBytes(toSharp(paintPicture(32, 32)).jpeg());
		const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
		new DataView(jpeg.buffer).setUint16(frame + 5, 65_500);
		new DataView(jpeg.buffer).setUint16(frame + 7, 65_500);
		expect(inspectImage(png).width).toBe(30_000);
		expect(inspectImage(jpeg).height).toBe(65_500);
		const noCodecs = new Proxy({} as CodecModules, {
			get: (_, name) => expect.fail(`${String(name)} was started`),
		});
		const refusal = (code: ErrorCode, file: Uint8Array) =>
			expectAppError(code, () => makeRendition(file, defaultRenditionSettings, noCodecs));
		await refusal("image_exceeds_memory_budget", jpeg);
		const error = await refusal("image_exceeds_cpu_budget", png); // its rows would fit, all 30,000 of them
		expect(error.detail).toContain("900.0 megapixels (30000 x 30000)");
		expect(error.extensions.predictedDecodeCpuMs).toBeGreaterThan(error.extensions.decodeCpuBudgetMs as number);
	});
});
