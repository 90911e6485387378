/** A server on this machine: state locked and migrated, wrangler under its guardian, healthy, its cron ticking. */
import { setTimeout as sleep } from "node:timers/promises";
import { CommandFailure } from "../failures.ts";
import { startCronClock } from "./cron-clock.ts";
import { prepareLocalDatabase, wakeWaitingTasks } from "./database.ts";
import { type GuardedWrangler, spawnWrangler } from "./guarded-wrangler.ts";
import { assertPortFree } from "./ports.ts";
import { lockState } from "./state-lock.ts";

const startPatienceMs = 90_000;

export interface LocalServerOptions {
	port: number;
	/** Absolute; D1 and R2 live in it. */
	stateDirectory: string;
	/** SQL to run before it serves, in the same call that looks after the tables. */
	statements?: string[];
	/** Every line that wrangler and the Worker write. */
	onLine: (line: string) => void;
	/** Interrupts the start. */
	signal: AbortSignal;
}

export interface LocalServer {
	url: string;
	/** Rejects when the server ends although nobody stopped it. */
	failure: Promise<never>;
	/** Ends every process of it and gives the state back. */
	stop: () => Promise<void>;
}

/** Starts a server and returns when it answers. Fails with a plain sentence; nothing is left running then. */
export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
	const { port, stateDirectory, statements = [], signal } = options;
	await assertPortFree(port);
	const unlockState = await lockState(stateDirectory);
	const gaveUp = new AbortController();
	let wrangler: GuardedWrangler | undefined;
	try {
		await prepareLocalDatabase(stateDirectory, [wakeWaitingTasks, ...statements], signal);
		signal.throwIfAborted();
		wrangler = await spawnWrangler(options);
		const url = `http://127.0.0.1:${port}`;
		await Promise.race([untilHealthy(url, AbortSignal.any([signal, gaveUp.signal])), wrangler.failure]);
		wrangler.markStarted();
		const clock = startCronClock(url);
		const stop = async () => {
			clock.stop();
			await wrangler?.stop();
			await unlockState();
		};
		return { url, failure: wrangler.failure, stop };
	} catch (thrown) {
		gaveUp.abort();
		await wrangler?.stop();
		await unlockState();
		throw thrown;
	}
}

async function untilHealthy(url: string, signal: AbortSignal): Promise<void> {
	const end = Date.now() + startPatienceMs;
	while (Date.now() < end) {
		signal.throwIfAborted();
		const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
		await response?.body?.cancel();
		if (response?.ok) return;
		await sleep(100, undefined, { signal }).catch(() => {});
	}
	throw new CommandFailure(`The server did not answer at ${url}/healthz within ${startPatienceMs / 1000} s.`);
}
