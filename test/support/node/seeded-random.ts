/** Randomness that is the same in every run. */

export interface SeededRandom {
	/** From 0 up to and without `limit`, whole. */
	below(limit: number): number;
	byte(): number;
}

/** Numerical Recipes' linear congruential generator; its upper bits are good enough for tests. */
export function seededRandom(seed: number): SeededRandom {
	let state = seed >>> 0;
	const next = () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state;
	};
	return {
		below: (limit) => Math.floor((next() / 2 ** 32) * limit),
		byte: () => next() >>> 24,
	};
}

/** The seed of one case of many: neighbouring seeds begin with neighbouring numbers, so murmur3's finalizer parts them. */
export function scatterSeed(seed: number, index: number): number {
	let hash = Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return (hash ^ (hash >>> 16)) >>> 0;
}
