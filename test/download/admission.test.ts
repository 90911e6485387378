/** How long a task waits where it is for its visit, and when it is put off instead. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { listSources } from "../../src/db/visits.ts";
import { admitTask, NotYet } from "../../src/download/admission.ts";
import type { Admit } from "../../src/download/visit.ts";
import { AppError } from "../../src/errors.ts";
import { scatterSeed, seededRandom } from "../support/node/seeded-random.ts";
import { VirtualTime } from "../support/virtual-time.ts";

const host = "cdn.example";
const answered = { ok: true } as const;

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

/** One attempt of a task: its waits take no time, but the clock goes on. */
function beginAttempt(taskId: string, pauseMs: number) {
	const wait = async (ms: number) => void vi.setSystemTime(Date.now() + ms);
	return admitTask(openDatabase(env.DB), taskId, { maxAtOnce: 2, pauseMs }, wait, () => {});
}

it("five redirects are each waited for, with the longest pause too", async () => {
	const admit = beginAttempt("task", 10_000);
	const startedAt = Date.now();
	await (await admit(host, false))(answered);
	for (let redirect = 1; redirect <= 5; redirect++) await (await admit(host, true))(answered);
	expect(Date.now() - startedAt).toBe(50_000);
});

it("who is in the line waits seconds for its moment, and is put off until one that is later", async () => {
	const pauseMs = 4000;
	const startedAt = Date.now();
	await (await beginAttempt("first", pauseMs)(host, false))(answered);
	const waiting = beginAttempt("second", pauseMs)(host, false);
	const putOff = beginAttempt("third", pauseMs)(host, false);
	await expect(putOff).rejects.toMatchObject({ name: "NotYet", nextAt: startedAt + 8000 });
	await (await waiting)(answered);
	expect(Date.now()).toBe(startedAt + 4000);
});

it("that no proxy is alive is shown at the site, and is not its failure", async () => {
	const db = openDatabase(env.DB);
	const error = new AppError("proxy_unavailable", "No proxy could be used.");
	await (await beginAttempt("task", 500)(host, false))({ ok: null, error });
	await (await beginAttempt("cancelled", 500)(host, false))({ ok: null });
	const lastError = { code: "proxy_unavailable", detail: "No proxy could be used." };
	expect(await listSources(db, Date.now())).toMatchObject([{ failuresInRow: 0, lastError, visiting: 0 }]);
});

it("a redirect to a site that is closed is put off until it opens", async () => {
	const admit = beginAttempt("task", 500);
	const failed = { ok: false, error: new AppError("source_rate_limited", "Too many."), retryAfterSeconds: 90 } as const;
	await (await admit(host, false))(failed);
	await expect(admit(host, true)).rejects.toMatchObject({ name: "NotYet", nextAt: Date.now() + 90_000 });
});

describe.each([200, 500, 10_000])("thirty tasks of which most are redirected, with a pause of %i ms", (pauseMs) => {
	it("all end, politely and without a visit for nothing", async () => {
		const time = new VirtualTime();
		const { below } = seededRandom(scatterSeed(1, pauseMs));
		const politeness = { maxAtOnce: 2, pauseMs };
		const sites = ["a.example", "b.example"].map((host) => ({ host, starts: [] as number[], visitors: 0, most: 0 }));
		const ways = Array.from({ length: 30 }, () => Array.from({ length: 1 + below(4) }, () => below(sites.length)));
		const goAlong = async (way: readonly number[], admit: Admit) => {
			for (const [hop, at] of way.entries()) {
				const site = sites[at] as (typeof sites)[number];
				const end = await admit(site.host, hop > 0);
				site.starts.push(Date.now());
				site.visitors++;
				site.most = Math.max(site.most, site.visitors);
				await time.wait(30 + below(800));
				site.visitors--;
				await end(answered);
			}
		};
		const tasks = ways.map((way, number) => async () => {
			const admit = admitTask(openDatabase(env.DB), `task-${number}`, politeness, time.wait, () => {});
			for (let attempt = 1; ; attempt++) {
				try {
					return await goAlong(way, admit);
				} catch (thrown) {
					if (!(thrown instanceof NotYet) || attempt === 100) throw thrown;
					await time.wait(thrown.nextAt - Date.now());
				}
			}
		});
		await time.run(tasks);
		for (const { starts, most } of sites) {
			expect(most).toBeLessThanOrEqual(politeness.maxAtOnce);
			expect(Math.min(...starts.slice(1).map((at, index) => at - (starts[index] as number)))).toBeGreaterThanOrEqual(
				pauseMs,
			);
		}
		expect(sites.map(({ starts }) => starts.length)).toEqual(
			sites.map((_, at) => ways.flat().filter((to) => to === at).length),
		);
	});
});
