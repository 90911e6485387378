import { expect, it } from "vitest";
import { callFooty } from "../../../support/node/call-footy.ts";

const madrid = ["--zone", "Europe/Madrid", "--from", "2026-03-28T12:00"];

it("prints the next moments in both times, with a note where the clocks change", async () => {
	const run = await callFooty(["schedule-preview", "30 2 * * *", ...madrid, "--count", "2", "--json"]);
	expect(run.status).toBe(0);
	expect(JSON.parse(run.stdout)).toEqual({
		ok: true,
		expression: "30 2 * * *",
		time_zone: "Europe/Madrid",
		description: "At 02:30, Europe/Madrid",
		from: "2026-03-28T11:00:00.000Z",
		moments: [
			{
				at: "2026-03-29T01:00:00.000Z",
				local: "2026-03-29 03:00",
				offset: "+02:00",
				note: "2026-03-29 02:30 never comes: the clocks go from 02:00 to 03:00.",
			},
			{ at: "2026-03-30T00:30:00.000Z", local: "2026-03-30 02:30", offset: "+02:00", note: null },
		],
	});
});

it("prints a table for people", async () => {
	const run = await callFooty(["schedule-preview", "30 2 * * *", ...madrid]);
	expect([run.status, run.stdout]).toEqual([
		0,
		expect.stringMatching(/^At 02:30.*\n\nlocal time +offset +UTC +note\n/),
	]);
	expect(run.stdout.trim().split("\n")).toHaveLength(8);
});

it("ends with 1 for an expression that is refused, and tells why", async () => {
	const run = await callFooty(["schedule-preview", "0 0 31 2 *"]);
	expect([run.status, run.stdout, run.stderr]).toEqual([1, "", expect.stringContaining("never comes")]);
	const json = await callFooty(["schedule-preview", "0 0 31 2 *", "--json"]);
	expect([json.status, JSON.parse(json.stdout)]).toMatchObject([
		1,
		{ ok: false, fault: expect.stringContaining("never") },
	]);
});

it("tells when it is called wrongly", async () => {
	expect((await callFooty(["schedule-preview"])).status).toBe(2);
	const run = await callFooty(["schedule-preview", "* * * * *", "--zone", "Nowhere"]);
	expect([run.status, run.stderr]).toEqual([2, expect.stringContaining("Europe/Madrid")]);
	expect((await callFooty(["schedule-preview", "* * * * *", "--from", "soon"])).status).toBe(2);
	for (const [option, value] of [
		["zone", "Nowhere"],
		["from", "soon"],
	] as const) {
		const json = await callFooty(["schedule-preview", "* * * * *", `--${option}`, value, "--json"]);
		expect([json.status, JSON.parse(json.stdout)]).toMatchObject([
			2,
			{ ok: false, option, fault: expect.stringContaining(value) },
		]);
	}
});
