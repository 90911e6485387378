/** A runtime that is killed at random moments and started again, and the Cron Trigger that ticks in it. */
import { setTimeout as sleep } from "node:timers/promises";
import { type SeededRandom, scatterSeed } from "../../test/support/node/seeded-random.ts";
import type { ChaosClient } from "./client.ts";
import type { ChaosState } from "./contract.ts";
import type { ChaosRuntime } from "./runtime-process.ts";

/** A minute of the Worker's clock, as the platform ticks. */
const TICK_EVERY_MS = 1000;
/** How old what is known of the runtime may be. */
const LOOK_EVERY_MS = 100;

export class RestartingRuntime {
	/** Injected faults by kind, over all runtimes: what the last tenth of a second before a kill brought is not in it. */
	readonly faults: Record<string, number> = {};
	restarts = 0;
	/** What was last seen; undefined while the runtime is down. */
	state: ChaosState | undefined;
	#seenFaults: Record<string, number> = {};
	#runtime: ChaosRuntime | undefined;
	readonly #start: (seed: number) => Promise<ChaosRuntime>;
	readonly #client: ChaosClient;
	readonly #seed: number;
	readonly #ended = new AbortController();
	readonly #loops: Promise<void>[];

	constructor(start: (seed: number) => Promise<ChaosRuntime>, client: ChaosClient, seed: number) {
		this.#start = start;
		this.#client = client;
		this.#seed = seed;
		this.#loops = [this.#repeat(TICK_EVERY_MS, () => client.tick()), this.#repeat(LOOK_EVERY_MS, () => this.#look())];
	}

	async start(): Promise<void> {
		this.#seenFaults = {};
		this.#runtime = await this.#start(scatterSeed(this.#seed, 1 + this.restarts));
		this.#client.url = this.#runtime.url;
	}

	/** Kills it and starts another. */
	async restart(): Promise<void> {
		await this.#runtime?.kill();
		this.#client.url = undefined;
		this.state = undefined;
		this.restarts++;
		await this.start();
	}

	/** Kills it at random moments until the signal aborts. */
	async restartAtRandom(random: SeededRandom, [shortestMs, longestMs]: [number, number], signal: AbortSignal) {
		while (!signal.aborted) {
			await sleep(shortestMs + random.below(longestMs - shortestMs), undefined, { signal }).catch(() => {});
			if (!signal.aborted) await this.restart();
		}
	}

	async stop(): Promise<void> {
		this.#ended.abort();
		await this.#runtime?.kill();
		this.#client.url = undefined;
		await Promise.all(this.#loops);
	}

	/** What is known now, asked anew. */
	async #look(): Promise<void> {
		const runtime = this.#runtime;
		const state = await this.#client.readState();
		if (!state || runtime !== this.#runtime) return;
		for (const [kind, count] of Object.entries(state.faults)) {
			this.faults[kind] = (this.faults[kind] ?? 0) + count - (this.#seenFaults[kind] ?? 0);
		}
		this.#seenFaults = state.faults;
		this.state = state;
	}

	async #repeat(everyMs: number, act: () => Promise<void>): Promise<void> {
		const { signal } = this.#ended;
		while (!signal.aborted) {
			await act();
			await sleep(everyMs, undefined, { signal }).catch(() => {});
		}
	}
}
