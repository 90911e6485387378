/** No task is lost, while everything fails that can fail and the runtime is killed again and again. */
import { expect, it } from "vitest";
import { spawnNpmScript } from "./support/footy.ts";

const runChaos = async (...args: string[]) => {
	const run = spawnNpmScript("chaos", args);
	const status = await run.ended;
	return { status, stdout: run.stdout(), stderr: run.stderr() };
};

it("loses no task, leaves none stuck, does none twice, and calls back once", async () => {
	const { status, stdout, stderr } = await runChaos("--tasks", "400", "--seconds", "12", "--seed", "1", "--json");
	expect(stderr).toBe("");
	const result = JSON.parse(stdout) as Record<string, number> & { faults: Record<string, number> };
	expect(result).toMatchObject({
		seed: 1,
		violations: [],
		lost: 0,
		stuck: 0,
		doubled: 0,
		callbacks_missed: 0,
		callbacks_doubled: 0,
		items_processing: 0,
	});
	expect(status).toBe(0);
	// It was a storm: otherwise the zeros say nothing.
	expect(result.restarts).toBeGreaterThanOrEqual(1);
	expect(result.tasks).toBeGreaterThan(100);
	for (const kind of ["d1_before", "d1_after", "send_before", "send_after", "message_duplicated", "message_delayed"]) {
		expect(result.faults[kind], kind).toBeGreaterThan(0);
	}
	expect(result.given_up).toBeLessThanOrEqual((result.tasks ?? 0) * 0.05);
});

it("tells when it is called wrongly", async () => {
	expect(await runChaos("--tasks", "many")).toMatchObject({
		status: 2,
		stdout: "",
		stderr: '--tasks takes a whole number from 1 to 1000000, not "many". See --help.\n',
	});
	expect(await runChaos("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("--seed N") });
});
