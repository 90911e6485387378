/** Starts the runtime with the chaos Worker in it, as often as it is killed. Its D1 and R2 stay; its queues die with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { CommandFailure } from "../../scripts/footy/failures.ts";
import { projectRoot } from "../../scripts/footy/paths.ts";
import { bundleWorker } from "../../scripts/footy/workerd/bundle-worker.ts";
import { addKinds, breakSource, breaks } from "./bundle-plugins.ts";
import { type ChaosVars, type Sabotage, SPEED } from "./contract.ts";

const guardianScript = join(projectRoot, "scripts/footy/server/guardian.ts");
const runtimeScript = fileURLToPath(new URL("./runtime.ts", import.meta.url));
const workerEntry = fileURLToPath(new URL("./worker/index.ts", import.meta.url));

export interface ChaosRuntime {
	url: string;
	/** Leads the group of its processes. */
	pid: number;
	/** Ends every process of it at once, with SIGKILL. */
	kill(): Promise<void>;
}

export interface RuntimePlan {
	/** Where everything lies that outlives the runtime. */
	folder: string;
	epoch: number;
	sabotage: Sabotage | undefined;
	/** What the runtime and the Worker write. */
	onLine(line: string): void;
}

/** Bundles the Worker; the answer starts a runtime with it. @param plan as it stays over all restarts */
export async function prepareRuntime(plan: RuntimePlan): Promise<(seed: number) => Promise<ChaosRuntime>> {
	const { folder, sabotage } = plan;
	const bundle = join(folder, "worker");
	const broken = sabotage && breaks[sabotage];
	const names = await bundleWorker(workerEntry, bundle, [addKinds, ...(broken ? [breakSource(broken)] : [])]);
	const modules = names.map((name) => ({
		type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule",
		path: join(bundle, name),
	}));
	const { workerOptions } = unstable_getMiniflareWorkerOptions(join(projectRoot, "wrangler.toml"));
	const { assets: _, queueConsumers = {}, bindings, ...ofProject } = workerOptions as WorkerOptions;
	return async (seed) => {
		const vars: ChaosVars = {
			CHAOS_EPOCH: String(plan.epoch),
			CHAOS_SEED: String(seed),
			CHAOS_SABOTAGE: sabotage ?? "",
		};
		const worker = {
			...ofProject,
			name: "chaos",
			modules,
			modulesRoot: bundle,
			bindings: { ...bindings, ...vars },
			queueConsumers: Object.fromEntries(
				Object.entries(queueConsumers).map(([name, consumer]) => [name, { ...consumer, ...inFastTime(consumer) }]),
			),
		};
		const optionsFile = join(folder, "options.json");
		const options = {
			host: "127.0.0.1",
			port: 0,
			resourcePersistencePath: join(folder, "state"),
			unsafeTriggerHandlers: true,
		};
		await writeFile(optionsFile, JSON.stringify({ ...options, workers: [worker] }));
		return launchRuntime(optionsFile, plan.onLine);
	};
}

interface Consumer {
	retryDelay?: number;
	maxBatchTimeout?: number;
}

/** What of the project's settings is used by name here. */
interface WorkerOptions {
	assets?: unknown;
	bindings?: object;
	queueConsumers?: Record<string, Consumer>;
}

/** The queues' own seconds, on the Worker's clock. */
const inFastTime = ({ retryDelay = 0, maxBatchTimeout = 0 }: Consumer): Consumer => ({
	retryDelay: Math.ceil(retryDelay / SPEED),
	maxBatchTimeout: maxBatchTimeout / SPEED,
});

/** Starts Miniflare with these options, under a guardian. */
export async function launchRuntime(optionsFile: string, onLine: (line: string) => void): Promise<ChaosRuntime> {
	const guardian = spawn(process.execPath, [guardianScript, runtimeScript, optionsFile], {
		cwd: projectRoot,
		stdio: ["pipe", "pipe", "pipe"],
		detached: true,
	});
	guardian.stdin.on("error", () => {}); // it may be dead
	const exited = once(guardian, "exit");
	const kill = async () => {
		killGroup(guardian);
		await exited;
	};
	const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
	const lastLines: string[] = [];
	for (const stream of [guardian.stdout, guardian.stderr]) {
		createInterface({ input: stream }).on("line", (line) => {
			const url = /^\{"url":"(http:[^"]+)\/"\}$/.exec(line)?.[1];
			if (url !== undefined) return resolve(url);
			lastLines.push(line);
			if (lastLines.length > 12) lastLines.shift();
			onLine(line);
		});
	}
	guardian.once("error", reject);
	guardian.once("exit", () =>
		reject(new CommandFailure(`The runtime ended before it listened. Its last words:\n${lastLines.join("\n")}`)),
	);
	return { url: await listening, pid: guardian.pid ?? 0, kill };
}

/** The guardian leads the group in which Miniflare and workerd are. */
function killGroup({ pid }: ChildProcess): void {
	if (pid === undefined) return;
	try {
		process.kill(-pid, "SIGKILL");
	} catch {} // it is dead already
}

/** The statements of the project's migrations, oldest first. */
export function readMigrations(names: readonly string[]): string[] {
	return names
		.toSorted()
		.flatMap((name) => readFileSync(join(projectRoot, "migrations", name), "utf8").split("--> statement-breakpoint"));
}
