// Runs the tests and says on the last line what came of them: `N passed, N failed`, `, N skipped` when some were.
// Arguments are passed on to vitest: `npm test -- --project node`. Exit status 0 only if nothing failed and something ran.
//
// Without arguments each project is a run of its own, side by side: tests of whole servers wait most of the time, and those in
// workerd use one core. What the others say is shown when they have ended.
//
// What tests write lies in memory where the system has room there: every database of theirs would wait for the disk at every
// commit. Twenty tests in workerd took 6.0 s on disk and 3.2 s in memory.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** With much to spare: e2e was seen to fill 136 MiB. */
const roomBytes = 2 * 1024 ** 3;

const root = fileURLToPath(new URL("..", import.meta.url));
const reporter = fileURLToPath(new URL("test-counts.mjs", import.meta.url));
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const folder = mkdtempSync(join(findRoom(), "footy-tests-"));

// Ctrl-C reaches the children as well; once they have ended, so does this, and leaves nothing in memory.
const children = [];
for (const signal of ["SIGINT", "SIGTERM"]) {
	process.on(signal, () => {
		for (const child of children) child.kill(signal);
	});
}

const given = process.argv.slice(2);
const runs =
	given.length > 0
		? [run(given, "inherit")]
		: [run(["--project", "workerd"], "inherit"), run(["--project", "node"], "pipe"), run(["--project", "e2e"], "pipe")];
const counts = await Promise.all(runs);
rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });

const sum = (name) => counts.reduce((total, count) => total + count[name], 0);
const [passed, failed, skipped] = [sum("passed"), sum("failed"), sum("skipped")];
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
process.exitCode = failed > 0 ? 1 : 0;

/** @param stdio `pipe` keeps what the run prints until it has ended */
async function run(args, stdio) {
	const countsFile = join(folder, `${args.join("-").replace(/\W/g, "-")}.json`);
	const child = spawn(process.execPath, [vitest, "run", "--reporter=default", `--reporter=${reporter}`, ...args], {
		cwd: root,
		env: { ...process.env, FOOTY_TEST_COUNTS: countsFile, TMPDIR: folder },
		stdio: ["inherit", stdio, stdio],
	});
	children.push(child);
	const printed = [];
	child.stdout?.on("data", (chunk) => printed.push(chunk));
	child.stderr?.on("data", (chunk) => printed.push(chunk));
	const status = await new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
	process.stdout.write(Buffer.concat(printed));
	const counts = readCounts(countsFile, status);
	// A status that says no, or a run in which nothing ran, is a failure that no test shows.
	if (counts.failed === 0 && (status !== 0 || counts.passed === 0)) counts.failed = 1;
	return counts;
}

function readCounts(file, status) {
	try {
		return JSON.parse(readFileSync(file, "utf8"));
	} catch {
		process.stdout.write(`vitest did not come to its end (exit status ${status}).\n`);
		return { passed: 0, failed: 0, skipped: 0 };
	}
}

/** Linux has a file system in memory that every user may write to; in a container it is often small. */
function findRoom() {
	const inMemory = "/dev/shm";
	try {
		const { bavail, bsize } = statfsSync(inMemory);
		if (bavail * bsize >= roomBytes) return inMemory;
	} catch {} // another system
	return tmpdir();
}
