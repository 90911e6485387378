/** Ctrl-C and its relatives, as an AbortSignal that every command can wait on. */
import { constants } from "node:os";
import { Interrupted } from "./failures.ts";
import { watchNpm } from "./npm-watch.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let caught: (typeof signals)[number] | undefined;

/**
 * From now on the first interrupt asks the command to end (the signal aborts); a second one ends it at once, and the
 * guardian of the server cleans up behind it.
 */
export function trapInterrupts(): AbortSignal {
	const controller = new AbortController();
	const interrupt = (signal: (typeof signals)[number]) => {
		if (caught) process.exit(interruptStatus());
		caught = signal;
		controller.abort(new Interrupted("interrupted"));
	};
	let last = 0;
	for (const signal of signals) {
		process.on(signal, () => {
			// Under npm, one Ctrl-C arrives twice: from the terminal and passed on by npm.
			const now = performance.now();
			if (caught && now - last < 500) return;
			last = now;
			interrupt(signal);
		});
	}
	// npm goes first after a Ctrl-C; that is no second wish.
	watchNpm(() => caught ?? interrupt("SIGHUP"));
	return controller.signal;
}

/** The exit status of an interrupted command: 130 for Ctrl-C, 143 for SIGTERM. */
export function interruptStatus(): number {
	return 128 + constants.signals[caught ?? "SIGINT"];
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
	if (signal.aborted) return Promise.resolve();
	return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
