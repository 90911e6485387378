import { expect, it, vi } from "vitest";
import { judgeFile } from "../support/node/mutated-files/judge-file.ts";
import { makeMutatedFile } from "../support/node/mutated-files/mutated-file.ts";
import { makeSources } from "../support/node/mutated-files/sources.ts";

// A collection for each of the files would take five times as long as all the rest; `npm run bench:mutations` has them.
vi.mock("../../src/media/wasm/collect-dropped.ts", () => ({
	collectDropped: () => {},
	noteDropped: () => {},
	makeRoom: () => {},
}));

/** The bench takes thousands, each in a process that may die. */
const FILES = 400;
const SEED = 2026;

it("a mutated file ends in a picture or in a typed error, within the memory that was foretold", async () => {
	const sources = await makeSources();
	const outcomes = new Map<string, number>();
	for (let index = 0; index < FILES; index++) {
		const { source, steps, bytes } = makeMutatedFile(sources, SEED, index);
		const { outcome, fault } = await judgeFile(bytes);
		expect(fault, `file ${index}: ${source.format}, ${source.name}, ${steps.join(", ")}`).toBeUndefined();
		outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
	}
	expect(outcomes.size).toBeGreaterThan(3); // the mutations do reach different places
	expect(outcomes.get("picture")).toBeGreaterThan(FILES / 10);
});
