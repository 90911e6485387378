/** workerd with the Worker of the year and an empty D1. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { CommandFailure } from "../../scripts/footy/failures.ts";
import { projectRoot } from "../../scripts/footy/paths.ts";
import { createToken, knownScopes } from "../../scripts/footy/tokens/new-token.ts";
import { insertTokenSql } from "../../scripts/footy/tokens/token-sql.ts";
import { bundleWorker } from "../../scripts/footy/workerd/bundle-worker.ts";
import { breakSource, replaceRegistry } from "../chaos/bundle-plugins.ts";
import { readMigrations } from "../chaos/runtime-process.ts";
import { logSql, type Sabotage, type StepOrder, type StepReport, sabotages } from "./contract.ts";

export interface YearRuntime {
	step(order: StepOrder): Promise<StepReport>;
	/** The rows of each statement. */
	query<Row>(...statements: string[]): Promise<Row[][]>;
	stop(): Promise<void>;
}

const here = (path: string) => join(projectRoot, "bench/schedule-year", path);

/** @param folder an empty one */
export async function startYearRuntime(folder: string, sabotage: Sabotage | undefined): Promise<YearRuntime> {
	const bundle = join(folder, "worker");
	const names = await bundleWorker(here("worker/index.ts"), bundle, [
		replaceRegistry(here("worker/kinds.ts")),
		...(sabotage ? [breakSource(sabotages[sabotage])] : []),
	]);
	const modules = names.map((name) => ({
		type: name.endsWith(".wasm") ? ("CompiledWasm" as const) : ("ESModule" as const),
		path: join(bundle, name),
	}));
	const { workerOptions } = unstable_getMiniflareWorkerOptions(join(projectRoot, "wrangler.toml"));
	// The driver is the consumer of the queues.
	const { assets: _, queueConsumers: __, ...ofProject } = workerOptions as Record<string, unknown>;
	const options = {
		host: "127.0.0.1",
		port: 0,
		resourcePersistencePath: join(folder, "state"),
		workers: [{ ...ofProject, name: "year", modules, modulesRoot: bundle }],
	};
	const miniflare = new Miniflare(
		convertV4MiniflareOptions({ ...options, log: new Log(LogLevel.ERROR) } as Parameters<
			typeof convertV4MiniflareOptions
		>[0]),
	);
	const url = (await miniflare.ready).href;
	const post = async <Answer>(path: string, body: unknown): Promise<Answer> => {
		const response = await fetch(new URL(path, url), { method: "POST", body: JSON.stringify(body) });
		if (!response.ok) throw new CommandFailure(`The Worker did not take a step: ${await response.text()}`);
		return (await response.json()) as Answer;
	};
	const runtime: YearRuntime = {
		step: (order) => post("/step", order),
		query: (...statements) => post("/query", statements),
		stop: () => miniflare.dispose(),
	};
	const token = createToken({ ownerId: "year", name: "year", scopes: knownScopes });
	const files = readdirSync(join(projectRoot, "migrations")).filter((name) => name.endsWith(".sql"));
	await runtime.query(...readMigrations(files), ...logSql, insertTokenSql(token));
	await post("/authorize", token.token);
	return runtime;
}
