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

/**
 * Runs the actors side by side. Whenever each that is not done waits at a call, or has calls on their way, one of those that
 * wait is drawn and let go on.
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
		const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
		if (next) order.push(`${next.actor}: ${next.call}`);
		next?.go();
	}
	// What an actor left behind, in waitUntil say, goes on by itself.
	while (waiting.length > 0) waiting.shift()?.go();
	await everything;
	return order;
}
