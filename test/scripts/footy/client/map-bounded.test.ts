import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { mapBounded } from "../../../../scripts/footy/client/map-bounded.ts";

it("keeps the order of the results and the bound on what runs at once", async () => {
	let [running, most] = [0, 0];
	const results = await mapBounded([5, 1, 3, 2, 4], 2, async (delayMs, index) => {
		most = Math.max(most, ++running);
		await sleep(delayMs);
		running--;
		return `${index}:${delayMs}`;
	});
	expect(results).toEqual(["0:5", "1:1", "2:3", "3:2", "4:4"]);
	expect(most).toBe(2);
});

it("does nothing with nothing", async () => {
	expect(await mapBounded([], 4, () => Promise.reject(new Error("called")))).toEqual([]);
});
