/** The wiring: each queue has its consumer, and the minute its sweep. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { logged } from "./support/captured-log.ts";
import { deployWorker } from "./support/deployment.ts";
import { readFixture } from "./support/fixtures.ts";

it("a queue that nobody knows is refused", async () => {
	await expect(deployWorker().deliver({}, { queue: "unknown" })).rejects.toThrow("no consumer for the queue unknown");
});

it("the cron of each minute sweeps", async () => {
	await deployWorker().sweep(Date.now());
	expect(logged().map(({ event }) => event)).toEqual(["sweep.done"]);
});

it("the tests' own storage is empty at the beginning of each", async () => {
	expect((await env.MEDIA.list()).objects).toEqual([]);
	await env.MEDIA.put("left behind", await readFixture("gps.jpg"));
});

it("whatever the test before left behind", async () => {
	expect((await env.MEDIA.list()).objects).toEqual([]);
});
