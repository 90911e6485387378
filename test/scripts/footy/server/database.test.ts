import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { prepareLocalDatabase } from "../../../../scripts/footy/server/database.ts";
import { runWrangler } from "../../../../scripts/footy/server/wrangler.ts";

it("a new database gets its tables in the call of its first statements, and wrangler finds nothing left to apply", async () => {
	const stateDirectory = await mkdtemp(join(tmpdir(), "footy-database-"));
	onTestFinished(() => rm(stateDirectory, { recursive: true, force: true }));
	const statements = ["SELECT count(*) n FROM tasks", "SELECT 1 one"];
	expect(await prepareLocalDatabase(stateDirectory, statements)).toEqual([[{ n: 0 }], [{ one: 1 }]]);
	const list = await runWrangler(["d1", "migrations", "list", "DB", "--local", "--persist-to", stateDirectory]);
	expect([list.status, list.stdout]).toEqual([0, expect.stringContaining("No migrations to apply")]);
});
