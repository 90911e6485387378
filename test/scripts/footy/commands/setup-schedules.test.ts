import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { executeSql } from "../../../../scripts/footy/server/database.ts";
import { callFooty } from "../../../support/node/call-footy.ts";

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "footy-schedules-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const setup = async (stateDirectory: string, ...options: string[]) => {
	const run = await callFooty(["setup-schedules", "--persist-to", stateDirectory, "--json", ...options]);
	expect(run.stderr).toBe("");
	const { schedules } = JSON.parse(run.stdout) as { schedules: { action: string }[] };
	return { status: run.status, actions: [...new Set(schedules.map(({ action }) => action))] };
};

it("--dry-run writes nothing: the original's wrote all the same", async () => {
	const stateDirectory = join(folder, "state");
	const read = async (...first: string[]) => {
		const rows = await executeSql({ stateDirectory }, [...first, "SELECT * FROM schedules", "SELECT * FROM ticks"]);
		return rows.slice(first.length);
	};
	expect(await setup(stateDirectory, "--dry-run")).toEqual({ status: 0, actions: ["add"] });
	expect(existsSync(stateDirectory)).toBe(false);
	expect(await setup(stateDirectory)).toEqual({ status: 0, actions: ["add"] });
	const before = await read("UPDATE schedules SET description = 'Old.'");
	expect(await setup(stateDirectory, "--dry-run")).toEqual({ status: 0, actions: ["update"] });
	expect(await read()).toEqual(before);
});

it("tells when it is called wrongly", async () => {
	const run = await callFooty(["setup-schedules", "--local", "--remote"]);
	expect([run.status, run.stderr]).toEqual([2, expect.stringContaining("exclude each other")]);
	expect((await callFooty(["setup-schedules", "--help"])).stdout).toContain("--dry-run");
});
