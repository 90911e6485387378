/** Counts tasks that a server says it has done, and tells when there were enough. */

export interface DoneCounter {
	add(): void;
	/** Resolves when so many more are done than had been when this was called, with that moment (performance.now). */
	until(count: number, signal: AbortSignal): Promise<number>;
}

export function createDoneCounter(): DoneCounter {
	let done = 0;
	let waiting: { target: number; resolve: (at: number) => void } | undefined;
	return {
		add() {
			done++;
			if (waiting && done >= waiting.target) waiting.resolve(performance.now());
		},
		until: (count, signal) =>
			new Promise((resolve, reject) => {
				waiting = { target: done + count, resolve };
				signal.addEventListener("abort", () => reject(signal.reason), { once: true });
			}),
	};
}
