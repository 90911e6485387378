import { expect, it } from "vitest";
import { callFooty } from "../../../support/node/call-footy.ts";

const good = "https://cdn.footballkitarchive.com/a.jpg";
const bad = "http://169.254.169.254/latest";

it("says of each URL whether it is fetched, and which rule refuses it", async () => {
	const run = await callFooty(["check-url", good, bad, "--json"]);
	expect(run.status).toBe(1);
	expect(JSON.parse(run.stdout)).toMatchObject({
		ok: false,
		urls: [
			{ given: good, allowed: true, url: good, rule: null },
			{ given: bad, allowed: false, url: null, rule: "url_not_https" },
		],
	});
});

it("ends with 0 when all are fetched, and prints a table for people", async () => {
	const run = await callFooty(["check-url", good]);
	expect([run.status, run.stdout]).toEqual([0, expect.stringMatching(/URL +fetched[\s\S]*a\.jpg +yes/)]);
});

it("takes the hosts from the command line", async () => {
	expect((await callFooty(["check-url", good, "--hosts", "img.example.com"])).status).toBe(1);
	expect((await callFooty(["check-url", "img.example.com/a.jpg", "--hosts", "img.example.com"])).status).toBe(0);
});

it("tells when it is called wrongly", async () => {
	expect((await callFooty(["check-url"])).status).toBe(2);
	const run = await callFooty(["check-url", good, "--hosts", "*.example.com"]);
	expect([run.status, run.stderr]).toEqual([2, expect.stringContaining("*.example.com")]);
});
