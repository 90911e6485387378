import { describe, expect, it } from "vitest";
import { Av1Error } from "../../../src/media/av1/av1-error.ts";
import type { CodedTile } from "../../../src/media/av1/coded-tile.ts";
import { spliceTiles } from "../../../src/media/av1/splice-tiles.ts";
import type { TileLayout } from "../../../src/media/av1/tile-info.ts";
import { planTiles } from "../../../src/media/encode/plan-tiles.ts";
import { candidateGrids } from "../../../src/media/encode/tile-grid.ts";
import { defaultRenditionSettings } from "../../../src/media/pipeline.ts";
import { compareWithAlone } from "../../support/node/compare-with-alone.ts";
import { findDecoderPrograms } from "../../support/node/decode-planes.ts";
import { encodeLayout } from "../../support/node/encode-layout.ts";
import { photographs, readFixture } from "../../support/node/fixtures.ts";
import { decodeWithSharp } from "../../support/node/pictures.ts";
import { addDiscs, paintRandomPicture, pictureKinds } from "../../support/node/random-pictures.ts";
import { type SeededRandom, seededRandom } from "../../support/node/seeded-random.ts";

const sources = await Promise.all(photographs.map((name) => decodeWithSharp(readFixture(name))));

const tinySizes = [
	[1, 1],
	[2, 1],
	[1, 300],
	[65, 64],
] as const;

function paint(
	random: SeededRandom,
	width: number,
	height: number,
	hasAlpha: boolean,
	kind = pictureKinds[random.below(8)],
) {
	const picture = paintRandomPicture(random, kind as (typeof pictureKinds)[number], { width, height }, sources);
	if (hasAlpha) addDiscs(picture, random);
	return picture.pixels;
}

/** One program for its planes: the other takes as long again, and bench/splice.ts asks both. */
const programs = findDecoderPrograms()
	.filter(({ command }) => command === "avifdec")
	.slice(0, 1);
const expectSameAsAlone = async (tiles: CodedTile[], layout: TileLayout) =>
	expect(await compareWithAlone(tiles, layout, programs), `${layout.width}x${layout.height}`).toEqual([]);

const withPlanes =
	programs.length > 0 ? "in Y, U and V (avifdec) and in RGB" : "in RGB; avifdec is not installed, planes are SKIPPED";

describe(`a spliced frame, compared bit for bit ${withPlanes}`, () => {
	it("decodes as its tiles do alone, whatever the size, the cut and the picture, with alpha and without", async () => {
		const random = seededRandom(90);
		for (let i = 0; i < 14; i++) {
			const [width, height] = tinySizes[i] ?? [1 + random.below(520), 1 + random.below(420)];
			const hasAlpha = i % 3 === 0;
			const grids = [...candidateGrids(width, height, 9)];
			const layout = grids[random.below(grids.length)] as TileLayout;
			const pixels = paint(random, width, height, hasAlpha);
			const { color, alpha } = await encodeLayout(pixels, layout, { quality: 90, speed: 9 }, hasAlpha);
			await expectSameAsAlone(color, layout);
			if (!hasAlpha) continue;
			expect(alpha[0]?.sequence.monoChrome).toBe(true);
			await expectSameAsAlone(alpha, layout);
		}
	});

	it("does so in 4:4:4, whose planes are all full", async () => {
		const random = seededRandom(444);
		for (let i = 0; i < 10; i++) {
			const [width, height] = [1 + random.below(520), 1 + random.below(420)];
			const hasAlpha = i % 3 === 0;
			const grids = [...candidateGrids(width, height, 9)];
			const layout = grids[random.below(grids.length)] as TileLayout;
			const pixels = paint(random, width, height, hasAlpha);
			const settings = { quality: 90, speed: 9, chromaSubsampling: "4:4:4" } as const;
			const { color, alpha } = await encodeLayout(pixels, layout, settings, hasAlpha);
			expect(color[0]?.sequence).toMatchObject({ seqProfile: 1, monoChrome: false, subsamplingX: 0, subsamplingY: 0 });
			await expectSameAsAlone(color, layout);
			if (!hasAlpha) continue;
			expect(alpha[0]?.sequence).toMatchObject({ seqProfile: 0, monoChrome: true });
			await expectSameAsAlone(alpha, layout);
		}
	});

	it("does so at 4000 x 2500, where AV1 itself demands tiles", async () => {
		const [width, height] = [4000, 2500];
		const needs = { width, height, sourceWidth: width, sourceHeight: height, hasAlpha: false, heldBytes: 36e6 };
		const { layout } = planTiles(needs, defaultRenditionSettings).plan;
		expect(layout.columnWidths.length).toBeGreaterThan(3);
		const pixels = paint(seededRandom(4), width, height, false, "photograph");
		const { color } = await encodeLayout(pixels, layout);
		await expectSameAsAlone(color, layout);
	});
});

describe("splicing", () => {
	it("writes nothing when headers disagree", async () => {
		const layout: TileLayout = { width: 256, height: 100, columnWidths: [128, 128], rowHeights: [100] };
		const pixels = paint(seededRandom(1), 256, 100, false, "noise");
		const [left] = (await encodeLayout(pixels, layout, { quality: 90 })).color;
		const [, right] = (await encodeLayout(pixels, layout, { quality: 80 })).color;
		const splice = () => spliceTiles([left as CodedTile, right as CodedTile], layout);
		expect(splice).toThrow(Av1Error);
		expect(splice).toThrow(/2 different headers in 2 tiles/);
	});

	it("never joins 4:2:0 with 4:4:4", async () => {
		const layout: TileLayout = { width: 256, height: 100, columnWidths: [128, 128], rowHeights: [100] };
		const pixels = paint(seededRandom(3), 256, 100, false, "photograph");
		const [left] = (await encodeLayout(pixels, layout)).color;
		const [, right] = (await encodeLayout(pixels, layout, { chromaSubsampling: "4:4:4" })).color;
		expect(() => spliceTiles([left as CodedTile, right as CodedTile], layout)).toThrow(
			/2 different headers in 2 tiles/,
		);
	});

	it("refuses layouts that AV1 does not allow", async () => {
		const layout: TileLayout = { width: 256, height: 100, columnWidths: [128, 128], rowHeights: [100] };
		const { color } = await encodeLayout(paint(seededRandom(2), 256, 100, false, "noise"), layout);
		for (const columnWidths of [[256], [100, 156], [128, 64], [64, 192]]) {
			expect(() => spliceTiles(color, { ...layout, columnWidths }), columnWidths.join("+")).toThrow(Av1Error);
		}
	});
});

describe("guards", () => {
	it("make headers agree for pictures of every kind, at all speeds and qualities (a sample; bench/guards.ts has more)", async () => {
		const random = seededRandom(30);
		for (let i = 0; i < 60; i++) {
			const chromaSubsampling = i < 40 ? "4:2:0" : "4:4:4";
			const [width, height] = [65 + random.below(450), 65 + random.below(350)];
			const speed = i % 8 === 0 ? 6 + random.below(3) : 9 + random.below(2);
			const grids = [...candidateGrids(width, height, speed)].slice(1);
			const layout = grids[random.below(grids.length)];
			const pixels = paint(random, width, height, false, pictureKinds[i % pictureKinds.length]);
			if (layout) await encodeLayout(pixels, layout, { quality: 30 + random.below(71), speed, chromaSubsampling });
		}
	});
});
