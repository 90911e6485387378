/** Makes the mutated file of a number: the same one in every run, and without those before it. */

import { type SeededRandom, scatterSeed, seededRandom } from "../seeded-random.ts";
import { mendSums } from "./mend.ts";
import { type MutationName, mutations } from "./mutations.ts";
import type { SourceFile } from "./sources.ts";

export interface MutatedFile {
	source: SourceFile;
	steps: MutationName[];
	bytes: Uint8Array;
}

const names = Object.keys(mutations) as MutationName[];
const MOST_STEPS = 3;

export function makeMutatedFile(sources: SourceFile[], seed: number, index: number): MutatedFile {
	const random = seededRandom(scatterSeed(seed, index));
	const source = pickByWeight(sources, random);
	const relatives = sources.filter(({ format }) => format === source.format);
	const steps: MutationName[] = [];
	let bytes: Uint8Array = source.bytes.slice();
	for (let step = 0; step <= random.below(MOST_STEPS) && bytes.length > 0; step++) {
		const donors = random.below(4) === 0 ? sources : relatives;
		const donor = donors[random.below(donors.length)] as SourceFile;
		const name = names[random.below(names.length)] as MutationName;
		steps.push(name);
		bytes = mutations[name](bytes, random, donor.bytes);
	}
	if (random.below(4) > 0) mendSums(bytes);
	return { source, steps, bytes };
}

function pickByWeight(sources: SourceFile[], random: SeededRandom): SourceFile {
	const weightOf = ({ weight = 1 }: SourceFile) => weight;
	const sum = sources.reduce((total, source) => total + weightOf(source), 0);
	let left = (random.below(1e6) / 1e6) * sum;
	const found = sources.find((source) => {
		left -= weightOf(source);
		return left < 0;
	});
	return found ?? (sources.at(-1) as SourceFile);
}
