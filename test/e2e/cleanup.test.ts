/** `npm run cleanup` as a person calls it, on a machine where no server runs. */
import { expect, it } from "vitest";
import { findFreePort } from "../../scripts/footy/server/ports.ts";
import { runFooty } from "./support/footy.ts";
import { makeFreshState } from "./support/fresh-state.ts";

it("starts a server, follows the run, and ends with its report", async () => {
	const { directory } = await makeFreshState();
	const where = ["--persist-to", directory, "--port", String(await findFreePort())];
	const options = ["--incomplete-only", "--older-than-hours=24", "--dry-run", "--verbose", "--json"];
	const run = await runFooty(["cleanup", ...options, ...where]);
	expect(run.status, run.stderr).toBe(0);
	expect(JSON.parse(run.stdout)).toMatchObject({
		task: "cleanup_orphaned_photos",
		options: { incomplete_only: true, older_than_hours: 24, dry_run: true },
		state: "done",
		finds: [],
	});
});
