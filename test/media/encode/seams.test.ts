import { beforeAll, describe, expect, it } from "vitest";
import type { TileLayout } from "../../../src/media/av1/tile-info.ts";
import { listTiles } from "../../../src/media/encode/tile-grid.ts";
import type { Region } from "../../../src/media/resample/resample-region.ts";
import { decodeAvif } from "../../support/node/decode-avif.ts";
import { encodeLayout } from "../../support/node/encode-layout.ts";
import { readFixture } from "../../support/node/fixtures.ts";
import { measureSeams, type Seams } from "../../support/node/measure-seams.ts";
import { decodeWithSharp } from "../../support/node/pictures.ts";

const [WIDTH, HEIGHT] = [600, 400];
const layouts: TileLayout[] = [
	{ width: WIDTH, height: HEIGHT, columnWidths: [192, 192, 216], rowHeights: [192, 208] },
	{ width: WIDTH, height: HEIGHT, columnWidths: [320, 280], rowHeights: [128, 128, 144] },
];
const qualities = [30, 60, 80];

/** Nothing at a border may be worse than that, against what is usual between blocks. Measured: 1.15, and 1.18 of coffee. */
const MOST_ERROR = 1.25;
const MOST_STEP = 1.25;
/** Less than half a level is no step that a picture of whole levels can show. */
const FREE_STEP_LEVELS = 0.4;
/** Measured: 0.3; a tile that is one level brighter comes to 0.8 and more. */
const MOST_SPREAD_LEVELS = 0.5;

function hasSeams({ error, step, spread }: Seams): boolean {
	return (
		error.atBorders > error.elsewhere * MOST_ERROR ||
		step.atBorders > step.elsewhere * MOST_STEP + FREE_STEP_LEVELS ||
		spread > MOST_SPREAD_LEVELS
	);
}

/** A clear sky: nothing in it hides a border. */
function paintSky(): Uint8Array {
	const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
	for (let y = 0, at = 0; y < HEIGHT; y++) {
		for (let x = 0; x < WIDTH; x++, at += 4)
			pixels.set([60 + y / 5 + x / 40, 90 + y / 6 + x / 50, 150 + y / 8, 255], at);
	}
	return pixels;
}

/** The upper left of a photograph. */
async function cutPhotograph(name: string): Promise<Uint8Array> {
	const { pixels, width } = await decodeWithSharp(readFixture(name));
	const cut = new Uint8Array(WIDTH * HEIGHT * 4);
	for (let y = 0; y < HEIGHT; y++) cut.set(pixels.subarray(y * width * 4, (y * width + WIDTH) * 4), y * WIDTH * 4);
	return cut;
}

async function encodeAndDecode(source: Uint8Array, layout: TileLayout, quality: number): Promise<Uint8Array> {
	return (await decodeAvif((await encodeLayout(source, layout, { quality })).avif)).pixels;
}

describe("a picture of several tiles, at qualities where the loop filter works across their borders", () => {
	const sources: { name: string; pixels: Uint8Array }[] = [];
	beforeAll(async () => {
		sources.push({ name: "sky", pixels: paintSky() });
		for (const name of ["coffee.png", "hubble_deep_field.jpg"]) {
			sources.push({ name, pixels: await cutPhotograph(name) });
		}
	});

	it("shows no border: errors and steps there are those between any blocks, and no tile is brighter", async () => {
		for (const { name, pixels } of sources) {
			for (const quality of qualities) {
				for (const layout of layouts) {
					const seams = measureSeams(pixels, await encodeAndDecode(pixels, layout, quality), layout);
					expect(hasSeams(seams), `${name} at quality ${quality}: ${JSON.stringify(seams)}`).toBe(false);
				}
			}
		}
	});

	describe("would be told from one", () => {
		const layout = layouts[0] as TileLayout;
		const tile = listTiles(layout)[1] as Region;
		const forEachPixel = (work: (at: number) => void) => {
			for (let y = tile.top; y < tile.top + tile.height; y++) {
				for (let x = tile.left; x < tile.left + tile.width; x++) work((y * WIDTH + x) * 4);
			}
		};

		it("with a tile that is one level brighter", async () => {
			for (const { pixels } of sources) {
				for (const quality of [30, 80]) {
					const decoded = await encodeAndDecode(pixels, layout, quality);
					forEachPixel((at) => {
						for (let channel = 0; channel < 3; channel++)
							decoded[at + channel] = Math.min(255, (decoded[at + channel] as number) + 1);
					});
					expect(hasSeams(measureSeams(pixels, decoded, layout))).toBe(true);
				}
			}
		});

		it("with a tile that lies one pixel beside its place", async () => {
			const photograph = sources[1]?.pixels as Uint8Array;
			const decoded = await encodeAndDecode(photograph, layout, 80);
			const moved = decoded.slice();
			forEachPixel((at) => moved.set(decoded.subarray(at + 4, at + 8), at));
			expect(hasSeams(measureSeams(photograph, moved, layout))).toBe(true);
		});
	});
});
