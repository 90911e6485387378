/**
 * The deployment on this machine: the Worker in two isolates with one D1 and one R2, the queues, and a way out to the site.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { projectRoot } from "../../scripts/footy/paths.ts";
import { bundleWorker } from "../../scripts/footy/workerd/bundle-worker.ts";
import { readMigrations } from "../chaos/runtime-process.ts";
import type { LocalDatabase } from "../tasks/local-database.ts";
import { type UseByLabel, usePath } from "./contract.ts";

export interface Deployment {
	url: string;
	database: LocalDatabase;
	/** Keys of R2. */
	listObjects(): Promise<string[]>;
	/** What each isolate asked of D1 so far. */
	readUse(): Promise<UseByLabel[]>;
	/** Messages that a consumer wanted again: each is a failure of D1 or of the engine itself. */
	countGivenBack(): Promise<number>;
	/** Fires the Cron Trigger. */
	tick(): Promise<void>;
	stop(): Promise<void>;
}

export interface DeploymentPlan {
	/** An empty folder for the bundles. */
	folder: string;
	settings: Record<string, string>;
	batchesAtOnce: number;
	site: { host: string; port: number; authority: string };
	onLog(line: string): void;
}

interface ProjectOptions {
	bindings?: object;
	compatibilityDate: string;
	compatibilityFlags: string[];
	d1Databases: object;
	r2Buckets: object;
	queueProducers: object;
	queueConsumers: Record<string, object>;
}

const FIRST = "first";
const DISPATCHER = "dispatcher";

export async function startDeployment({ folder, settings, batchesAtOnce, site, onLog }: DeploymentPlan) {
	const { workerOptions } = unstable_getMiniflareWorkerOptions(join(projectRoot, "wrangler.toml"));
	const project = workerOptions as unknown as ProjectOptions;
	const { tasks = {}, transfers = {}, ...otherConsumers } = project.queueConsumers;
	const { bindings, compatibilityDate, compatibilityFlags, d1Databases, r2Buckets, queueProducers } = project;
	const module = (name: string) => bundle(name, join(folder, name));
	const worker = {
		...(await module("index")),
		compatibilityDate,
		compatibilityFlags,
		d1Databases,
		r2Buckets,
		queueProducers,
		bindings: { ...bindings, ...settings },
		outboundService: "internet",
	};
	const external = {
		address: `127.0.0.1:${site.port}`,
		https: { options: {}, tlsOptions: { trustedCertificates: [site.authority] }, certificateHost: site.host },
	};
	const miniflare = new Miniflare(
		convertV4MiniflareOptions({
			host: "127.0.0.1",
			port: 0,
			unsafeTriggerHandlers: true,
			handleStructuredLogs: ({ message }: { message: string }) => onLog(message),
			workers: [
				{ ...worker, name: FIRST, queueConsumers: otherConsumers },
				{ ...worker, name: "second" },
				{
					...(await module("dispatcher")),
					name: DISPATCHER,
					compatibilityDate,
					compatibilityFlags: ["queue_consumer_no_wait_for_wait_until"],
					serviceBindings: { FIRST, SECOND: "second" },
					queueProducers,
					queueConsumers: { tasks, transfers },
					bindings: { MAX_BATCHES_AT_ONCE: String(batchesAtOnce) },
				},
				{
					...(await module("internet")),
					name: "internet",
					compatibilityDate,
					serviceBindings: { SITE: { external } },
					bindings: { HOST: site.host },
				},
			],
		} as unknown as Parameters<typeof convertV4MiniflareOptions>[0]),
	);
	const url = new URL(await miniflare.ready).origin;
	const database = (await miniflare.getD1Database("DB", FIRST)) as unknown as LocalDatabase;
	const bucket = await miniflare.getR2Bucket("MEDIA", FIRST);
	const askWorker = async <Value>(name: string, path: string) => {
		const isolate = await miniflare.getWorker(name);
		return (await (await isolate.fetch(`http://worker${path}`)).json()) as Value;
	};
	for (const statement of readMigrations(readdirSync(join(projectRoot, "migrations")).filter(isSql))) {
		await database.prepare(statement).run();
	}
	const deployment: Deployment = {
		url,
		database,
		async listObjects() {
			const keys: string[] = [];
			for (let cursor: string | undefined; ; ) {
				const page = await bucket.list(cursor === undefined ? {} : { cursor });
				keys.push(...page.objects.map(({ key }) => key));
				if (!page.truncated) return keys;
				cursor = page.cursor;
			}
		},
		readUse: () => Promise.all([FIRST, "second"].map((name) => askWorker<UseByLabel>(name, usePath))),
		countGivenBack: async () => (await askWorker<{ givenBack: number }>(DISPATCHER, "/")).givenBack,
		async tick() {
			await fetch(`${url}/cdn-cgi/local/scheduled?${new URLSearchParams({ cron: "* * * * *" })}`);
		},
		stop: () => miniflare.dispose(),
	};
	return deployment;
}

const isSql = (name: string): boolean => name.endsWith(".sql");

async function bundle(name: string, folder: string) {
	const entry = fileURLToPath(new URL(`./worker/${name}.ts`, import.meta.url));
	const files = await bundleWorker(entry, folder);
	return {
		modulesRoot: folder,
		modules: files.map((file) => ({
			type: file.endsWith(".wasm") ? ("CompiledWasm" as const) : ("ESModule" as const),
			path: join(folder, file),
		})),
	};
}
