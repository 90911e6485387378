import { expect, it } from "vitest";
import { type GateClock, oneAtATime } from "../../src/media/one-at-a-time.ts";

/** A clock that moves only when somebody waits on it. */
function steppedClock(): GateClock & { ms: number } {
	const clock = {
		ms: 0,
		now: () => clock.ms,
		wait: async (ms: number) => {
			clock.ms += ms;
			await new Promise(setImmediate);
		},
	};
	return clock;
}

it("two pieces of work are never inside together, and both are done", async () => {
	const clock = steppedClock();
	let inside = 0;
	let mostInside = 0;
	const work = async () => {
		mostInside = Math.max(mostInside, ++inside);
		await clock.wait(500);
		inside--;
		return "done";
	};
	const results = await Promise.all(Array.from({ length: 5 }, () => oneAtATime(clock, work)));
	expect([results, mostInside]).toEqual([Array(5).fill("done"), 1]);
});

it("work that throws lets the next in", async () => {
	const clock = steppedClock();
	await expect(oneAtATime(clock, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
	expect(await oneAtATime(clock, async () => clock.ms)).toBe(0);
});

it("a holder that died is waited for no longer than its lease", async () => {
	const clock = steppedClock();
	void oneAtATime(clock, () => new Promise(() => {})); // its request was ended: it never returns
	expect(await oneAtATime(clock, async () => clock.ms)).toBe(120_000);
});

it("a holder that renews is waited for as long as it works", async () => {
	const clock = steppedClock();
	const first = oneAtATime(clock, async ({ renew }) => {
		for (let pauses = 0; pauses < 5; pauses++) {
			renew();
			await clock.wait(100_000);
		}
		return clock.ms;
	});
	const [endedAt, startedAt] = await Promise.all([first, oneAtATime(clock, async () => clock.ms)]);
	expect(startedAt).toBeGreaterThanOrEqual(endedAt);
});

it("a holder that was given up does not take the gate back from the next", async () => {
	const clock = steppedClock();
	let wakeUp = () => {};
	const given = oneAtATime(clock, async ({ renew }) => {
		await new Promise<void>((resolve) => {
			wakeUp = resolve;
		});
		renew();
	});
	let isThirdIn = false;
	await oneAtATime(clock, async () => {
		wakeUp();
		await given;
		void oneAtATime(clock, async () => {
			isThirdIn = true;
		});
		await clock.wait(1000);
		expect(isThirdIn).toBe(false);
	});
});
