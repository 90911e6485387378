/** The command line as a user calls it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const door = join(root, "scripts/footy.mjs");

/** The sample photographs. */
export const fixture = (name: string): string => join(root, "test/fixtures", name);
export const sampleNames = ["astronaut.png", "chelsea.png", "coffee.png", "hubble_deep_field.jpg", "rocket.jpg"];

export interface RunningFooty {
	child: ChildProcess;
	pid: number;
	stdout: () => string;
	stderr: () => string;
	/** The exit status, or the name of the signal that ended it. */
	ended: Promise<number | string>;
}

/** A folder that is removed when the test is over. */
export function makeTemporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "footy-e2e-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
	return folder;
}

/** Starts `footy` with arguments; whatever the test does, it is ended with the test. */
export function spawnFooty(args: string[]): RunningFooty {
	return watchChild(spawn(process.execPath, [door, ...args], { cwd: root, env: environment() }));
}

/** Starts one of the npm scripts. */
export function spawnNpmScript(script: string, args: string[]): RunningFooty {
	const npm = process.platform === "win32" ? "npm.cmd" : "npm";
	return watchChild(spawn(npm, ["run", "--silent", script, "--", ...args], { cwd: root, env: environment() }));
}

/** Runs `footy` to its end. */
export async function runFooty(args: string[]): Promise<{ status: number | string; stdout: string; stderr: string }> {
	const footy = spawnFooty(args);
	const status = await footy.ended;
	return { status, stdout: footy.stdout(), stderr: footy.stderr() };
}

/** Waits until the output holds the text. Fails with what it holds instead when footy ends or time runs out. */
export async function waitForOutput(footy: RunningFooty, text: string, patienceMs = 45_000): Promise<void> {
	let status: number | string | undefined;
	void footy.ended.then((value) => {
		status = value;
	});
	const end = Date.now() + patienceMs;
	while (!`${footy.stdout()}${footy.stderr()}`.includes(text)) {
		if (status !== undefined || Date.now() > end) {
			const fate = status === undefined ? "lives" : `ended (${status})`;
			throw new Error(`no "${text}"; footy ${fate} and said:\n${footy.stdout()}\n${footy.stderr()}`);
		}
		await sleep(25);
	}
}

function environment(): NodeJS.ProcessEnv {
	// As under npm: should this process be killed, footy notices and ends as well.
	return { ...process.env, NO_COLOR: "1", npm_lifecycle_event: "test" };
}

function watchChild(child: ChildProcess): RunningFooty {
	let [stdout, stderr] = ["", ""];
	child.stdout?.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
	});
	child.stderr?.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	const ended = new Promise<number | string>((resolve) =>
		child.once("close", (code, signal) => resolve(code ?? signal ?? 1)),
	);
	onTestFinished(async () => {
		child.kill("SIGKILL"); // its guardian ends the rest
		await ended;
	});
	return { child, pid: child.pid ?? 0, stdout: () => stdout, stderr: () => stderr, ended };
}
