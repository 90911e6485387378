/** `npm run cleanup` as a person calls it, on a machine where no server runs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findFreePort } from "../../scripts/footy/server/ports.ts";
import { callFooty } from "../support/node/call-footy.ts";

it("starts a server, follows the run, and ends with its report", async () => {
	const state = await mkdtemp(join(tmpdir(), "footy-cleanup-"));
	try {
		const where = ["--persist-to", state, "--port", String(await findFreePort())];
		const options = ["--incomplete-only", "--older-than-hours=24", "--dry-run", "--verbose", "--json"];
		const run = await callFooty(["cleanup", ...options, ...where]);
		expect(run.status, run.stderr).toBe(0);
		expect(JSON.parse(run.stdout)).toMatchObject({
			task: "cleanup_orphaned_photos",
			options: { incomplete_only: true, older_than_hours: 24, dry_run: true },
			state: "done",
			finds: [],
		});
	} finally {
		await rm(state, { recursive: true, force: true });
	}
});
