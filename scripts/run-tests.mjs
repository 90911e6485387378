// Runs the tests and says on the last line what came of them: `N passed, N failed`, `, N skipped` when some were.
// Arguments are passed on to vitest: `npm test -- --project node`. Exit status 0 only if nothing failed and something ran.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const reporter = fileURLToPath(new URL("test-counts.mjs", import.meta.url));
const vitest = join(root, "node_modules/vitest/vitest.mjs");

const folder = mkdtempSync(join(tmpdir(), "footy-tests-"));
const countsFile = join(folder, "counts.json");
const args = [vitest, "run", "--reporter=default", `--reporter=${reporter}`, ...process.argv.slice(2)];
const env = { ...process.env, FOOTY_TEST_COUNTS: countsFile };
const run = spawnSync(process.execPath, args, { cwd: root, env, stdio: "inherit" });

let { passed, failed, skipped } = { passed: 0, failed: 0, skipped: 0 };
try {
	({ passed, failed, skipped } = JSON.parse(readFileSync(countsFile, "utf8")));
} catch {
	process.stdout.write(`vitest did not come to its end (exit status ${run.status ?? run.signal}).\n`);
}
rmSync(folder, { recursive: true, force: true });

// A status that says no, or a run in which nothing ran, is a failure that no test shows.
if (failed === 0 && (run.status !== 0 || passed === 0)) failed = 1;
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
process.exitCode = failed > 0 ? 1 : 0;
