/** Makes the small fixtures of test/fixtures that are not photographs. Run once: `node test/support/node/make-fixtures.ts`. */

import { writeFileSync } from "node:fs";
import sharp from "sharp";
import { readFixture } from "./fixtures.ts";
import { paintPicture, type RawPicture, toBytes, toSharp } from "./pictures.ts";

const write = (name: string, bytes: Uint8Array | string) =>
	writeFileSync(new URL(`../../fixtures/${name}`, import.meta.url), bytes);

/** An F on a gradient: no turning and no mirroring leaves it as it is. */
function paintLetter(): RawPicture {
	const picture = paintPicture(96, 64, 3, 0);
	const isInk = (x: number, y: number) =>
		(x >= 24 && x < 36 && y >= 8 && y < 56) ||
		(x >= 24 && x < 72 && y >= 8 && y < 18) ||
		(x >= 24 && x < 56 && y >= 28 && y < 38);
	for (let y = 0; y < picture.height; y++) {
		for (let x = 0; x < picture.width; x++) {
			if (isInk(x, y)) picture.pixels.set([250, 240, 40], (y * picture.width + x) * 3);
		}
	}
	return picture;
}

/** Exif 2.32, tag 274: which side of the upright picture the stored row 0 and column 0 show. */
const sides: Record<number, [row: "top" | "bottom" | "left" | "right", column: "top" | "bottom" | "left" | "right"]> = {
	1: ["top", "left"],
	2: ["top", "right"],
	3: ["bottom", "right"],
	4: ["bottom", "left"],
	5: ["left", "top"],
	6: ["right", "top"],
	7: ["right", "bottom"],
	8: ["left", "bottom"],
};

/** The letter as a camera held in that way would store it. */
function storeLetter(orientation: number): RawPicture {
	const upright = paintLetter();
	const [rowSide, columnSide] = sides[orientation] as (typeof sides)[number];
	const isSwapped = orientation >= 5;
	const width = isSwapped ? upright.height : upright.width;
	const height = isSwapped ? upright.width : upright.height;
	const pixels = new Uint8Array(upright.pixels.length);
	for (let row = 0; row < height; row++) {
		for (let column = 0; column < width; column++) {
			const [alongX, alongY] = isSwapped ? [row, column] : [column, row];
			const x = rowSide === "right" || columnSide === "right" ? upright.width - 1 - alongX : alongX;
			const y = rowSide === "bottom" || columnSide === "bottom" ? upright.height - 1 - alongY : alongY;
			const from = (y * upright.width + x) * 3;
			pixels.set(upright.pixels.subarray(from, from + 3), (row * width + column) * 3);
		}
	}
	return { pixels, width, height, channels: 3 };
}

for (let orientation = 1; orientation <= 8; orientation++) {
	const stored = toSharp(storeLetter(orientation)).withMetadata({ orientation });
	const file = await toBytes(stored.jpeg({ quality: 95, chromaSubsampling: "4:4:4" }));
	write(`orientation-${orientation}.jpg`, file);
}

const rocket = readFixture("rocket.jpg");
write("truncated.jpg", rocket.subarray(0, 60_000));
write("truncated.png", readFixture("chelsea.png").subarray(0, 100_000));
write("not-a-picture.jpg", "This is a text file that somebody has renamed.\n");

// Whole in structure, broken in its data: it passes the scanner and fails in the decoder.
const corrupt = await toBytes(toSharp(paintPicture(160, 120)).jpeg({ quality: 90 }));
for (let at = corrupt.length / 2; at < corrupt.length / 2 + 400; at++) corrupt[Math.floor(at)] = (at * 37) & 0x7f;
write("corrupt-data.jpg", corrupt);

write(
	"gps.jpg",
	await toBytes(
		sharp(await toBytes(toSharp(paintPicture(120, 90)).png()))
			.withExif({
				IFD0: { Copyright: "SECRET-COPYRIGHT", Model: "SECRET-CAMERA" },
				IFD3: {
					GPSLatitudeRef: "N",
					GPSLatitude: "52/1 30/1 0/1",
					GPSLongitudeRef: "E",
					GPSLongitude: "13/1 24/1 0/1",
				},
			})
			.jpeg({ quality: 90 }),
	),
);
