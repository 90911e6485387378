/** How long a task waits where it is for its visit, and when it is put off instead. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { admitTask } from "../../src/download/admission.ts";
import { AppError } from "../../src/errors.ts";

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

it("a redirect to a site that is closed is put off until it opens", async () => {
	const admit = beginAttempt("task", 500);
	const failed = { ok: false, error: new AppError("source_rate_limited", "Too many."), retryAfterSeconds: 90 } as const;
	await (await admit(host, false))(failed);
	await expect(admit(host, true)).rejects.toMatchObject({ name: "NotYet", nextAt: Date.now() + 90_000 });
});
