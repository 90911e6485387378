/** One run: pictures are asked for over the API, fetched from the site, and then everything is counted. */
import { setTimeout as sleep } from "node:timers/promises";
import { CommandFailure } from "../../scripts/footy/failures.ts";
import { createToken, knownScopes } from "../../scripts/footy/tokens/new-token.ts";
import { insertTokenSql } from "../../scripts/footy/tokens/token-sql.ts";
import { issueBy, makeAuthority } from "../../test/support/node/authority.ts";
import { planPictures, SITE_HOST } from "./plan.ts";
import { type Deployment, startDeployment } from "./runtime.ts";
import { type Site, startSite } from "./site.ts";
import type { ImportRun } from "./verdict.ts";
import { placeWitness, readWitness } from "./witness.ts";

export interface ImportsOptions {
	seed: number;
	imports: number;
	items: number;
	/** Whether the site neither errs nor hangs. */
	isSound: boolean;
	/** Whether every picture is behind a redirect. */
	areRedirected: boolean;
	/** As the deployment's settings say it. */
	maxAtOnce: number;
	pauseMs: number;
	/** Batches of the queue `tasks` that are in work at once, in both isolates together. */
	batchesAtOnce: number;
	/** An empty folder. */
	folder: string;
	signal: AbortSignal;
	onProgress(text: string): void;
	onLog(line: string): void;
}

/** Of one call of the API. */
const IMPORTS_OF_CALL = 50;
const LOOK_EVERY_MS = 1000;
const CRON_EVERY_MS = 60_000;
const PROGRESS_EVERY_MS = 5000;
/** Between two tasks that only want to know how long a task has to wait. */
const CHECK_EVERY_MS = 5000;
/** Longer than the longest wait between attempts that can be needed here. */
const PATIENCE_MS = 600_000;

export async function runImports(options: ImportsOptions): Promise<ImportRun> {
	const { seed, imports, folder, maxAtOnce, pauseMs, batchesAtOnce, signal, onLog } = options;
	const pictures = planPictures(seed, imports, options);
	const authority = await makeAuthority();
	const site = await startSite(await issueBy(authority, [SITE_HOST]), pictures);
	try {
		const deployment = await startDeployment({
			folder,
			settings: {
				ALLOWED_EXTERNAL_IMAGE_HOSTS: SITE_HOST,
				IMPORT_MAX_AT_ONCE: String(maxAtOnce),
				IMPORT_PAUSE_MS: String(pauseMs),
			},
			batchesAtOnce,
			site: { host: SITE_HOST, port: site.port, authority: authority.cert },
			onLog,
		});
		try {
			signal.throwIfAborted();
			const token = createToken({ ownerId: "bench", name: "bench", scopes: knownScopes });
			await placeWitness(deployment.database);
			await deployment.database.prepare(insertTokenSql(token)).run();
			const api = new Api(deployment.url, token.token);
			const startedAt = Date.now();
			const items = await askForAll(
				api,
				options,
				pictures.map(({ path }) => path),
			);
			const askedAt = Date.now();
			await untilEnded(deployment, api, site, items, options);
			return {
				...options,
				pictures,
				startedAt,
				askedAt,
				requests: site.requests,
				bytesSent: site.bytesSent(),
				witness: await readWitness(deployment.database),
				stored: await readStored(deployment),
				use: await deployment.readUse(),
				givenBack: await deployment.countGivenBack(),
			};
		} finally {
			await deployment.stop();
		}
	} finally {
		await site.close();
	}
}

class Api {
	readonly #url: string;
	readonly #token: string;

	constructor(url: string, token: string) {
		this.#url = url;
		this.#token = token;
	}

	/** @throws CommandFailure for any answer but success */
	async post(path: string, body: unknown): Promise<unknown> {
		const response = await fetch(`${this.#url}${path}`, {
			method: "POST",
			headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		if (response.ok) return response.json();
		throw new CommandFailure(`POST ${path} was answered with ${response.status}: ${await response.text()}`);
	}
}

/** @returns the items */
async function askForAll(
	api: Api,
	{ items: count, signal }: ImportsOptions,
	paths: readonly string[],
): Promise<string[]> {
	const items: string[] = [];
	for (let at = 0; at < count; at++) {
		items.push(((await api.post("/v1/items", { type: "jersey", name: `shirt ${at}` })) as { id: string }).id);
	}
	const share = Math.ceil(paths.length / count);
	for (const [at, item] of items.entries()) {
		const ofItem = paths.slice(at * share, (at + 1) * share);
		for (let from = 0; from < ofItem.length; from += IMPORTS_OF_CALL) {
			signal.throwIfAborted();
			const call = ofItem.slice(from, from + IMPORTS_OF_CALL);
			await api.post(
				`/v1/items/${item}/photos/import`,
				call.map((path, order) => ({ url: `https://${SITE_HOST}${path}`, order: from + order })),
			);
		}
	}
	return items;
}

/** Waits until every task has ended, runs the sweep each minute, and asks for a small task now and then. */
async function untilEnded(
	{ database, tick }: Deployment,
	api: Api,
	site: Site,
	items: readonly string[],
	{ imports, signal, onProgress }: ImportsOptions,
): Promise<void> {
	let changedAt = Date.now();
	let cronAt = changedAt + CRON_EVERY_MS;
	let checkAt = changedAt + CHECK_EVERY_MS;
	let progressAt = changedAt;
	let checks = 0;
	let last = -1;
	for (;;) {
		await sleep(LOOK_EVERY_MS, undefined, { signal });
		const { results } = await database
			.prepare(
				"SELECT count(*) AS unended, coalesce(sum(queue = 'photos'), 0) AS photos FROM tasks WHERE finished_at IS NULL",
			)
			.all<{ unended: number; photos: number }>();
		const { unended, photos } = results[0] as { unended: number; photos: number };
		if (unended === 0) return;
		const now = Date.now();
		if (unended !== last) changedAt = now;
		last = unended;
		if (now >= progressAt) {
			progressAt = now + PROGRESS_EVERY_MS;
			const ended = imports - unended + photos;
			onProgress(`${ended} of ${imports} imports have ended, ${site.requests.length} requests at the site`);
		}
		if (now - changedAt > PATIENCE_MS) return; // the verdict names what is stuck
		if (now >= cronAt) {
			cronAt = now + CRON_EVERY_MS;
			await tick();
		}
		if (now >= checkAt) {
			checkAt = now + CHECK_EVERY_MS;
			await api.post("/v1/tasks/check_item_photo_processing", {
				arguments: { item_id: items[checks++ % items.length] },
			});
		}
	}
}

/** What D1 and R2 hold in the end. */
export interface Stored {
	tasks: {
		id: string;
		name: string;
		state: string;
		url: string | null;
		attempts: number;
		snoozes: number;
		created_at: number;
		finished_at: number | null;
		code: string | null;
	}[];
	attempts: {
		name: string;
		isolate_id: string;
		outcome: string | null;
		wait_ms: number;
		started_at: number;
		ended_at: number;
	}[];
	imports: { item_id: string; url: string; state: string; photo_id: string | null; code: string | null }[];
	photos: { id: string; state: string; original_key: string; rendition_key: string | null; original_bytes: number }[];
	itemsProcessing: number;
	removals: string[];
	objects: string[];
}

async function readStored({ database, listObjects }: Deployment): Promise<Stored> {
	const select = async <Row>(sql: string) => (await database.prepare(sql).all<Row>()).results;
	const [items] = await select<{ n: number }>("SELECT count(*) AS n FROM items WHERE is_processing_photos");
	return {
		tasks: await select(
			`SELECT id, name, state, json_extract(arguments, '$.image_url') AS url, attempt_count AS attempts,
				snooze_count AS snoozes, created_at, finished_at, json_extract(error, '$.code') AS code FROM tasks`,
		),
		attempts: await select(
			`SELECT name, isolate_id, outcome, wait_ms, attempts.started_at, attempts.ended_at
				FROM attempts JOIN tasks ON tasks.id = attempts.task_id`,
		),
		imports: await select("SELECT item_id, url, state, photo_id, json_extract(error, '$.code') AS code FROM imports"),
		photos: await select("SELECT id, state, original_key, rendition_key, original_bytes FROM photos"),
		itemsProcessing: items?.n ?? 0,
		removals: (await select<{ object_key: string }>("SELECT object_key FROM removals")).map(
			({ object_key }) => object_key,
		),
		objects: await listObjects(),
	};
}
