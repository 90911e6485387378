/** Pictures of many kinds, from a seed: what an encoder decides from pixels should have met them all. */

import type { SeededRandom } from "./seeded-random.ts";

export const pictureKinds = ["flat", "gradient", "waves", "noise", "sky", "drawing", "text", "photograph"] as const;
export type PictureKind = (typeof pictureKinds)[number];

/** RGBA. */
export interface RgbaPicture {
	pixels: Uint8Array;
	width: number;
	height: number;
}

type Shade = (x: number, y: number) => [number, number, number];

/** @param photographs to cut from; the cut is tiled where the photograph is smaller. */
export function paintRandomPicture(
	random: SeededRandom,
	kind: PictureKind,
	size: { width: number; height: number },
	photographs: RgbaPicture[],
): RgbaPicture {
	const { width, height } = size;
	const shade = shades[kind](random, photographs);
	const pixels = new Uint8Array(width * height * 4);
	for (let y = 0, at = 0; y < height; y++) {
		for (let x = 0; x < width; x++, at += 4) {
			const [red, green, blue] = shade(x, y);
			pixels[at] = red;
			pixels[at + 1] = green;
			pixels[at + 2] = blue;
			pixels[at + 3] = 255;
		}
	}
	return { pixels, width, height };
}

const shades: Record<PictureKind, (random: SeededRandom, photographs: RgbaPicture[]) => Shade> = {
	flat: (random) => {
		const colour: [number, number, number] = [random.byte(), random.byte(), random.byte()];
		return () => colour;
	},
	gradient: (random) => {
		const [a, b, c] = [1 + random.below(9), 1 + random.below(9), 20 + random.below(200)];
		return (x, y) => [(x / a) & 255, (y / b) & 255, Math.min(255, (x + y) / c + 60)];
	},
	waves: (random) => {
		const [a, b, height] = [0.002 + random.below(100) / 500, 0.002 + random.below(100) / 500, 5 + random.below(120)];
		return (x, y) => {
			const v = 128 + height * Math.sin(x * a) * Math.cos(y * b);
			return [v, 255 - v, v / 2 + 60];
		};
	},
	noise: (random) => {
		const height = 1 + random.below(255);
		return () => [random.below(height), random.below(height), random.below(height)];
	},
	/** Smooth, with the grain of a sensor: what libaom takes for screen content now and then. */
	sky: (random) => {
		const [slope, grain] = [2 + random.below(30), 1 + random.below(4)];
		return (x, y) => {
			const v = 90 + ((y / slope) % 130) + (x % 640) / 200 + random.below(grain);
			return [v * 0.6, v * 0.85, Math.min(255, v + 40)];
		};
	},
	drawing: (random) => {
		const cell = 8 + random.below(90);
		const colours = Array.from(
			{ length: 7 },
			() => [random.byte(), random.byte(), random.byte()] as [number, number, number],
		);
		return (x, y) =>
			colours[(Math.floor(x / cell) * 3 + Math.floor((y + x / 3) / cell) * 5) % 7] as [number, number, number];
	},
	text: (random) => {
		const [line, seed] = [10 + random.below(14), random.below(1e6)];
		return (x, y) => {
			const glyph = (Math.floor(x / 6) * 7919 + Math.floor(y / line) * 104_729 + seed) % 97;
			const isInk = y % line < line - 4 && ((glyph >> (x % 6)) & 1) === 1 && glyph % 5 !== 0;
			return isInk ? [20, 20, 30] : [250, 250, 245];
		};
	},
	photograph: (random, photographs) => {
		const photograph = photographs[random.below(photographs.length)];
		if (photograph === undefined) throw new Error("no photographs to cut from");
		const [left, top] = [random.below(photograph.width), random.below(photograph.height)];
		return (x, y) => {
			const at = (((top + y) % photograph.height) * photograph.width + ((left + x) % photograph.width)) * 4;
			const { pixels } = photograph;
			return [pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number];
		};
	},
};

/** Gives the picture an alpha of soft discs. */
export function addDiscs({ pixels, width, height }: RgbaPicture, random: SeededRandom): void {
	const [x0, y0, radius] = [random.below(width), random.below(height), 10 + random.below(width + height)];
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			const distance = Math.hypot(x - x0, y - y0);
			pixels[(y * width + x) * 4 + 3] = Math.min(255, Math.max(0, (radius - distance) * 4));
		}
	}
}
