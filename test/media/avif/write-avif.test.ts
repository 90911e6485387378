import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { spliceTiles } from "../../../src/media/av1/splice-tiles.ts";
import type { TileLayout } from "../../../src/media/av1/tile-info.ts";
import { readPrimaryItem } from "../../../src/media/avif/read-primary-item.ts";
import { writeAvif } from "../../../src/media/avif/write-avif.ts";
import type { RenditionSettings } from "../../../src/media/settings.ts";
import { encodeLayout } from "../../support/node/encode-layout.ts";
import { parseAvif } from "../../support/node/parse-avif.ts";
import { addDiscs, paintRandomPicture } from "../../support/node/random-pictures.ts";
import { seededRandom } from "../../support/node/seeded-random.ts";

const layout: TileLayout = { width: 300, height: 200, columnWidths: [192, 108], rowHeights: [128, 72] };

async function write(hasAlpha: boolean, iccProfile?: Uint8Array, settings: Partial<RenditionSettings> = {}) {
	const random = seededRandom(12);
	const picture = paintRandomPicture(random, "waves", layout, []);
	if (hasAlpha) addDiscs(picture, random);
	const { color, alpha } = await encodeLayout(picture.pixels, layout, settings, hasAlpha);
	const file = writeAvif({
		width: 300,
		height: 200,
		color: spliceTiles(color, layout),
		...(hasAlpha && { alpha: spliceTiles(alpha, layout) }),
		...(iccProfile && { iccProfile }),
	});
	return { file, parsed: parseAvif(file) };
}

const bytesOf = (properties: { type: string; body: Uint8Array; essential: boolean }[], type: string) =>
	properties.filter((property) => property.type === type).map(({ body }) => [...body]);

describe("an AVIF file", () => {
	it("holds the boxes of one picture, in order, and nothing else", async () => {
		const { file, parsed } = await write(false);
		expect(parsed.brands).toEqual(["avif", "avif", "mif1", "miaf", "MA1B"]);
		expect(parsed.paths).toEqual([
			...["ftyp", "meta", "meta/hdlr", "meta/pitm", "meta/iloc", "meta/iinf", "meta/iinf/infe", "meta/iprp"],
			...["ipco", "ipco/ispe", "ipco/pixi", "ipco/av1C", "ipco/colr", "ipma"].map((path) => `meta/iprp/${path}`),
			"mdat",
		]);
		const { type, data, properties } = parsed.items.get(parsed.primaryItem) ?? expect.fail();
		expect(type).toBe("av01");
		expect(bytesOf(properties, "ispe")).toEqual([[0, 0, 0, 0, 0, 0, 1, 44, 0, 0, 0, 200]]);
		expect(bytesOf(properties, "pixi")).toEqual([[0, 0, 0, 0, 3, 8, 8, 8]]);
		expect(bytesOf(properties, "av1C")).toEqual([[0x81, 0, 0x0c, 0]]);
		expect(bytesOf(properties, "colr")).toEqual([[...Buffer.from("nclx"), 0, 1, 0, 13, 0, 6, 0x80]]);
		expect(properties.filter(({ essential }) => essential).map((property) => property.type)).toEqual(["av1C"]);
		expect(readPrimaryItem(file)).toEqual(data);
	});

	it("of 4:4:4 is of the advanced profile and says so in ftyp and av1C", async () => {
		for (const hasAlpha of [false, true]) {
			const { file, parsed } = await write(hasAlpha, undefined, { chromaSubsampling: "4:4:4" });
			expect(parsed.brands).toEqual(["avif", "avif", "mif1", "miaf", "MA1A"]);
			const { data, properties } = parsed.items.get(parsed.primaryItem) ?? expect.fail();
			expect((data[2] as number) >> 5).toBe(1); // seq_profile, behind the OBU's two bytes
			expect(bytesOf(properties, "av1C")).toEqual([[0x81, 1 << 5, 0, 0]]);
			expect(bytesOf(properties, "pixi")).toEqual([[0, 0, 0, 0, 3, 8, 8, 8]]);
			expect(await sharp(file).metadata()).toMatchObject({ width: 300, height: 200, hasAlpha });
		}
	});

	it("says in av1C what its sequence header says", async () => {
		const { items } = (await write(true)).parsed;
		for (const { data, properties } of items.values()) {
			const [, second, third] = bytesOf(properties, "av1C")[0] as number[];
			// seq_profile(3) still_picture(1) reduced_still_picture_header(1) seq_level_idx(5), behind the OBU's two bytes
			const bits = ((data[2] as number) << 8) | (data[3] as number);
			expect((second as number) >> 5).toBe(bits >> 13);
			expect((second as number) & 31).toBe((bits >> 6) & 31);
			const isMono = properties.some(({ type }) => type === "auxC");
			expect(third).toBe(isMono ? 0x1c : 0x0c);
		}
	});

	it("holds alpha as a monochrome item that belongs to the picture", async () => {
		const { file, parsed } = await write(true);
		expect(parsed.references).toEqual([[2, 1]]);
		const alpha = parsed.items.get(2) ?? expect.fail();
		expect(bytesOf(alpha.properties, "pixi")).toEqual([[0, 0, 0, 0, 1, 8]]);
		const [auxiliary] = bytesOf(alpha.properties, "auxC");
		expect(Buffer.from(auxiliary?.slice(4) ?? []).toString()).toBe("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0");
		expect(await sharp(file).metadata()).toMatchObject({ width: 300, height: 200, hasAlpha: true, channels: 4 });
	});

	it("carries a profile beside nclx, which then leaves the primaries to it", async () => {
		const profile = new Uint8Array(500).fill(7);
		const { parsed } = await write(false, profile);
		const [nclx, prof] = bytesOf(parsed.items.get(1)?.properties ?? [], "colr");
		expect(nclx).toEqual([...Buffer.from("nclx"), 0, 2, 0, 2, 0, 6, 0x80]);
		expect(prof).toEqual([...Buffer.from("prof"), ...profile]);
	});
});
