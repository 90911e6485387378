/** All of what `npm test` takes a part: a thousand interleavings, and each call of a slice that fails. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../scripts/footy/paths.ts";
import type { SectionResult } from "../report.ts";

const vitest = join(projectRoot, "node_modules/vitest/vitest.mjs");
const files = ["interleavings", "overtaken", "runs"].map((name) => `test/cleanups/${name}.test.ts`);

export async function runThoroughTests(signal: AbortSignal): Promise<SectionResult[]> {
	const startedAt = performance.now();
	const args = [vitest, "run", "--project", "workerd", "--testTimeout", "300000", "--reporter", "json", ...files];
	const child = spawn(process.execPath, args, {
		cwd: projectRoot,
		env: { ...process.env, FOOTY_THOROUGH: "1", NO_COLOR: "1" },
		stdio: ["ignore", "pipe", "ignore"],
		signal,
	});
	let output = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		output += text;
	});
	const status = await new Promise<number | null>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", resolve);
	});
	const report = readReport(output);
	const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
	const failed = tests.filter((test) => test.status === "failed");
	const groups = tests.filter(({ title }) => title.includes("interleavings from seed"));
	return [
		{
			title: "Uploads and renditions in flight during a sweep, and slices that die at any call",
			columns: ["what", "count"],
			rows: [
				["interleavings, seeded", String(groups.length * 25)],
				["tests", String(tests.length)],
				["seconds", ((performance.now() - startedAt) / 1000).toFixed(0)],
			],
			measurements: [{ tests: tests.length, failed: failed.map(({ fullName }) => fullName) }],
			goals: [
				{
					name: "1,000 interleavings touch nothing that is being made; each call may fail",
					wanted: "no failure",
					measured: failed.length === 0 ? `none of ${tests.length}` : failed.map(({ fullName }) => fullName).join("; "),
					isReached: status === 0 && failed.length === 0 && groups.length === 40,
				},
			],
		},
	];
}

interface TestReport {
	testResults: { assertionResults: { status: string; title: string; fullName: string }[] }[];
}

function readReport(output: string): TestReport {
	const line = output.split("\n").find((text) => text.startsWith('{"numTotalTestSuites"'));
	return line === undefined ? { testResults: [] } : (JSON.parse(line) as TestReport);
}
