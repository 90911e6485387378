/** One chaos run: asks for work while everything fails, lets it settle, and judges what is left. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mapBounded } from "../../scripts/footy/client/map-bounded.ts";
import { projectRoot } from "../../scripts/footy/paths.ts";
import { createToken, knownScopes } from "../../scripts/footy/tokens/new-token.ts";
import { insertTokenSql } from "../../scripts/footy/tokens/token-sql.ts";
import { scatterSeed, seededRandom } from "../../test/support/node/seeded-random.ts";
import { ChaosClient } from "./client.ts";
import { effectsTableSql, type Sabotage } from "./contract.ts";
import { Customers } from "./customers.ts";
import { countItems, planJobs } from "./plan.ts";
import { RestartingRuntime } from "./restarts.ts";
import { prepareRuntime, readMigrations } from "./runtime-process.ts";
import { judge, type Verdict } from "./verdict.ts";

export interface ChaosOptions {
	seed: number;
	tasks: number;
	/** After this nothing new is asked for; undefined: until all tasks were. */
	seconds: number | undefined;
	sabotage: Sabotage | undefined;
	/** An empty folder for the state. */
	folder: string;
	signal: AbortSignal;
	onProgress(text: string): void;
	onLine(line: string): void;
}

export interface ChaosResult extends Verdict {
	seed: number;
	seconds: number;
	restarts: number;
	/** Injected, by kind. */
	faults: Record<string, number>;
	/** Requests that were answered with an error, or not at all. */
	requests_failed: number;
}

/** So many callers ask at a time. */
const CALLERS = 8;
/** Time between two kills, in milliseconds. */
const KILL_BETWEEN_MS: [number, number] = [2500, 9000];
/** When nothing more has ended for so long, the rest is stuck. Leases are 3.5 to 5.5 s, and the clock skips all other waits. */
const SETTLE_PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 100;
/** When nothing has changed for so long, nothing will before a grace is over. */
const QUIET_MS = 800;

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
	const { seed, folder } = options;
	const startedAt = Date.now();
	const token = createToken({ ownerId: "chaos", name: "chaos", scopes: knownScopes });
	const client = new ChaosClient(token.token);
	const start = await prepareRuntime({ ...options, folder, epoch: startedAt });
	const runtime = new RestartingRuntime(start, client, seed);
	try {
		await runtime.start();
		const names = (await readdir(join(projectRoot, "migrations"))).filter((name) => name.endsWith(".sql"));
		await client.query(...readMigrations(names), effectsTableSql, insertTokenSql(token));

		const customers = await askForWork(client, runtime, options);
		// The last kill: of what was asked last, too, no message is left.
		await runtime.restart();
		await settle(client, runtime, options);
		const verdict = await judge(client, customers.promised);
		return {
			seed,
			...verdict,
			seconds: Math.round((Date.now() - startedAt) / 1000),
			restarts: runtime.restarts,
			faults: runtime.faults,
			requests_failed: customers.requestsFailed,
		};
	} finally {
		await runtime.stop();
	}
}

async function askForWork(client: ChaosClient, runtime: RestartingRuntime, options: ChaosOptions): Promise<Customers> {
	const { seed, tasks, seconds, signal, onProgress } = options;
	const jobs = planJobs(seed, tasks);
	const fixture = (name: string) => readFile(join(projectRoot, "test/fixtures", name));
	const pictures = { sound: await fixture("orientation-1.jpg"), broken: await fixture("corrupt-data.jpg") };
	const customers = new Customers(client, runtime, pictures, seededRandom(scatterSeed(seed, -1)));
	await customers.createItems(countItems(jobs), signal);

	const asked = new AbortController();
	const until = AbortSignal.any([
		signal,
		asked.signal,
		...(seconds === undefined ? [] : [AbortSignal.timeout(seconds * 1000)]),
	]);
	const kills = runtime.restartAtRandom(seededRandom(scatterSeed(seed, -2)), KILL_BETWEEN_MS, until);
	kills.catch(() => asked.abort()); // it could not be started again: then there is nobody to ask
	let done = 0;
	await mapBounded(jobs, CALLERS, async (job) => {
		if (until.aborted) return;
		await customers.ask(job, until);
		done++;
		const { tasks = 0, unended = 0 } = runtime.state ?? {};
		onProgress(
			`${done} of ${jobs.length} jobs asked for, ${tasks} tasks, ${unended} not ended, ${runtime.restarts} restarts`,
		);
	});
	asked.abort();
	await kills;
	signal.throwIfAborted();
	return customers;
}

/** Waits until everything has ended. Where nothing happens before a grace is over, the clock is set on to its end. */
async function settle(
	client: ChaosClient,
	runtime: RestartingRuntime,
	{ signal, onProgress }: ChaosOptions,
): Promise<void> {
	let last = { unended: 0 };
	let progressAt = Date.now();
	let quietSince = progressAt;
	while (Date.now() - progressAt < SETTLE_PATIENCE_MS) {
		signal.throwIfAborted();
		await sleep(LOOK_EVERY_MS);
		const { state } = runtime;
		if (!state) continue;
		if (state.unended === 0) return;
		onProgress(`settling: ${state.tasks} tasks, ${state.unended} not ended, of them ${state.started} started`);
		const now = Date.now();
		if (state.unended !== last.unended) progressAt = now;
		if (state.unended !== last.unended || state.started > 0) quietSince = now;
		last = state;
		// Nobody holds a lease that could be cut short, and no message is on its way that would have come by now.
		if (now - quietSince < QUIET_MS || state.lastWakeAt === null || state.lastWakeAt <= state.now) continue;
		await client.skip(state.lastWakeAt - state.now);
		await client.tick();
		quietSince = Date.now();
	}
}
