import { expect, it } from "vitest";
import { answerFirst, giveWay } from "../src/right-of-way.ts";

/** A wait that tells how often it was asked, and lets the test do something each time. */
function createWait(onWait: (times: number) => void = () => {}) {
	const wait = async (ms: number) => {
		wait.asked.push(ms);
		onWait(wait.asked.length);
		await Promise.resolve();
	};
	wait.asked = [] as number[];
	return wait;
}

it("goes on after a moment where nobody waits for an answer", async () => {
	const wait = createWait();
	await giveWay(wait);
	expect(wait.asked).toEqual([4]);
});

it("lets an answer be finished before a picture goes on", async () => {
	const { promise, resolve } = Promise.withResolvers<string>();
	const answer = answerFirst(() => promise);
	const wait = createWait((times) => times === 5 && resolve("answered"));
	await giveWay(wait);
	expect(wait.asked.length).toBeGreaterThanOrEqual(5);
	expect(wait.asked.length).toBeLessThan(10);
	expect(await answer).toBe("answered");
});

it("waits for an answer that fails no longer than for one that succeeds", async () => {
	await expect(answerFirst(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
	const wait = createWait();
	await giveWay(wait);
	expect(wait.asked).toEqual([4]);
});

it("stops waiting for an answer that never comes", async () => {
	const { promise, resolve } = Promise.withResolvers<void>();
	const answer = answerFirst(() => promise);
	const wait = createWait();
	await giveWay(wait);
	expect(wait.asked.reduce((sum, ms) => sum + ms)).toBe(104);
	resolve();
	await answer;
});
