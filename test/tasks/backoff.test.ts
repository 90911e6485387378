import { expect, it } from "vitest";
import { retryDelaySeconds } from "../../src/tasks/backoff.ts";

const original = { baseSeconds: 60, maxSeconds: 3600 };

it("the wait doubles from a minute and stops at an hour", () => {
	const delays = [1, 2, 3, 4, 5, 6, 7, 8, 50].map((attempt) => retryDelaySeconds(original, attempt, 0.5));
	expect(delays).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
});

it("chance moves it by a quarter at most", () => {
	expect([retryDelaySeconds(original, 1, 0), retryDelaySeconds(original, 1, 1)]).toEqual([45, 75]);
	for (let n = 0; n < 200; n++) {
		const delaySeconds = retryDelaySeconds(original, 2);
		expect(Number.isInteger(delaySeconds)).toBe(true);
		expect(delaySeconds).toBeGreaterThanOrEqual(90);
		expect(delaySeconds).toBeLessThanOrEqual(150);
	}
});
