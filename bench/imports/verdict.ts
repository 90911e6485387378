/** What a run shows, against what is promised to sites and to collectors. */
import { percentile } from "../statistics.ts";
import { nameStatement } from "../tasks/statement-name.ts";
import type { PlannedPicture, SeenRequest, UseByLabel } from "./contract.ts";
import { SITE_HOST } from "./plan.ts";
import type { Stored } from "./run-imports.ts";
import { WITNESS_ROWS_OF_VISIT, type WitnessRow } from "./witness.ts";

/** Everything that was seen of a run. */
export interface ImportRun {
	seed: number;
	maxAtOnce: number;
	pauseMs: number;
	batchesAtOnce: number;
	pictures: PlannedPicture[];
	/** When the first and when the last was asked for. */
	startedAt: number;
	askedAt: number;
	requests: SeenRequest[];
	bytesSent: number;
	witness: WitnessRow[];
	stored: Stored;
	use: UseByLabel[];
	givenBack: number;
}

/**
 * What a site sees is shifted by the way there: a request that was admitted on time may come late, and the next one then
 * comes soon after it. Over a while that evens out.
 */
const WINDOW_MS = 10_000;
/** Who was admitted before the site asked for silence has come by then. */
const LONGEST_WAY_MS = 1500;

export interface Spread {
	least: number;
	median: number;
	p90: number;
	p99: number;
	most: number;
}

export interface Verdict {
	seed: number;
	imports: number;
	at_once: number;
	pause_ms: number;
	batches_at_once: number;
	/** From the first call to the last task's end. */
	seconds: number;
	seconds_of_asking: number;
	imports_per_second: number;
	bytes: number;
	/** At the site. */
	requests: number;
	answers: Record<string, number>;
	site_most_at_once: number;
	/** Requests by how many there were when they began, themselves included. */
	site_at_once: Record<string, number>;
	site_gaps_ms: Spread;
	/** Gaps that the way to the site made shorter than the pause, and by how much at most. */
	site_gaps_shortened: number;
	site_gap_shortened_by_ms: number;
	/** Requests within any 10 s. */
	site_densest_10_s: number;
	/** Requests in a time of silence that the site had asked for: admitted before its answer was read. */
	site_requests_in_silence: number;
	/** How long after that answer the latest of them came, in milliseconds. */
	site_silence_began_after_ms: number;
	/** As the transactions of D1 have it. */
	engine_visits: number;
	engine_most_at_once: number;
	engine_gaps_ms: Spread;
	engine_closings: number;
	/** From a visit's moment, which its isolate asked for, to the transaction that gave it. */
	admission_ms: Spread;
	/** From that transaction to the request at the site. */
	way_ms: Spread;
	isolates: number;
	import_states: Record<string, number>;
	photos: number;
	attempts_an_import: number;
	snoozes_an_import: number;
	most_attempts: number;
	attempt_outcomes: Record<string, number>;
	/** Times of those attempts, by what came of them. */
	attempt_ms: Record<string, Spread>;
	/** Of `check_item_photo_processing`, enqueued all through the run. */
	check_waits: number;
	check_wait_ms: Spread;
	d1_of_import: { round_trips: number; rows_read: number; rows_written: number };
	d1_of_import_by_statement: { statement: string; calls: number; rows_read: number; rows_written: number }[];
	/** Promises that were not kept, each with what was seen. */
	broken: string[];
}

export function judge(run: ImportRun): Verdict {
	const { stored, requests, witness } = run;
	const importTasks = stored.tasks.filter(({ url }) => url !== null);
	const importAttempts = stored.attempts.filter(({ name }) => name === "download_external_image_and_attach");
	const checks = stored.attempts.filter(({ name }) => name === "check_item_photo_processing");
	const lastEnd = Math.max(...stored.tasks.map(({ finished_at }) => finished_at ?? Number.NaN));
	const seconds = (lastEnd - run.startedAt) / 1000;
	const starts = startsOf(witness);
	const siteGaps = gapsOf(requests.map(({ startedAt }) => startedAt));
	const shortened = siteGaps.filter((gap) => gap < run.pauseMs);
	const inSilence = findInSilence(requests);
	const share = (total: number) => total / run.pictures.length;
	return {
		seed: run.seed,
		imports: run.pictures.length,
		at_once: run.maxAtOnce,
		pause_ms: run.pauseMs,
		batches_at_once: run.batchesAtOnce,
		seconds,
		seconds_of_asking: (run.askedAt - run.startedAt) / 1000,
		imports_per_second: run.pictures.length / seconds,
		bytes: run.bytesSent,
		requests: requests.length,
		answers: countBy(requests, ({ answer }) => answer),
		site_most_at_once: Math.max(0, ...requests.map(({ atOnce }) => atOnce)),
		site_at_once: countBy(requests, ({ atOnce }) => String(atOnce)),
		site_gaps_ms: spreadOf(siteGaps),
		site_gaps_shortened: shortened.length,
		site_gap_shortened_by_ms: shortened.length === 0 ? 0 : run.pauseMs - Math.min(...shortened),
		site_densest_10_s: mostInWindow(requests.map(({ startedAt }) => startedAt)),
		site_requests_in_silence: inSilence.length,
		site_silence_began_after_ms: Math.max(0, ...inSilence),
		engine_visits: starts.length,
		engine_most_at_once: mostAtOnce(witness),
		engine_gaps_ms: spreadOf(gapsOf(starts.map(({ at }) => at))),
		engine_closings: witness.filter(({ what }) => what === "closed").length,
		admission_ms: spreadOf(starts.map(({ at, noted_at }) => noted_at - at)),
		way_ms: spreadOf(waysOf(run)),
		isolates: new Set(importAttempts.map(({ isolate_id }) => isolate_id)).size,
		import_states: countBy(stored.imports, ({ state }) => state),
		photos: stored.photos.length,
		attempts_an_import: share(importAttempts.length),
		snoozes_an_import: share(importTasks.reduce((sum, { snoozes }) => sum + snoozes, 0)),
		most_attempts: Math.max(...importTasks.map(({ attempts }) => attempts)),
		attempt_outcomes: countBy(importAttempts, ({ outcome }) => outcome ?? "open"),
		attempt_ms: Object.fromEntries(
			[...Map.groupBy(importAttempts, ({ outcome }) => outcome ?? "open")].map(([outcome, list]) => [
				outcome,
				spreadOf(list.map(({ started_at, ended_at }) => ended_at - started_at)),
			]),
		),
		check_waits: checks.length,
		check_wait_ms: spreadOf(checks.map(({ wait_ms }) => wait_ms)),
		...describeUse(run, starts.length),
		broken: [...judgePoliteness(run), ...judgeAnswers(run), ...judgeStored(run)],
	};
}

/** What sites are promised. */
function judgePoliteness({ maxAtOnce, pauseMs, requests, witness }: ImportRun): string[] {
	const broken: string[] = [];
	const starts = startsOf(witness);
	const most = { engine: mostAtOnce(witness), site: Math.max(0, ...requests.map(({ atOnce }) => atOnce)) };
	if (most.engine > maxAtOnce) broken.push(`${most.engine} visits were admitted at once, ${maxAtOnce} are allowed`);
	if (most.site > maxAtOnce) broken.push(`the site saw ${most.site} requests at once, ${maxAtOnce} are allowed`);
	const leastGap = Math.min(...gapsOf(starts.map(({ at }) => at)));
	if (leastGap < pauseMs) broken.push(`two visits were admitted ${leastGap} ms apart, not ${pauseMs}`);
	const densest = mostInWindow(requests.map(({ startedAt }) => startedAt));
	const allowed = Math.floor(WINDOW_MS / pauseMs) + 1 + maxAtOnce;
	if (densest > allowed) broken.push(`the site saw ${densest} requests within ${WINDOW_MS / 1000} s, not ${allowed}`);
	for (const [at, row] of witness.entries()) {
		if (row.what !== "closed") continue;
		const early = startsOf(witness.slice(at)).find((start) => start.at < row.until);
		if (early) broken.push(`a visit was admitted ${row.until - early.at} ms before the site was to be visited again`);
	}
	const late = findInSilence(requests).filter((afterMs) => afterMs > LONGEST_WAY_MS).length;
	if (late > 0) broken.push(`${late} requests came in a silence that the site had asked for long before`);
	return broken;
}

/** @returns of each request in a silence that the site asked for, how long after the asking it came */
const findInSilence = (requests: readonly SeenRequest[]): number[] =>
	requests.flatMap(({ endedAt, retryAfterSeconds = 0 }) =>
		requests
			.map(({ startedAt }) => startedAt - endedAt)
			.filter((afterMs) => afterMs > 0 && afterMs < retryAfterSeconds * 1000),
	);

/** Each picture is asked for until it was given, and not once more; through its redirect each time. */
function judgeAnswers({ pictures, requests }: ImportRun): string[] {
	const asked = countBy(requests, ({ picture }) => String(picture));
	return pictures.flatMap(({ path, faults, isRedirected }, index) => {
		const [wanted, found] = [(faults.length + 1) * (isRedirected ? 2 : 1), asked[index] ?? 0];
		return wanted === found ? [] : [`${path} was asked for ${found} times instead of ${wanted}`];
	});
}

/** What collectors are promised. */
function judgeStored({ pictures, stored, givenBack }: ImportRun): string[] {
	const { tasks, imports, photos, itemsProcessing, objects, removals } = stored;
	const broken: string[] = [];
	const unended = tasks.filter(({ finished_at }) => finished_at === null);
	if (unended.length > 0) broken.push(`${unended.length} tasks have not ended`);
	if (itemsProcessing > 0) broken.push(`${itemsProcessing} items are still in work`);
	if (givenBack > 0) broken.push(`${givenBack} messages could not be worked on and were given back`);
	const missing = new Set(
		pictures.filter(({ isMissing }) => isMissing).map(({ path }) => `https://${SITE_HOST}${path}`),
	);
	for (const { url, state, code } of imports) {
		const wanted = missing.has(url) ? "failed source_not_found" : "imported";
		const found = code === null ? state : `${state} ${code}`;
		if (found !== wanted) broken.push(`${url} is ${found} instead of ${wanted}`);
	}
	if (imports.length !== pictures.length) broken.push(`there are ${imports.length} imports of ${pictures.length}`);
	const named = new Set(imports.flatMap(({ photo_id }) => photo_id ?? []));
	const unnamed = photos.filter(({ id }) => !named.has(id)).length;
	if (unnamed > 0) broken.push(`${unnamed} photos belong to no import`);
	const wanted = pictures.length - missing.size;
	if (photos.length !== wanted || named.size !== wanted) {
		broken.push(`there are ${photos.length} photos, ${named.size} of them named by imports, instead of ${wanted}`);
	}
	const unprocessed = photos.filter(({ state }) => state !== "processed").length;
	if (unprocessed > 0) broken.push(`${unprocessed} photos are not processed`);
	const held = new Set(photos.flatMap(({ original_key, rendition_key }) => [original_key, rendition_key ?? "none"]));
	const there = new Set(objects);
	const lost = [...held].filter((key) => !there.has(key)).length;
	const stray = objects.filter((key) => !held.has(key) && !removals.includes(key)).length;
	if (lost + stray > 0) broken.push(`${lost} objects are lost, ${stray} belong to nobody`);
	return broken;
}

function mostInWindow(times: readonly number[]): number {
	let first = 0;
	return Math.max(
		0,
		...times.map((time, last) => {
			while (time - (times[first] as number) >= WINDOW_MS) first++;
			return last - first + 1;
		}),
	);
}

const startsOf = (witness: readonly WitnessRow[]) => witness.filter((row) => row.what === "start");

function mostAtOnce(witness: readonly WitnessRow[]): number {
	let now = 0;
	let most = 0;
	for (const { what } of witness) {
		if (what === "closed") continue;
		now += what === "start" ? 1 : -1;
		most = Math.max(most, now);
	}
	return most;
}

const gapsOf = (times: readonly number[]): number[] => times.slice(1).map((time, at) => time - (times[at] as number));

/** The n-th visit of a task is the n-th request for its picture. */
function waysOf({ pictures, stored, requests, witness }: ImportRun): number[] {
	const indexOf = new Map(pictures.map(({ path }, index) => [`https://${SITE_HOST}${path}`, index]));
	const pictureOf = new Map(stored.tasks.map(({ id, url }) => [id, indexOf.get(url ?? "")]));
	const seen = Map.groupBy(requests, ({ picture }) => picture);
	return witness.flatMap((row) => {
		if (row.what !== "start") return [];
		const request = seen.get(pictureOf.get(row.task_id) ?? -1)?.shift();
		return request ? [request.startedAt - row.noted_at] : [];
	});
}

function describeUse({ pictures, use }: ImportRun, visits: number) {
	const tasks = use.flatMap((labels) => labels["queue transfers"] ?? []);
	const share = (total: number) => total / pictures.length;
	const groups = new Map<string, { calls: number; rows_read: number; rows_written: number }>();
	for (const [sql, { calls, rowsRead, rowsWritten }] of tasks.flatMap(({ statements }) => Object.entries(statements))) {
		const name = nameStatement(sql);
		const group = groups.get(name) ?? { calls: 0, rows_read: 0, rows_written: 0 };
		groups.set(name, group);
		group.calls += share(calls);
		group.rows_read += share(rowsRead);
		group.rows_written += share(rowsWritten);
	}
	const list = [...groups].map(([statement, group]) => ({ statement, ...group }));
	const sum = (name: "rows_read" | "rows_written") => list.reduce((total, group) => total + group[name], 0);
	return {
		d1_of_import: {
			round_trips: share(tasks.reduce((total, { roundTrips }) => total + roundTrips, 0)),
			rows_read: sum("rows_read"),
			rows_written: sum("rows_written") - share(visits * WITNESS_ROWS_OF_VISIT),
		},
		d1_of_import_by_statement: list.toSorted((a, b) => b.rows_read + b.rows_written - a.rows_read - a.rows_written),
	};
}

const spreadOf = (values: readonly number[]): Spread => ({
	least: Math.min(...values),
	median: percentile(values, 0.5),
	p90: percentile(values, 0.9),
	p99: percentile(values, 0.99),
	most: Math.max(...values),
});

function countBy<Value>(list: readonly Value[], key: (value: Value) => string): Record<string, number> {
	return Object.fromEntries([...Map.groupBy(list, key)].map(([name, members]) => [name, members.length]));
}
