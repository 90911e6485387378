/** Calls of wrangler, which is always the project's own and never asks a question. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { CommandFailure, Interrupted } from "../failures.ts";
import { projectRoot } from "../paths.ts";

export const wranglerScript = join(projectRoot, "node_modules/wrangler/bin/wrangler.js");

/** Nothing is reported to anybody, nothing is looked up, and the output is plain text that can be read line by line. */
export function wranglerEnvironment(): NodeJS.ProcessEnv {
	const { FORCE_COLOR: _, ...inherited } = process.env;
	return {
		...inherited,
		NO_COLOR: "1",
		WRANGLER_SEND_METRICS: "false",
		WRANGLER_HIDE_BANNER: "true",
		WRANGLER_WRITE_LOGS: "false",
		CLOUDFLARE_CF_FETCH_ENABLED: "false",
		DO_NOT_TRACK: "1",
	};
}

export interface WranglerRun {
	status: number;
	stdout: string;
	stderr: string;
}

/** Runs wrangler to its end, with `input` as its standard input. Interrupting `signal` ends it. */
export async function runWrangler(args: string[], signal?: AbortSignal, input?: string): Promise<WranglerRun> {
	const child = spawn(process.execPath, [wranglerScript, ...args], {
		cwd: projectRoot,
		env: wranglerEnvironment(),
		stdio: ["pipe", "pipe", "pipe"],
		...(signal && { signal }),
	});
	child.stdin.on("error", () => {}).end(input); // should it end without reading, its status says so
	let stdout = "";
	let stderr = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	return new Promise((resolve, reject) => {
		child.once("error", (error) =>
			reject(
				signal?.aborted
					? new Interrupted("interrupted")
					: new CommandFailure(`wrangler could not be started: ${error.message}`),
			),
		);
		child.once("close", (status) => resolve({ status: status ?? 1, stdout, stderr }));
	});
}

/** What wrangler had to say when it failed, without its frames and colours: at most the last 12 lines. */
export function explainRun({ stdout, stderr }: WranglerRun): string {
	return lastLines(`${stdout}\n${stderr}`.split("\n"), 12);
}

/** The last lines that say anything. */
export function lastLines(lines: string[], count: number): string {
	return lines
		.map((line) => stripVTControlCharacters(line).trimEnd())
		.filter((line) => line !== "")
		.slice(-count)
		.join("\n");
}
