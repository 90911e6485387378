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
