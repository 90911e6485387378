/** Judges files in a process of its own, which is ended when it takes too long and replaced when it dies. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Verdict } from "../../test/support/node/mutated-files/judge-file.ts";

/** No file may take longer. */
export const PATIENCE_MS = 30_000;
const program = new URL("judge-child.ts", import.meta.url);

export interface Judge {
	judge(index: number): Promise<Verdict>;
	/** Resolves when its process is gone. */
	end(): Promise<void>;
}

export function startJudge(seed: number): Judge {
	let child: ChildProcess | undefined;

	async function stop(): Promise<void> {
		const stopped = child;
		child = undefined;
		if (!stopped || stopped.exitCode !== null || stopped.signalCode !== null) return;
		const exit = once(stopped, "exit");
		stopped.kill("SIGKILL"); // one that hangs hears nothing else
		await exit;
	}

	return {
		async judge(index) {
			child ??= fork(program, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
			const asked = child;
			const startedAt = performance.now();
			const fault = (text: string): Verdict => ({
				outcome: "fault",
				ms: performance.now() - startedAt,
				peakBytes: 0,
				fault: text,
			});
			const { promise, resolve } = Promise.withResolvers<Verdict>();
			const timer = setTimeout(() => resolve(fault(`had not ended after ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
			const onExit = (status: number | null, signal: string | null) =>
				resolve(fault(`ended its process (${signal ?? `status ${status}`})`));
			asked.once("message", resolve).once("exit", onExit);
			asked.send({ seed, index });
			const verdict = await promise;
			clearTimeout(timer);
			asked.off("message", resolve).off("exit", onExit);
			// A process in which something unforeseen happened may spoil what follows.
			if (verdict.outcome === "fault") await stop();
			return verdict;
		},
		end: stop,
	};
}
