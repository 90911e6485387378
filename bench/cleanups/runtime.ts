/** The Worker in a runtime that can be killed, on a state that stays. */

import { readFileSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { projectRoot } from "../../scripts/footy/paths.ts";
import { findFreePort } from "../../scripts/footy/server/ports.ts";
import { bundleWorker } from "../../scripts/footy/workerd/bundle-worker.ts";
import { type ProcessMemory, readProcessMemory } from "../../scripts/footy/workerd/process-memory.ts";
import { type ChaosRuntime, launchRuntime } from "../chaos/runtime-process.ts";

const workerEntry = fileURLToPath(new URL("./worker/bench-worker.ts", import.meta.url));

export interface BenchRuntime extends ChaosRuntime {
	/** Chromium's debugging protocol, for the heap of the Worker's own isolate. */
	inspectorUrl: string;
}

/** Bundles the Worker; the answer starts a runtime with it. @param folder where everything lies that outlives it */
export async function prepareRuntime(folder: string): Promise<() => Promise<BenchRuntime>> {
	const bundle = join(folder, "worker");
	const names = await bundleWorker(workerEntry, bundle);
	const modules = names.map((name) => ({
		type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule",
		path: join(bundle, name),
	}));
	const { workerOptions } = unstable_getMiniflareWorkerOptions(join(projectRoot, "wrangler.toml"));
	const { assets: _, ...ofProject } = workerOptions as { assets?: unknown };
	const optionsFile = join(folder, "options.json");
	const options = {
		host: "127.0.0.1",
		port: 0,
		resourcePersistencePath: join(folder, "state"),
		unsafeTriggerHandlers: true,
		workers: [{ ...ofProject, name: "bench", modules, modulesRoot: bundle }],
	};
	return async () => {
		const inspectorPort = await findFreePort();
		await writeFile(optionsFile, JSON.stringify({ ...options, inspectorPort }));
		const runtime = await launchRuntime(optionsFile, () => {});
		return { ...runtime, inspectorUrl: `ws://127.0.0.1:${inspectorPort}/core:user:bench` };
	};
}

/** Of the workerd in which the Worker, and Miniflare's D1, R2 and queues, are: found as a process of the runtime's group. */
export async function readRuntimeMemory({ pid }: BenchRuntime): Promise<ProcessMemory | undefined> {
	for (const name of await readdir("/proc").catch(() => [])) {
		if (!/^\d+$/.test(name)) continue;
		try {
			const stat = readFileSync(`/proc/${name}/stat`, "utf8");
			const [, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
			if (Number(group) === pid && stat.includes("(workerd)")) return await readProcessMemory(Number(name));
		} catch {} // it has ended meanwhile
	}
	return undefined;
}
