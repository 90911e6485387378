/** The sound files that mutated ones are made of: every format and kind, those that are not read yet included. */

import sharp from "sharp";
import { encodeLayout } from "../encode-layout.ts";
import { readFixture } from "../fixtures.ts";
import { type PngKind, paintPng } from "../paint-png.ts";
import { paintPicture, toBytes, toSharp } from "../pictures.ts";
import { addDiscs, paintRandomPicture } from "../random-pictures.ts";
import { seededRandom } from "../seeded-random.ts";

interface SourceRow {
	format: "jpeg" | "png" | "webp" | "gif" | "avif";
	name: string;
	make: () => Uint8Array | Promise<Uint8Array>;
	/** How often it is taken, against 1 of most: large files cost time, and small ones break in as many ways. */
	weight?: number;
}

export interface SourceFile extends Omit<SourceRow, "make"> {
	bytes: Uint8Array;
}

const small = (channels: 1 | 2 | 3 | 4 = 3, noise = 24) => toSharp(paintPicture(48, 40, channels, noise));
const large = (channels: 3 | 4 = 3) => toSharp(paintPicture(801, 603, channels, 12));
const LARGE = 0.15;

async function joinFrames(channels: 3 | 4) {
	const frames = await Promise.all([0, 60, 120].map((noise) => small(channels, noise).png().toBuffer()));
	return sharp(frames, { join: { animated: true } });
}

async function encodeTiled(): Promise<Uint8Array> {
	const layout = { width: 300, height: 200, columnWidths: [192, 108], rowHeights: [128, 72] };
	const random = seededRandom(12);
	const picture = paintRandomPicture(random, "waves", layout, []);
	addDiscs(picture, random);
	return (await encodeLayout(picture.pixels, layout, {}, true)).avif;
}

const rows: SourceRow[] = [
	{ format: "jpeg", name: "baseline", make: () => toBytes(small().jpeg()) },
	{ format: "jpeg", name: "4:4:4", make: () => toBytes(small().jpeg({ chromaSubsampling: "4:4:4" })) },
	{ format: "jpeg", name: "progressive", make: () => toBytes(small().jpeg({ progressive: true })) },
	{ format: "jpeg", name: "grey", make: () => toBytes(small(1).jpeg()) },
	{ format: "jpeg", name: "progressive grey", make: () => toBytes(small(1).jpeg({ progressive: true })) },
	{ format: "jpeg", name: "CMYK", make: () => toBytes(small().toColourspace("cmyk").jpeg()) },
	{
		format: "jpeg",
		name: "progressive CMYK",
		make: () => toBytes(small().toColourspace("cmyk").jpeg({ progressive: true })),
	},
	{ format: "jpeg", name: "orientation 6", make: () => readFixture("orientation-6.jpg") },
	{ format: "jpeg", name: "EXIF with GPS", make: () => readFixture("gps.jpg") },
	{ format: "jpeg", name: "Display P3", make: () => toBytes(small().withIccProfile("p3").jpeg()) },
	{ format: "jpeg", name: "large", make: () => toBytes(large().jpeg({ quality: 90 })), weight: LARGE },
	{
		format: "jpeg",
		name: "large progressive",
		make: () => toBytes(large().jpeg({ progressive: true })),
		weight: LARGE,
	},
	{ format: "jpeg", name: "photograph", make: () => readFixture("rocket.jpg"), weight: LARGE },
	...listPngRows(),
	{ format: "png", name: "Display P3", make: () => toBytes(small(4).withIccProfile("p3").png()) },
	{ format: "png", name: "EXIF", make: () => toBytes(small().withMetadata({ orientation: 8 }).png()) },
	{ format: "png", name: "large", make: () => toBytes(large(4).png({ compressionLevel: 1 })), weight: LARGE },
	{ format: "png", name: "photograph", make: () => readFixture("chelsea.png"), weight: LARGE },
	{ format: "webp", name: "lossy", make: () => toBytes(small().webp()) },
	{ format: "webp", name: "lossy with alpha", make: () => toBytes(small(4).webp()) },
	{ format: "webp", name: "lossless", make: () => toBytes(small().webp({ lossless: true })) },
	{ format: "webp", name: "lossless with alpha", make: () => toBytes(small(4).webp({ lossless: true })) },
	{
		format: "webp",
		name: "profile and EXIF",
		make: () => toBytes(small().withIccProfile("p3").withMetadata({ orientation: 5 }).webp()),
	},
	{ format: "webp", name: "animated", make: async () => toBytes((await joinFrames(3)).webp()) },
	{
		format: "webp",
		name: "animated lossless with alpha",
		make: async () => toBytes((await joinFrames(4)).webp({ lossless: true })),
	},
	{ format: "webp", name: "large with alpha", make: () => toBytes(large(4).webp()), weight: LARGE },
	{ format: "gif", name: "still", make: () => toBytes(small().gif()) },
	{ format: "gif", name: "transparent", make: () => toBytes(small(4).gif()) },
	{ format: "gif", name: "interlaced", make: () => toBytes(small().gif({ progressive: true })) },
	{ format: "gif", name: "animated", make: async () => toBytes((await joinFrames(4)).gif()) },
	{ format: "gif", name: "large", make: () => toBytes(large().gif({ effort: 1 })), weight: LARGE },
	{ format: "avif", name: "4:2:0", make: () => toBytes(small().avif({ chromaSubsampling: "4:2:0" })) },
	{ format: "avif", name: "4:4:4 with alpha", make: () => toBytes(small(4).avif()) },
	{ format: "avif", name: "lossless", make: () => toBytes(small().avif({ lossless: true })) },
	{
		format: "avif",
		name: "profile and EXIF",
		make: () => toBytes(small().withIccProfile("p3").withMetadata({ orientation: 6 }).avif()),
	},
	{ format: "avif", name: "sequence", make: () => readFixture("sequence.avif") },
	{ format: "avif", name: "our own, of four tiles, with alpha", make: encodeTiled },
	{ format: "avif", name: "large", make: () => toBytes(large().avif({ effort: 0 })), weight: LARGE },
];

/** Each colour type with each of its depths, plain and interlaced, with and without transparency. */
function listPngRows(): SourceRow[] {
	const types = {
		0: ["grey", 1, 2, 4, 8, 16],
		2: ["colour", 8, 16],
		3: ["palette", 1, 2, 4, 8],
		4: ["grey and alpha", 8, 16],
		6: ["colour and alpha", 8, 16],
	} as const;
	return Object.entries(types).flatMap(([type, [name, ...depths]]) =>
		depths.flatMap((bitDepth) =>
			[false, true].flatMap((isInterlaced) =>
				(Number(type) < 4 ? [false, true] : [false]).map((hasTransparency): SourceRow => {
					const colourType = Number(type) as PngKind["colourType"];
					const kind = { width: 37, height: 29, colourType, bitDepth, isInterlaced, hasTransparency };
					const words = [`${name} of ${bitDepth} bits`, isInterlaced && "interlaced", hasTransparency && "tRNS"];
					return {
						format: "png",
						name: words.filter(Boolean).join(", "),
						make: () => paintPng(kind, seededRandom(37)),
						weight: 0.4,
					};
				}),
			),
		),
	);
}

/** Makes them all, in the order of the table: about a second. */
export async function makeSources(): Promise<SourceFile[]> {
	return Promise.all(rows.map(async ({ make, ...row }) => ({ ...row, bytes: await make() })));
}
