/** Several actors whose calls to D1 and R2 are made one at a time, in an order drawn from a seed: no clock, no chance. */
import { failingBindings } from "./failing-bindings.ts";

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** What an actor does with bindings whose calls wait for their turn. */
export type Actor = (bindings: Pick<Env, "DB" | "MEDIA">) => Promise<void>;

interface Waiting {
	actor: string;
	call: string;
	go(): void;
}

/** The most calls that an actor makes in a row, unless the others are done. */
const LONGEST_TURN = 200;

/**
 * Runs the actors side by side. Whenever each that is not done waits at a call, one of them has its call made: it is its turn
 * for one call as often as for two to two hundred, so that calls are woven closely, and all of one come between two of another.
 * @returns the calls in the order in which they were let go on, for a failure's message
 */
export async function interleave(env: Env, actors: Record<string, Actor>, random: () => number): Promise<string[]> {
	const order: string[] = [];
	const waiting: Waiting[] = [];
	const alive = new Set(Object.keys(actors));
	let wake = () => {};
	const work = Object.entries(actors).map(async ([actor, act]) => {
		const { env: bindings } = failingBindings(env, async (call) => {
			await new Promise<void>((go) => {
				waiting.push({ actor, call, go });
				wake();
			});
			return false;
		});
		try {
			await act(bindings);
		} finally {
			alive.delete(actor);
			wake();
		}
	});
	let turn = { actor: "", calls: 0 };
	const draw = (): Waiting | undefined => {
		if (turn.calls-- <= 0 || !alive.has(turn.actor)) {
			const others = [...alive].filter((actor) => actor !== turn.actor);
			const actor = others[Math.floor(random() * others.length)] ?? turn.actor;
			turn = { actor, calls: Math.floor(LONGEST_TURN ** random()) - 1 };
		}
		const at = waiting.findIndex(({ actor }) => actor === turn.actor);
		return waiting.splice(at, 1)[0];
	};
	const everything = Promise.all(work);
	everything.catch(() => wake());
	while (alive.size > 0) {
		const isAtCall = (actor: string) => waiting.some((one) => one.actor === actor);
		if (![...alive].every(isAtCall)) {
			const { promise, resolve } = Promise.withResolvers<void>();
			wake = resolve;
			if (![...alive].every(isAtCall)) await promise;
			continue;
		}
		const next = draw();
		if (next) order.push(`${next.actor}: ${next.call}`);
		next?.go();
	}
	// What an actor left behind, in waitUntil say, goes on by itself.
	while (waiting.length > 0) waiting.shift()?.go();
	await everything;
	return order;
}
