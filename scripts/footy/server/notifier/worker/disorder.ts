/** Messages as an unordered queue may deliver them: shuffled, and some held back until later ones have overtaken them. */

const heldBackSeconds = 1;

/** Disturbs one list of messages after another, the same way in every run. */
export function createDisorder(seed: number) {
	const below = seededRandom(seed);
	return <Message extends object>(messages: readonly Message[]): (Message & { delaySeconds: number })[] => {
		const shuffled = messages.map((message) => ({ ...message, delaySeconds: below(2) * heldBackSeconds }));
		for (let last = shuffled.length - 1; last > 0; last--) {
			const other = below(last + 1);
			const [one, two] = [shuffled[last], shuffled[other]];
			if (one && two) [shuffled[last], shuffled[other]] = [two, one];
		}
		return shuffled;
	};
}

/** Whole numbers from 0 up to and without a limit; Numerical Recipes' linear congruential generator. */
function seededRandom(seed: number): (limit: number) => number {
	let state = seed >>> 0;
	return (limit) => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((state / 2 ** 32) * limit);
	};
}
