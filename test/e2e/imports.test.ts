/** Many imports at once from a real HTTPS site, by two isolates. */
import { expect, it } from "vitest";
import { spawnNpmScript } from "./support/footy.ts";

it("all isolates together never visit a site more often than allowed, and each picture becomes one photo", async () => {
	const run = spawnNpmScript("bench:imports", ["--imports", "20", "--pause-ms", "20", "--sound", "--json"]);
	expect(await run.ended, run.stderr()).toBe(0);
	expect(JSON.parse(run.stdout())).toMatchObject({
		broken: [],
		isolates: 2,
		requests: 20,
		photos: 20,
		engine_most_at_once: 2,
		site_most_at_once: 2,
	});
});
