/**
 * The Worker in workerd with its own queues, D1 and R2, whose requests to other servers end on this machine: the setting
 * `WEBHOOK_URL` stays a public https URL, as production demands, and only what lies behind that name is ours.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { onTestFinished } from "vitest";
import { createToken } from "../../../scripts/footy/tokens/new-token.ts";
import { insertTokenSql } from "../../../scripts/footy/tokens/token-sql.ts";
import { bundleWorker } from "../../../scripts/footy/workerd/bundle-worker.ts";
import { makeTemporaryFolder } from "./footy.ts";

const root = new URL("../../..", import.meta.url).pathname;

export interface HookedWorker {
	/** A request to the API, with a token for everything. */
	call(path: string, init?: RequestInit): Promise<Response>;
}

/** @param landsAt where requests to the outer world really go: their path and query are kept */
export async function startHookedWorker(settings: Record<string, string>, landsAt: string): Promise<HookedWorker> {
	const folder = makeTemporaryFolder();
	const [main, ...modules] = await bundleWorker(join(root, "src/index.ts"), folder);
	const queues = ["photos", "transfers", "tasks"];
	const worker = new Miniflare(
		convertV4MiniflareOptions({
			// The Worker's log would stand between the tests' own lines.
			handleStructuredLogs: () => {},
			modulesRoot: folder,
			modules: [
				{ type: "ESModule", path: join(folder, main ?? "") },
				...modules.map((name) => ({ type: "CompiledWasm" as const, path: join(folder, name) })),
			],
			compatibilityDate: "2026-10-01",
			compatibilityFlags: ["nodejs_compat"],
			bindings: settings,
			d1Databases: ["DB"],
			r2Buckets: ["MEDIA"],
			queueProducers: Object.fromEntries(queues.map((name) => [`${name.toUpperCase()}_QUEUE`, name])),
			queueConsumers: Object.fromEntries(queues.map((name) => [name, { maxBatchSize: 1, maxBatchTimeout: 0 }])),
			outboundService: (async (request: Request) => {
				const { pathname, search } = new URL(request.url);
				const body = await request.arrayBuffer();
				const { method, headers } = request;
				return fetch(`${landsAt}${pathname}${search}`, { method, headers, body, redirect: "manual" });
			}) as never,
		}),
	);
	onTestFinished(() => worker.dispose());
	const database = await worker.getD1Database("DB");
	for (const name of readdirSync(join(root, "migrations")).sort()) {
		if (!name.endsWith(".sql")) continue;
		const statements = readFileSync(join(root, "migrations", name), "utf8").split("--> statement-breakpoint");
		await database.batch(statements.map((statement) => database.prepare(statement)));
	}
	const made = createToken({ ownerId: "e2e", name: "e2e", scopes: ["admin"] });
	await database.prepare(insertTokenSql(made)).run();
	const url = await worker.ready;
	return {
		call: (path, init) =>
			fetch(new URL(path, url), { ...init, headers: { ...init?.headers, authorization: `Bearer ${made.token}` } }),
	};
}
