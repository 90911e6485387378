/** The full sweep of a large store: exactly what was planted, in constant memory, along indexes, and over a runtime that is killed. */

import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiClient } from "../../scripts/footy/client/api-client.ts";
import type { Cleanup } from "../../scripts/footy/client/contract.ts";
import { projectRoot } from "../../scripts/footy/paths.ts";
import { wakeWaitingTasks } from "../../scripts/footy/server/database.ts";
import { createToken } from "../../scripts/footy/tokens/new-token.ts";
import { insertTokenSql } from "../../scripts/footy/tokens/token-sql.ts";
import { type HeapWatch, watchHeap } from "../../scripts/footy/workerd/heap-watch.ts";
import { readMigrations } from "../chaos/runtime-process.ts";
import { describeLoad } from "../machine.ts";
import { type Goal, megabytes, type SectionResult } from "../report.ts";
import { type BenchRuntime, prepareRuntime, readRuntimeMemory } from "./runtime.ts";
import {
	explainStatements,
	fillStore,
	keysToPut,
	type Planted,
	readStore,
	type StoreSize,
	writeStore,
} from "./store.ts";

const POLL_EVERY_MS = 250;
const HEAP_PATIENCE_MS = 10_000;
const GARBAGE_PATIENCE_MS = 1500;
/** What the Worker's isolate may hold at any moment, garbage that V8 is in no hurry to collect among it: the budget of a picture. */
const MOST_HEAP_BYTES = 112e6;
/** What it may still refer to after the sweep, more than before: a page of keys and rows is half a megabyte. */
const MOST_KEPT_BYTES = 4e6;

export interface SweepRun extends StoreSize {
	signal: AbortSignal;
	onProgress: (text: string) => void;
}

export async function measureFullSweep(run: SweepRun): Promise<SectionResult[]> {
	const folder = await mkdtemp(join(tmpdir(), "footy-cleanups-"));
	let runtime: BenchRuntime | undefined;
	try {
		run.onProgress("building the Worker");
		const start = await prepareRuntime(folder);
		const state = join(folder, "state");
		runtime = await start();
		run.onProgress("putting what is planted");
		await putObjects(runtime.url, keysToPut(run));
		await killWholly(runtime);
		run.onProgress("filling the store");
		const filledAt = performance.now();
		const migrations = readMigrations(
			readdirSync(join(projectRoot, "migrations")).filter((name) => name.endsWith(".sql")),
		);
		const planted = fillStore(state, run, migrations, Date.now());
		const token = createToken({ ownerId: "operator", name: "bench", scopes: ["admin"], expiresInDays: 1 });
		writeStore(state, [insertTokenSql(token)]);
		const fillSeconds = (performance.now() - filledAt) / 1000;

		runtime = await start();
		const whole = await sweepOnce(runtime, token.token, { dry_run: true }, run);
		const statements = (await (await fetch(`${runtime.url}/bench/statements`)).json()) as [string, unknown[]][];
		const dryFinds = await readFinds(runtime.url, token.token, whole.cleanup.id);

		run.onProgress("a sweep that is killed half way");
		const client = new ApiClient(runtime.url, token.token);
		const begun = await client.beginCleanup("cleanup_all_orphaned_photos", {});
		const atKill = await until(client, begun.id, run, ({ looked_at }) => looked_at.objects > planted.objects / 2);
		await killWholly(runtime);
		writeStore(state, [wakeWaitingTasks]);
		runtime = await start();
		await tick(runtime.url);
		const again = new ApiClient(runtime.url, token.token);
		const afterRestart = await again.readCleanup(begun.id);
		const finished = await until(again, begun.id, run, isEnded, () => tick((runtime as BenchRuntime).url));
		const removeStatements = (await (await fetch(`${runtime.url}/bench/statements`)).json()) as [string, unknown[]][];
		await killWholly(runtime);
		runtime = undefined;
		run.onProgress("looking at what is there");
		const after = readStore(state);
		const plans = explainStatements(state, [...new Map([...statements, ...removeStatements])]);
		return [
			describeSweep(run, planted, whole, dryFinds, fillSeconds),
			describeKilled(run, planted, { atKill, afterRestart, finished }, after),
			describePlans(plans),
		];
	} finally {
		await runtime?.kill();
		await rm(folder, { recursive: true, force: true });
	}
}

const isEnded = ({ state }: Cleanup): boolean => state !== "finding" && state !== "removing";

async function putObjects(url: string, keys: readonly string[]): Promise<void> {
	for (let at = 0; at < keys.length; at += 100) {
		const response = await fetch(`${url}/bench/put`, {
			method: "POST",
			body: JSON.stringify(keys.slice(at, at + 100)),
		});
		if (!response.ok) throw new Error(`putting objects was answered with ${response.status}: ${await response.text()}`);
		await response.body?.cancel();
	}
}

/** The guardian ends first; its workerd still holds the files for a moment. */
async function killWholly(runtime: BenchRuntime): Promise<void> {
	await runtime.kill();
	while (await readRuntimeMemory(runtime)) await sleep(20);
}

/** The run of the minute: it sends what a killed runtime had in its queues. */
const tick = async (url: string): Promise<void> => {
	const response = await fetch(`${url}/bench/tick`);
	if (!response.ok) throw new Error(`the run of the minute was answered with ${response.status}`);
	await response.body?.cancel();
};

async function until(
	client: ApiClient,
	id: string,
	{ signal, onProgress }: SweepRun,
	isReached: (cleanup: Cleanup) => boolean,
	meanwhile: () => Promise<void> = async () => {},
): Promise<Cleanup> {
	for (let polls = 1; ; polls++) {
		const cleanup = await client.readCleanup(id);
		if (isReached(cleanup)) return cleanup;
		if (isEnded(cleanup)) throw new Error(`the run ended as ${cleanup.state}: ${JSON.stringify(cleanup.error)}`);
		onProgress(`${cleanup.state}: ${cleanup.looked_at.objects.toLocaleString("en")} objects looked at`);
		if (polls % 40 === 0) await meanwhile();
		await sleep(POLL_EVERY_MS, undefined, { signal });
	}
}

interface Sweep {
	cleanup: Cleanup;
	seconds: number;
	/** Resident memory of workerd before, and the most. */
	before: number;
	peak: number;
	/** Of the Worker's isolate: what it referred to before and afterwards, and the most it held. */
	heap: { before: number; after: number; peak: number };
}

async function sweepOnce(
	runtime: BenchRuntime,
	token: string,
	options: Record<string, unknown>,
	run: SweepRun,
): Promise<Sweep> {
	const client = new ApiClient(runtime.url, token);
	const resident = async () => (await readRuntimeMemory(runtime))?.residentBytes ?? 0;
	const before = await resident();
	let peak = 0;
	await wakeIsolate(runtime.url); // the inspector loses what it is asked before
	const watch = await watchHeap(runtime.inspectorUrl);
	const heapBefore = await readLiveHeap(watch, runtime.url);
	const startedAt = performance.now();
	const { id } = await client.beginCleanup("cleanup_all_orphaned_photos", options);
	for (;;) {
		const cleanup = await client.readCleanup(id);
		const now = await resident();
		peak = Math.max(peak, now);
		if (isEnded(cleanup)) {
			const seconds = (performance.now() - startedAt) / 1000;
			const heapPeak = watch.peak.usedBytes + watch.peak.bufferBytes;
			const after = await readLiveHeap(watch, runtime.url);
			watch.stop();
			return { cleanup, seconds, before, peak, heap: { before: heapBefore, after, peak: heapPeak } };
		}
		run.onProgress(`dry run: ${cleanup.looked_at.objects.toLocaleString("en")} objects looked at`);
		await sleep(POLL_EVERY_MS, undefined, { signal: run.signal });
	}
}

/** What is left when garbage is collected, which is asked for when the isolate pauses and done when it has something to do. */
async function readLiveHeap({ peak, collect }: HeapWatch, url: string): Promise<number> {
	void collect();
	await sleep(GARBAGE_PATIENCE_MS);
	await wakeIsolate(url);
	await sleep(GARBAGE_PATIENCE_MS);
	peak.usedBytes = 0;
	peak.bufferBytes = 0;
	const end = performance.now() + HEAP_PATIENCE_MS;
	while (peak.usedBytes === 0 && performance.now() < end) await sleep(20);
	if (peak.usedBytes === 0) throw new Error("the isolate's inspector does not answer");
	return peak.usedBytes + peak.bufferBytes;
}

const wakeIsolate = async (url: string): Promise<void> => {
	await (await fetch(`${url}/healthz`)).body?.cancel();
};

async function readFinds(url: string, token: string, id: string): Promise<Set<string>> {
	const subjects = new Set<string>();
	for await (const { subject } of new ApiClient(url, token).listFinds(id)) subjects.add(subject);
	return subjects;
}

const sameSet = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
	one.size === other.size && [...one].every((key) => other.has(key));

function describeSweep(
	run: SweepRun,
	planted: Planted,
	sweep: Sweep,
	finds: ReadonlySet<string>,
	fillSeconds: number,
): SectionResult {
	const { cleanup, seconds, before, peak, heap } = sweep;
	const wanted = new Set([...planted.orphans, ...planted.missing]);
	const missed = [...wanted].filter((key) => !finds.has(key)).length;
	const wrong = [...finds].filter((key) => !wanted.has(key)).length;
	const goals: Goal[] = [
		{
			name: "finds exactly what was planted, both ways",
			wanted: `${wanted.size}`,
			measured: `${finds.size}, ${missed} missed, ${wrong} wrong`,
			isReached: missed === 0 && wrong === 0,
		},
		{
			name: "looks at each object once",
			wanted: planted.objects.toLocaleString("en"),
			measured: cleanup.looked_at.objects.toLocaleString("en"),
			isReached: cleanup.looked_at.objects === planted.objects,
		},
		{
			name: "the Worker's isolate, at most",
			wanted: `at most ${megabytes(MOST_HEAP_BYTES)}`,
			measured: megabytes(heap.peak),
			isReached: heap.peak <= MOST_HEAP_BYTES,
		},
		{
			name: "what it still refers to afterwards, more than before",
			wanted: `at most ${megabytes(MOST_KEPT_BYTES)}`,
			measured: megabytes(heap.after - heap.before),
			isReached: heap.after - heap.before <= MOST_KEPT_BYTES,
		},
	];
	return {
		title: `The full sweep of ${run.photos.toLocaleString("en")} photo rows and ${planted.objects.toLocaleString("en")} objects, as a dry run`,
		columns: ["what", "measured"],
		rows: [
			["time", `${seconds.toFixed(1)} s`],
			["objects a second", Math.round(planted.objects / seconds).toLocaleString("en")],
			["workerd before it", megabytes(before)],
			["workerd, peak", megabytes(peak)],
			["the Worker's isolate before it", megabytes(heap.before)],
			["the Worker's isolate, peak", megabytes(heap.peak)],
			["the Worker's isolate afterwards", megabytes(heap.after)],
			["orphans planted", String(planted.orphans.length)],
			["rows without their object planted", String(planted.missing.length)],
			["objects that must stay although no photo holds them", String(planted.decoys.length)],
		],
		measurements: [{ seconds, before, peak, heap, objects: planted.objects }],
		goals,
		notes: [
			`The store was made in ${fillSeconds.toFixed(0)} s. In workerd are also Miniflare's D1, R2 and queues, with their caches.`,
			describeLoad(),
		],
	};
}

interface Killed {
	atKill: Cleanup;
	afterRestart: Cleanup;
	finished: Cleanup;
}

function describeKilled(
	run: SweepRun,
	planted: Planted,
	{ atKill, afterRestart, finished }: Killed,
	after: ReturnType<typeof readStore>,
): SectionResult {
	const objects = (value: Cleanup) => value.looked_at.objects;
	const left = planted.orphans.filter((key) => after.outside.has(key)).length;
	const lost = planted.decoys.filter((key) => !after.outside.has(key)).length;
	const goals: Goal[] = [
		{
			name: "goes on where it was",
			wanted: `from ${objects(atKill).toLocaleString("en")} objects on, each once`,
			measured: `from ${objects(afterRestart).toLocaleString("en")}, ${objects(finished).toLocaleString("en")} in all`,
			isReached: objects(afterRestart) >= objects(atKill) && objects(finished) === planted.objects,
		},
		{
			name: "moves every orphan to the trash, and nothing else",
			wanted: `${planted.orphans.length} there`,
			measured: `${after.inTrash.size} there, ${left} left behind`,
			isReached: sameSet(after.inTrash, new Set(planted.orphans)) && left === 0,
		},
		{
			name: "touches nothing that is somebody's",
			wanted: `${run.photos.toLocaleString("en")} rows, ${(planted.objects - planted.orphans.length).toLocaleString("en")} objects`,
			measured: `${after.photos.toLocaleString("en")} rows, ${after.outside.size.toLocaleString("en")} objects, ${lost} lost`,
			isReached:
				after.photos === run.photos && after.outside.size === planted.objects - planted.orphans.length && lost === 0,
		},
	];
	return {
		title: "The same, removing, its runtime killed half way",
		columns: ["what", "objects looked at", "removed"],
		rows: [
			["when it was killed", objects(atKill).toLocaleString("en"), "0"],
			["at its end", objects(finished).toLocaleString("en"), String(finished.removed.object ?? 0)],
		],
		measurements: [{ at_kill: objects(atKill), after_restart: objects(afterRestart), removed: finished.removed }],
		goals,
	};
}

/** Tables of which a search brings a few rows; an owner's sum is a row an owner, read once a run. */
const grows =
	/^SCAN (photos|tasks|attempts|removals|uploads|trash|cleanup_finds|cleanup_runs|events|task_statistics|idempotency_keys|dead_letters|items)\b/;

function describePlans(plans: { sql: string; plan: string[] }[]): SectionResult {
	const scanning = plans.filter(({ sql, plan }) =>
		plan.some((detail) => grows.test(detail) && !(/USING (COVERING )?INDEX/.test(detail) && /\blimit\b/i.test(sql))),
	);
	return {
		title: "EXPLAIN QUERY PLAN of every statement of both runs",
		columns: ["statements", "through a table"],
		rows: [[String(plans.length), String(scanning.length)]],
		measurements: plans,
		goals: [
			{
				name: "statements that go through a table",
				wanted: "none",
				measured:
					scanning.length === 0
						? `none of ${plans.length}`
						: scanning.map(({ sql, plan }) => `${sql.slice(0, 200)} (${plan.join("; ")})`).join("; "),
				isReached: scanning.length === 0,
			},
		],
	};
}
