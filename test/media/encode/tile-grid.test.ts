import { describe, expect, it } from "vitest";
import { frameTile } from "../../../src/media/encode/guarded-frame.ts";
import { isStubborn, possibleAttempts } from "../../../src/media/encode/guards.ts";
import { SUPERBLOCK } from "../../../src/media/encode/superblock.ts";
import { candidateGrids, listTiles } from "../../../src/media/encode/tile-grid.ts";
import { seededRandom } from "../../support/node/seeded-random.ts";

describe("the grids of a picture", () => {
	it("cover it in whole superblocks, largest tiles first, with no tile under 8 pixels", () => {
		const random = seededRandom(64);
		for (let i = 0; i < 300; i++) {
			const [width, height] = [200 + random.below(4000), 200 + random.below(2500)];
			const speed = 6 + random.below(5);
			let count = 0;
			for (const { columnWidths, rowHeights } of candidateGrids(width, height, speed)) {
				count++;
				for (const [spans, length] of [
					[columnWidths, width],
					[rowHeights, height],
				] as const) {
					expect(spans.reduce((a, b) => a + b)).toBe(length);
					expect(spans.slice(0, -1).every((span) => span % SUPERBLOCK === 0)).toBe(true);
					expect(Math.min(...spans)).toBeGreaterThanOrEqual(8);
				}
				const [last, lowest] = [columnWidths.at(-1) as number, rowHeights.at(-1) as number];
				if (columnWidths.length * rowHeights.length > 1 && isStubborn({ width, height })) {
					expect(Math.max(last, lowest)).toBeLessThanOrEqual(192);
				}
				if (count > 1 && speed < 9) expect(Math.max(...columnWidths)).toBeLessThanOrEqual(448);
			}
			expect(count).toBeGreaterThan(1);
		}
	});

	it("leave a picture whole that is narrower than a superblock: no guard could make its tiles agree", () => {
		for (const [width, height] of [
			[1, 300],
			[63, 2160],
			[3840, 63],
		] as const) {
			expect([...candidateGrids(width, height, 9)]).toEqual([
				{ width, height, columnWidths: [width], rowHeights: [height] },
			]);
		}
		expect([...candidateGrids(64, 2160, 9)].length).toBeGreaterThan(1);
	});

	it("lists tiles as AV1 counts them", () => {
		const tiles = listTiles({ width: 100, height: 90, columnWidths: [64, 36], rowHeights: [64, 26] });
		expect(tiles.map(({ left, top, width, height }) => [left, top, width, height])).toEqual([
			[0, 0, 64, 64],
			[64, 0, 36, 64],
			[0, 64, 64, 26],
			[64, 64, 36, 26],
		]);
	});
});

describe("a tile with its guard", () => {
	it("is what uniform spacing cuts out of the frame, for every size and guard", () => {
		for (let width = 65; width < 700; width += 29) {
			for (let height = 65; height < 700; height += 31) {
				for (const { guard } of possibleAttempts({ width, height }, width % 2 === 0 ? 9 : 7)) {
					const frame = frameTile(width, height, guard);
					// section 5.9.15: tileWidthSb = (sbCols + (1 << TileColsLog2) - 1) >> TileColsLog2
					const place = (length: number, log2: number, index: number) => {
						const tile = Math.ceil(Math.ceil(length / SUPERBLOCK) / 2 ** log2) * SUPERBLOCK;
						return [index * tile, Math.min(tile, length - index * tile)];
					};
					const { tileColsLog2, tileRowsLog2, tileIndex } = frame;
					const across = tileRowsLog2 === 0 ? tileIndex : 0;
					const down = tileRowsLog2 === 0 ? 0 : tileIndex;
					expect(place(frame.width, tileColsLog2, across)).toEqual([frame.tileLeft, width]);
					expect(place(frame.height, tileRowsLog2, down)).toEqual([frame.tileTop, height]);
				}
			}
		}
	});
});
