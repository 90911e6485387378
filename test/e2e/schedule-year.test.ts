/** Ten days of the simulated year; the whole of it is `npm run bench:schedule-year`. */
import { expect, it } from "vitest";
import { spawnNpmScript } from "./support/footy.ts";

const runYear = async (...args: string[]) => {
	const run = spawnNpmScript("bench:schedule-year", args);
	const status = await run.ended;
	return { status, stdout: run.stdout(), stderr: run.stderr() };
};

it("ticks due are ticks fired, skipped by policy or held, while dispatchers are doubled, killed, late and absent", async () => {
	const { status, stdout, stderr } = await runYear("--days", "10", "--schedules", "8", "--json");
	expect(stderr).toBe("");
	const result = JSON.parse(stdout) as {
		ticks_due: number;
		fired: number;
		faults: Record<string, number>;
		changes: Record<string, number>;
	};
	expect(result).toMatchObject({ violations: [], broken: 0, lost: 0, doubled: 0, unsent: 0 });
	expect(status).toBe(0);
	// Something happened: otherwise the zeros say nothing.
	expect(result.fired).toBeGreaterThan(50);
	for (const fault of ["day_absent", "clock_back", "2 dispatchers at once", "killed after D1", "failed before D1"]) {
		expect(result.faults[fault], fault).toBeGreaterThan(0);
	}
	for (const kind of ["timing", "policies", "enabled", "disabled"]) {
		expect(result.changes[kind], kind).toBeGreaterThan(0);
	}
});
