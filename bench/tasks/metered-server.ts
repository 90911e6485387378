/** The metered Worker on this machine: built by wrangler, with the bindings of wrangler.toml and a state of its own. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createTestHarness, experimental_readRawConfig } from "wrangler";
import { projectRoot } from "../../scripts/footy/paths.ts";
import { wranglerEnvironment } from "../../scripts/footy/server/wrangler.ts";
import { createToken, knownScopes } from "../../scripts/footy/tokens/new-token.ts";
import { insertTokenSql } from "../../scripts/footy/tokens/token-sql.ts";
import type { LocalDatabase } from "./local-database.ts";
import type { MeteredCalls } from "./metered-calls.ts";

export interface MeteredServer {
	url: string;
	/** Of an administrator. */
	token: string;
	/** The same D1, without the meter. */
	database: LocalDatabase;
	/** Runs the Cron Trigger's handler as if it were that moment. */
	runCron(now: number): Promise<void>;
	/** What was called since the last time. */
	takeCalls(): Promise<MeteredCalls>;
	/** Resolves when so many batches of messages were worked off since the calls were last taken. */
	untilBatchesDone(count: number, signal: AbortSignal): Promise<void>;
	stop(): Promise<void>;
}

const POLL_EVERY_MS = 20;

export async function startMeteredServer(): Promise<MeteredServer> {
	const restoreEnvironment = quietenWrangler();
	const { rawConfig } = experimental_readRawConfig({ config: join(projectRoot, "wrangler.toml") });
	const { $schema: _, env: __, assets: ___, ...config } = rawConfig;
	const main = join(projectRoot, "bench/tasks/worker/metered-worker.ts");
	const databases = config.d1_databases?.map((database: { binding: string }) => ({
		...database,
		migrations_dir: join(projectRoot, "migrations"),
	}));
	const harness = createTestHarness({
		root: projectRoot,
		workers: [{ config: { ...config, main, ...(databases && { d1_databases: databases }) } }],
	});
	const stop = async () => {
		await harness.close();
		restoreEnvironment();
	};
	try {
		const { url: base } = await harness.listen();
		const url = base.origin;
		const worker = harness.getWorker();
		await worker.applyD1Migrations("DB");
		const { DB: database } = (await worker.getEnv()) as { DB: LocalDatabase };
		const token = createToken({ ownerId: "bench", name: "bench", scopes: knownScopes, expiresInDays: 1 });
		await database.prepare(insertTokenSql(token)).run();
		const read = async <Value>(path: string) => (await (await fetch(url + path)).json()) as Value;
		return {
			url,
			token: token.token,
			database,
			async runCron(now) {
				const { outcome } = await worker.scheduled({ scheduledTime: new Date(now), cron: "* * * * *" });
				if (outcome !== "ok") throw new Error(`the run of the minute ended with ${outcome}`);
			},
			takeCalls: () => read("/bench/calls"),
			async untilBatchesDone(count, signal) {
				while ((await read<number>("/bench/batches-done")) < count) await sleep(POLL_EVERY_MS, undefined, { signal });
			},
			stop,
		};
	} catch (thrown) {
		await stop();
		throw thrown;
	}
}

/**
 * The harness reads its settings from the environment where it needs them; what the Worker tells of each task would drown
 * the tables.
 * @returns a way back: the same setting would silence the answers of wrangler's other commands
 */
function quietenWrangler(): () => void {
	const before = { ...process.env };
	Object.assign(process.env, wranglerEnvironment(), { WRANGLER_LOG: "error" });
	return () => {
		for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
		Object.assign(process.env, before);
	};
}
