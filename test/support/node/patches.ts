/** Pictures of flat patches, and renditions of them: what any decoder shows can be told by a few pixels. */

import sharp from "sharp";
import { AppError } from "../../../src/errors.ts";
import { defaultRenditionSettings, makeRendition, type Rendition } from "../../../src/media/pipeline.ts";
import { codecModules } from "./codec-modules.ts";
import { type RawPicture, toBytes, toSharp } from "./pictures.ts";

type Colour = [red: number, green: number, blue: number, alpha: number];

/** A pixel well inside a patch, and its colour as it was painted. */
export interface Probe {
	x: number;
	y: number;
	colour: Colour;
}

export interface PatchRendition {
	name: string;
	avif: Uint8Array;
	width: number;
	height: number;
	tiles: number;
	probes: Probe[];
	/** The same pixels as sharp writes them. */
	reference: Uint8Array;
}

const COLUMNS = 3;
const ROWS = 3;
const colours: Colour[] = [
	[200, 30, 40, 255],
	[40, 160, 60, 128],
	[30, 60, 180, 255],
	[230, 210, 40, 0],
	[128, 128, 128, 255],
	[250, 250, 250, 255],
	[10, 10, 10, 200],
	[180, 60, 170, 60],
	[60, 190, 200, 255],
];

/** Makes a rendition of each kind that decoders treat differently. */
export async function makePatchRenditions(): Promise<PatchRendition[]> {
	const png = (width: number, height: number, channels: 3 | 4) =>
		toBytes(toSharp(paintPatches(width, height, channels)).png());
	return Promise.all([
		makeOne("one tile", [300, 200, 3], png),
		makeOne("many tiles", [900, 600, 3], png, makeCut),
		makeOne("alpha in one tile", [300, 200, 4], png),
		makeOne("alpha in many tiles", [700, 500, 4], png, makeCut),
		makeOne("odd sides", [301, 203, 4], png),
		makeOne("odd sides in many tiles", [801, 511, 3], png, makeCut),
		makeOne("one pixel", [1, 1, 3], png),
		makeOne("Display P3", [300, 210, 3], (width, height) =>
			toBytes(
				toSharp(paintPatches(width, height, 3))
					.withIccProfile("p3")
					.png(),
			),
		),
		makeOne("a source of orientation 6", [300, 210, 3], async (width, height) => {
			const stored = await toSharp(paintPatches(width, height, 3))
				.rotate(270)
				.png()
				.toBuffer(); // the camera lay on its side
			const jpeg = sharp(stored).withMetadata({ orientation: 6 }).jpeg({ quality: 100, chromaSubsampling: "4:4:4" });
			return toBytes(jpeg);
		}),
	]);
}

async function makeOne(
	name: string,
	[width, height, channels]: [number, number, 3 | 4],
	makeOriginal: (width: number, height: number, channels: 3 | 4) => Promise<Uint8Array>,
	make: (original: Uint8Array) => Promise<Rendition> = makeWhole,
): Promise<PatchRendition> {
	const original = await makeOriginal(width, height, channels);
	const { bytes, tiles } = await make(original);
	return {
		name,
		avif: bytes,
		width,
		height,
		tiles: tiles.columns * tiles.rows,
		probes: listProbes(width, height, channels),
		reference: await toBytes(sharp(original).autoOrient().keepIccProfile().avif({ quality: 90, effort: 0 })),
	};
}

const makeWhole = (original: Uint8Array) => makeRendition(original, defaultRenditionSettings, codecModules);

/** With the least budget that it fits, to a megabyte: cut into tiles, as pictures are that are too large otherwise. */
async function makeCut(original: Uint8Array): Promise<Rendition> {
	for (let budgetBytes = 17e6; ; budgetBytes += 1e6) {
		try {
			return await makeRendition(original, { ...defaultRenditionSettings, budgetBytes }, codecModules);
		} catch (thrown) {
			if (!(thrown instanceof AppError && thrown.code === "image_exceeds_memory_budget")) throw thrown;
		}
	}
}

export function paintPatches(width: number, height: number, channels: 3 | 4): RawPicture {
	const pixels = new Uint8Array(width * height * channels);
	for (let y = 0, at = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			for (const sample of colourAt(x, y, width, height).slice(0, channels)) pixels[at++] = sample;
		}
	}
	return { pixels, width, height, channels };
}

function colourAt(x: number, y: number, width: number, height: number): Colour {
	const index = Math.floor((y * ROWS) / height) * COLUMNS + Math.floor((x * COLUMNS) / width);
	return colours[index] as Colour;
}

/** Five pixels of each patch, a quarter of it away from its sides. */
export function listProbes(width: number, height: number, channels: 3 | 4): Probe[] {
	const probes: Probe[] = [];
	for (let row = 0; row < ROWS; row++) {
		for (let column = 0; column < COLUMNS; column++) {
			for (const [right, down] of [
				[0.5, 0.5],
				[0.25, 0.25],
				[0.75, 0.25],
				[0.25, 0.75],
				[0.75, 0.75],
			] as const) {
				const x = Math.floor(((column + right) * width) / COLUMNS);
				const y = Math.floor(((row + down) * height) / ROWS);
				const [red, green, blue, alpha] = colourAt(x, y, width, height);
				probes.push({ x, y, colour: [red, green, blue, channels === 4 ? alpha : 255] });
			}
		}
	}
	return probes;
}
