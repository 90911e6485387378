import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { defaultRenditionSettings, makeRendition } from "../../src/media/pipeline.ts";
import { codecModules } from "../support/node/codec-modules.ts";
import { paintPicture, toBytes, toSharp } from "../support/node/pictures.ts";
import { seededRandom } from "../support/node/seeded-random.ts";

const ROUNDS = 50;
const FAULTS = [
	"truncated_image",
	"malformed_image",
	"undecodable_image",
	"unsupported_image_type",
	"image_exceeds_memory_budget",
];

describe("a mutated file", () => {
	it("ends in a picture or in a typed error, within the memory that was predicted", async () => {
		const random = seededRandom(2026);
		const paint = (channels: 3 | 4 = 3) => toSharp(paintPicture(48, 40, channels));
		const files = [
			await toBytes(paint().jpeg()),
			await toBytes(paint().withMetadata({ orientation: 6 }).jpeg({ progressive: true })),
			await toBytes(paint().png()),
			await toBytes(paint(4).png({ palette: true })),
			await toBytes(paint().webp()),
			await toBytes(paint(4).webp({ lossless: true })),
		];
		const outcomes = new Map<string, number>();
		for (const file of files) {
			for (let round = 0; round < ROUNDS; round++) {
				let mutated = file.slice();
				for (let k = 0; k <= random.below(4); k++) mutated[random.below(mutated.length)] = random.byte();
				if (round % 5 === 0) mutated = mutated.slice(0, random.below(mutated.length));
				const outcome = await makeRendition(mutated, defaultRenditionSettings, codecModules).then(
					({ peakMemoryBytes }) => {
						expect(peakMemoryBytes).toBeLessThan(defaultRenditionSettings.budgetBytes);
						return "picture";
					},
					(error: unknown) => {
						if (!(error instanceof AppError)) throw error;
						expect(FAULTS).toContain(error.code);
						return error.code;
					},
				);
				outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
			}
		}
		expect([...outcomes.values()].reduce((a, b) => a + b)).toBe(files.length * ROUNDS);
		expect(outcomes.size).toBeGreaterThan(3); // the mutations do reach different places
	});
});
