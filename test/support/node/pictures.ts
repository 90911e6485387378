/** Makes pictures for tests: gradients under seeded noise, in any format that sharp writes. */

import sharp, { type Sharp } from "sharp";
import { seededRandom } from "./seeded-random.ts";

export interface RawPicture {
	pixels: Uint8Array;
	width: number;
	height: number;
	channels: 1 | 2 | 3 | 4;
}

/** A gradient in every channel, each going another way, under noise of 0 to `noise` levels. */
export function paintPicture(width: number, height: number, channels: 1 | 2 | 3 | 4 = 3, noise = 24): RawPicture {
	const random = seededRandom(width * 31 + height * 7 + channels);
	const pixels = new Uint8Array(width * height * channels);
	const room = 255 - noise;
	for (let y = 0, at = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			for (let c = 0; c < channels; c++, at++) {
				const slope = [x / width, y / height, (x + y) / (width + height), 1 - x / width][c] as number;
				pixels[at] = slope * room + (noise > 0 ? random.below(noise + 1) : 0);
			}
		}
	}
	return { pixels, width, height, channels };
}

/** As input for sharp's encoders. */
export function toSharp({ pixels, width, height, channels }: RawPicture): Sharp {
	const picture = sharp(pixels, { raw: { width, height, channels } });
	return channels <= 2 ? picture.toColourspace("b-w") : picture;
}

export async function toBytes(picture: Sharp): Promise<Uint8Array> {
	return new Uint8Array(await picture.toBuffer());
}

/** The pixels of a file as RGBA, as they are stored: not turned, and not converted by any profile. */
export async function decodeWithSharp(file: Uint8Array): Promise<RawPicture> {
	const { data, info } = await sharp(file, { ignoreIcc: true })
		.ensureAlpha()
		.raw()
		.toBuffer({ resolveWithObject: true });
	return { pixels: new Uint8Array(data), width: info.width, height: info.height, channels: 4 };
}
