/** All isolates together are polite: who may visit a site, when, and when nobody may. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { endVisit, forgetTickets, listSources, reopenSource, requestVisit } from "../../src/db/visits.ts";
import { explain } from "../support/query-plans.ts";

const host = "cdn.example";
const politeness = { maxAtOnce: 2, pauseMs: 500 };
const failure = { error: { code: "source_failed", detail: "It answered 500." }, isOfSite: true, retryAfterSeconds: 0 };
const start = 1_800_000_000_000;

const db = () => openDatabase(env.DB);
const ask = (taskId: string, now: number, at = host) =>
	requestVisit(db(), { host: at, taskId, isRedirect: false }, politeness, now);
/** A redirect led the task to the site. */
const follow = (taskId: string, now: number) => requestVisit(db(), { host, taskId, isRedirect: true }, politeness, now);
const end = (taskId: string, leasedUntil: number, behaviour: Parameters<typeof endVisit>[3], now: number) =>
	endVisit(db(), host, { taskId, leasedUntil }, behaviour, now);
const read = async (now: number) => (await listSources(db(), now))[0];

async function visit(taskId: string, now: number): Promise<number> {
	const admission = await ask(taskId, now);
	if (!admission.isAdmitted) throw new Error(`${taskId} has to wait until ${admission.nextAt - start}`);
	return admission.leasedUntil;
}

/** Visits that fail, each as soon as it may. */
async function failTimes(count: number, now: number): Promise<number> {
	let at = now;
	for (let number = 1; number <= count; number++) {
		await end(`failing-${number}`, await visit(`failing-${number}`, at), failure, at);
		at += politeness.pauseMs;
	}
	return at;
}

it("of fifty that ask at once one begins, and the others get moments of their own, a pause apart", async () => {
	const asked = await Promise.all(Array.from({ length: 50 }, (_, number) => ask(`task-${number}`, start)));
	expect(asked.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(1);
	const moments = asked.flatMap((admission) => (admission.isAdmitted ? [] : [admission.nextAt - start]));
	expect(moments.sort((a, b) => a - b)).toEqual(Array.from({ length: 49 }, (_, number) => (number + 1) * 500));
});

it("who asks before its moment keeps it, and begins at it", async () => {
	await visit("first", start);
	expect(await ask("second", start)).toEqual({ isAdmitted: false, nextAt: start + 500 });
	expect(await ask("second", start + 499)).toEqual({ isAdmitted: false, nextAt: start + 500 });
	expect(await ask("third", start + 499)).toEqual({ isAdmitted: false, nextAt: start + 1000 });
	expect(await ask("second", start + 500)).toMatchObject({ isAdmitted: true });
});

it("never more than the limit are there at once: who finds it full goes to the end of the line", async () => {
	const first = await visit("first", start);
	await visit("second", start + 500);
	await ask("third", start + 500);
	await ask("fourth", start + 500);
	expect(await ask("third", start + 1000)).toEqual({ isAdmitted: false, nextAt: start + 2000 });
	await end("first", first, "answered", start + 1100);
	expect(await ask("fourth", start + 1500)).toMatchObject({ isAdmitted: true });
	expect(await ask("third", start + 2000)).toEqual({ isAdmitted: false, nextAt: start + 2500 });
});

it("a visit that began late moves the next one a little, and nobody is sent to the end for it", async () => {
	await end("first", await visit("first", start), "answered", start + 100);
	for (const task of ["second", "third", "fourth"]) await ask(task, start);
	await visit("second", start + 900);
	expect(await ask("third", start + 1000)).toEqual({ isAdmitted: false, nextAt: start + 1400 });
	expect(await ask("third", start + 1400)).toMatchObject({ isAdmitted: true });
});

it("a visitor that died holds its place for a minute, and a task's next attempt takes its own over", async () => {
	await visit("dead", start);
	await visit("alive", start + 500);
	expect(await ask("third", start + 59_999)).toMatchObject({ isAdmitted: false });
	expect(await ask("dead", start + 59_999)).toMatchObject({ isAdmitted: false });
	expect(await ask("late", start + 70_000)).toMatchObject({ isAdmitted: true });
});

it("what a visit that was taken over says at its end ends nobody else's", async () => {
	const old = await visit("task", start);
	await ask("task", start + 10_000);
	const [now] = [start + 20_000];
	await visit("task", now);
	await end("task", old, "answered", now);
	expect(await read(now)).toMatchObject({ visiting: 1 });
});

it("sites do not wait for each other", async () => {
	await visit("first", start);
	expect(await ask("first", start, "other.example")).toMatchObject({ isAdmitted: true });
});

it("a site that fails five times in a row is closed for a minute, then tried by one at a time, until it answers", async () => {
	const at = await failTimes(4, start);
	expect(await end("fifth", await visit("fifth", at), failure, at)).toBe(at + 60_000);
	expect(await read(at)).toMatchObject({ closedUntil: at + 60_000, failuresInRow: 5, lastError: failure.error });
	expect(await ask("waiting", at + 1000)).toEqual({ isAdmitted: false, nextAt: at + 60_000 });
	expect(await ask("another", at + 1000)).toEqual({ isAdmitted: false, nextAt: at + 60_500 });
	const trial = await visit("waiting", at + 60_000);
	expect(await ask("another", at + 60_500)).toMatchObject({ isAdmitted: false });
	expect(await end("waiting", trial, failure, at + 61_000)).toBe(at + 61_000 + 120_000);
	const second = await visit("waiting", at + 181_000);
	expect(await end("waiting", second, "answered", at + 181_100)).toBeUndefined();
	expect(await read(at + 181_100)).toMatchObject({ failuresInRow: 0, lastSuccessAt: at + 181_100 });
	await visit("x", at + 190_000);
	await visit("y", at + 190_500);
});

it("a success in between keeps it open, and so does a visit of which nothing is known", async () => {
	let at = await failTimes(4, start);
	await end("good", await visit("good", at), "answered", at);
	at = await failTimes(4, at + 500);
	expect(await end("cancelled", await visit("cancelled", at), "unknown", at)).toBeUndefined();
	expect(await read(at)).toMatchObject({ failuresInRow: 4, closedUntil: 0 });
});

it("what failed on the way to a site is shown there, and does not close it", async () => {
	const error = { code: "proxy_unavailable", detail: "No proxy could be used." };
	const onTheWay = { error, isOfSite: false, retryAfterSeconds: 0 };
	for (let number = 0; number < 6; number++) {
		const at = start + number * politeness.pauseMs;
		expect(await end("task", await visit("task", at), onTheWay, at)).toBeUndefined();
	}
	expect(await read(start + 9000)).toMatchObject({
		...{ failuresInRow: 0, closedUntil: 0, visiting: 0 },
		...{ lastError: error, lastFailureAt: start + 2500, lastSuccessAt: null },
	});
});

it("the time a site asks for is given to it, by everybody, and not more than a day", async () => {
	await ask("waiting", start);
	const at = start + 10_000;
	await end("limited", await visit("limited", at), { ...failure, retryAfterSeconds: 90 }, at);
	expect(await ask("waiting", at + 1000)).toMatchObject({ isAdmitted: false, nextAt: at + 90_000 });
	const later = at + 100_000;
	await end("limited", await visit("limited", later), { ...failure, retryAfterSeconds: 1e9 }, later);
	expect(await read(later)).toMatchObject({ closedUntil: later + 24 * 3_600_000 });
});

it("a closed site is opened by hand", async () => {
	const at = await failTimes(5, start);
	expect(await ask("task", at)).toMatchObject({ isAdmitted: false });
	expect(await reopenSource(db(), host, at)).toBe(true);
	expect(await ask("new", at)).toMatchObject({ isAdmitted: true });
	expect(await reopenSource(db(), "never.example", at)).toBe(false);
});

it("tickets that nobody came for are forgotten after an hour, those of visitors and of the future are not", async () => {
	await visit("visiting", start);
	await ask("gone", start);
	expect(await forgetTickets(db(), start + 3_500_000)).toBe(0);
	await visit("now", start + 3_700_000);
	await ask("next", start + 3_700_000);
	expect(await forgetTickets(db(), start + 3_700_500)).toBe(2);
	expect(await read(start + 3_700_500)).toMatchObject({ visiting: 1, waiting: 1 });
});

describe("without a pause", () => {
	const ask = (taskId: string, now: number) =>
		requestVisit(db(), { host, taskId, isRedirect: false }, { maxAtOnce: 2, pauseMs: 0 }, now);

	it("the limit holds, and who finds the site full asks again a while later, not at once and for ever", async () => {
		const asked = await Promise.all(["a", "b", "c", "d"].map((task) => ask(task, start)));
		expect(asked.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(2);
		expect(asked.flatMap((admission) => (admission.isAdmitted ? [] : [admission.nextAt - start]))).toEqual([250, 250]);
		expect(await ask("late", start + 250)).toEqual({ isAdmitted: false, nextAt: start + 500 });
	});
});

describe("where a redirect leads", () => {
	it("is visited a pause later, whoever waits in the line: who was to come then goes to the line's end", async () => {
		const first = await visit("first", start);
		for (let number = 1; number <= 50; number++) await ask(`waiting-${number}`, start);
		await end("first", first, "answered", start + 100);
		expect(await follow("first", start + 100)).toEqual({ isAdmitted: false, nextAt: start + 500 });
		expect(await ask("late", start + 100)).toEqual({ isAdmitted: false, nextAt: start + 26_000 });
		expect(await ask("waiting-1", start + 500)).toEqual({ isAdmitted: false, nextAt: start + 25_500 });
		expect(await follow("first", start + 500)).toMatchObject({ isAdmitted: true });
		expect(await ask("waiting-2", start + 1000)).toMatchObject({ isAdmitted: true });
	});

	it("is visited a pause behind where another redirect leads", async () => {
		const first = await visit("first", start);
		const second = await visit("second", start + 500);
		for (let number = 1; number <= 10; number++) await ask(`waiting-${number}`, start + 500);
		await end("first", first, "answered", start + 600);
		await end("second", second, "answered", start + 700);
		expect(await follow("first", start + 600)).toEqual({ isAdmitted: false, nextAt: start + 1000 });
		expect(await follow("second", start + 700)).toEqual({ isAdmitted: false, nextAt: start + 1500 });
		expect(await follow("second", start + 1000)).toEqual({ isAdmitted: false, nextAt: start + 1500 });
		expect(await follow("first", start + 1000)).toMatchObject({ isAdmitted: true });
		expect(await follow("second", start + 1500)).toMatchObject({ isAdmitted: true });
		expect(await read(start + 1500)).toMatchObject({ visiting: 2, waiting: 10 });
	});

	it("is visited before who is late in the line; a task that does not come is waited for seconds only", async () => {
		await end("first", await visit("first", start), "answered", start + 100);
		for (let number = 1; number <= 10; number++) await ask(`waiting-${number}`, start);
		await end("waiting-1", await visit("waiting-1", start + 900), "answered", start + 950);
		expect(await follow("waiting-1", start + 950)).toEqual({ isAdmitted: false, nextAt: start + 1400 });
		expect(await ask("waiting-3", start + 1500)).toEqual({ isAdmitted: false, nextAt: start + 1900 });
		// Not at once: until the one before comes, all that wait would ask D1 without a break.
		expect(await ask("waiting-3", start + 1900)).toEqual({ isAdmitted: false, nextAt: start + 2150 });
		expect(await follow("waiting-1", start + 2000)).toMatchObject({ isAdmitted: true });
		expect(await follow("gone", start + 2100)).toEqual({ isAdmitted: false, nextAt: start + 2500 });
		expect(await ask("waiting-10", start + 7500)).toEqual({ isAdmitted: false, nextAt: start + 7750 });
		expect(await ask("waiting-10", start + 7750)).toMatchObject({ isAdmitted: true });
	});

	it("is found without reading the line", async () => {
		for (let number = 1; number <= 3; number++) await ask(`waiting-${number}`, start);
		const statements = await explain((db) =>
			requestVisit(db, { host, taskId: "first", isRedirect: true }, politeness, start),
		);
		expect(statements.filter(({ plan }) => /sqlite_autoindex_visits_1 \(host=\?\)|SCAN others/.test(plan))).toEqual([]);
	});

	it("is a matter of seconds where nobody waits, and who asks after it is given a moment behind it", async () => {
		await end("first", await visit("first", start), "answered", start + 10_000);
		expect(await follow("first", start + 10_000)).toMatchObject({ isAdmitted: true });
		expect(await ask("second", start + 10_000)).toEqual({ isAdmitted: false, nextAt: start + 10_500 });
	});

	it("is never visited by one too many: a task that finds the site full asks again after a pause", async () => {
		await end("first", await visit("first", start), "answered", start + 100);
		const second = await visit("second", start + 500);
		await visit("third", start + 1000);
		for (let number = 1; number <= 50; number++) await ask(`waiting-${number}`, start + 1000);
		expect(await follow("first", start + 1500)).toEqual({ isAdmitted: false, nextAt: start + 2000 });
		expect(await follow("first", start + 2000)).toEqual({ isAdmitted: false, nextAt: start + 2500 });
		await end("second", second, "answered", start + 2100);
		expect(await follow("first", start + 2500)).toMatchObject({ isAdmitted: true });
	});

	it("is waited for while the site is closed, and who had a moment in the line comes forward", async () => {
		const at = await failTimes(5, start);
		const opensAt = at - politeness.pauseMs + 60_000;
		for (let number = 1; number <= 20; number++) await ask(`waiting-${number}`, at);
		expect(await ask("redirected", at)).toEqual({ isAdmitted: false, nextAt: opensAt + 10_000 });
		expect(await follow("redirected", at)).toEqual({ isAdmitted: false, nextAt: opensAt });
		expect(await follow("redirected", opensAt)).toMatchObject({ isAdmitted: true });
	});
});

it("each site's visitors and waiters are its own", async () => {
	await visit("here", start);
	await ask("waits here", start);
	await ask("there", start, "other.example");
	const counts = (await listSources(db(), start)).map(({ host, visiting, waiting }) => ({ host, visiting, waiting }));
	expect(counts).toEqual([
		{ host, visiting: 1, waiting: 1 },
		{ host: "other.example", visiting: 1, waiting: 0 },
	]);
});
