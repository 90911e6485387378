import { beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../../support/node/compare-pixels.ts";
import { decodeAvif } from "../../support/node/decode-avif.ts";
import { decodePlanes, decodeTo, findDecoderPrograms } from "../../support/node/decode-planes.ts";
import { makePatchRenditions, type PatchRendition } from "../../support/node/patches.ts";
import { decodeWithSharp } from "../../support/node/pictures.ts";
import { planesToRgb } from "../../support/node/planes-to-rgb.ts";

const programs = findDecoderPrograms();
const of = (command: string) => programs.filter((program) => program.command === command);
const [avifdec, libheif] = [of("avifdec"), of("heif-convert")];
const here = (command: string, found: typeof programs) =>
	found.length > 0 ? found.map(({ name }) => name).join(", ") : `SKIPPED: ${command} is not installed`;

describe("a rendition", () => {
	let renditions: PatchRendition[];
	beforeAll(async () => {
		if (programs.length > 0) renditions = await makePatchRenditions();
	});

	it.skipIf(avifdec.length < 2)(`has the same samples everywhere (${here("avifdec", avifdec)})`, () => {
		expect(renditions.filter(({ tiles }) => tiles > 3).length).toBeGreaterThan(2);
		for (const { name, avif, width, height } of renditions) {
			const chroma = [Math.ceil(width / 2), Math.ceil(height / 2)];
			const [first = [], ...others] = avifdec.map((program) => decodePlanes(avif, program));
			expect(
				first.map((plane) => [plane.width, plane.height]),
				name,
			).toEqual([[width, height], chroma, chroma]);
			for (const planes of others) {
				for (const [k, { samples }] of planes.entries()) {
					expect(Buffer.compare(samples, first[k]?.samples as Uint8Array), `${name}, plane ${k}`).toBe(0);
				}
			}
		}
	});

	it.skipIf(programs.length === 0)(
		`has its alpha to the level and its colours to three (${here("avifdec, heif-convert", programs)})`,
		async () => {
			const alphaOf = (pixels: Uint8Array) => pixels.filter((_, i) => i % 4 === 3);
			for (const { name, avif, width, probes } of renditions) {
				const reference = await decodeAvif(avif);
				for (const program of [...avifdec.slice(0, 1), ...libheif.slice(0, 1)]) {
					const { pixels } = await decodeWithSharp(decodeTo("png", avif, program));
					const where = `${name} by ${program.name}`;
					expect(largestDifference(alphaOf(pixels), alphaOf(reference.pixels)), where).toBe(0);
					if (program.command === "heif-convert" && avifdec.length > 0) {
						// by another program and another decoder: what the samples stand for
						const opaque = pixels.map((sample, i) => (i % 4 === 3 ? 255 : sample));
						expect(largestDifference(opaque, planesToRgb(decodePlanes(avif))), where).toBe(0);
					}
					if (name === "Display P3") continue; // its colours are those of its profile
					for (const { x, y, colour } of probes) {
						const seen = pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 4);
						const distance = largestDifference(seen, Uint8Array.from(colour));
						expect(distance, `${where}, pixel ${x},${y}`).toBeLessThanOrEqual(3);
					}
				}
			}
		},
	);
});
