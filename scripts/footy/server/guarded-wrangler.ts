/** `wrangler dev` under its guardian: started, listened to, and ended with everything it started. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CommandFailure } from "../failures.ts";
import { projectRoot } from "../paths.ts";
import { findFreePort } from "./ports.ts";
import { lastLines, wranglerEnvironment, wranglerScript } from "./wrangler.ts";

const guardianScript = fileURLToPath(new URL("./guardian.ts", import.meta.url));

/** Time for words on their way: lines that follow an error, lines still in the pipe of a process that ended. */
const lastWordsMs = 200;

interface WranglerOptions {
	port: number;
	/** Absolute; D1 and R2 live in it. */
	stateDirectory: string;
	/** Configurations of the Workers of the session; the first one is the project's and answers on the port. */
	configPaths: string[];
	/** Settings that only a local server has. */
	variables: Record<string, string>;
	/** The name of the first Worker. */
	workerName: string;
	/** Every line that wrangler and the Worker write. */
	onLine: (line: string) => void;
}

export interface GuardedWrangler {
	/** Rejects when it ends although nobody stopped it, or cannot be built while it starts. */
	failure: Promise<never>;
	/** From now on a build that fails is an edit to be mended, no reason to end. */
	markStarted: () => void;
	/** Ends every process of the group. */
	stop: () => Promise<void>;
}

/** Starts `wrangler dev`. Its guardian leads the process group and ends it, whatever ends this process. */
export async function spawnWrangler(options: WranglerOptions): Promise<GuardedWrangler> {
	const { port, stateDirectory, configPaths, variables, workerName, onLine } = options;
	// A fixed inspector port would keep a second server from starting.
	const inspectorPort = await findFreePort();
	const configs = configPaths.flatMap((path) => ["--config", path]);
	const settings = Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
	const args = [
		"dev",
		...configs,
		...settings,
		"--ip",
		"127.0.0.1",
		"--port",
		String(port),
		"--inspector-port",
		String(inspectorPort),
	];
	args.push("--persist-to", stateDirectory, "--show-interactive-dev-session=false");
	const guardian = spawn(process.execPath, [guardianScript, wranglerScript, ...args], {
		cwd: projectRoot,
		// Servers of this name would find each other in the registry in the home directory.
		env: { ...wranglerEnvironment(), WRANGLER_REGISTRY_PATH: join(stateDirectory, "registry") },
		stdio: ["pipe", "pipe", "pipe"],
		detached: true,
		windowsHide: true,
	});
	const ownPrefix = `[${workerName}] `;
	const tail: string[] = [];
	let starting = true;
	let stopping = false;
	const failure = new Promise<never>((_, reject) => {
		const fail = (fact: string) => !stopping && reject(new CommandFailure(`${fact}\n${lastLines(tail, 12)}`));
		const failSoon = (fact: string) => setTimeout(fail, lastWordsMs, fact);
		for (const stream of [guardian.stdout, guardian.stderr]) {
			createInterface({ input: stream }).on("line", (raw) => {
				// In a session of several Workers wrangler says which one wrote; the others write nothing of interest.
				const line = raw.startsWith(ownPrefix) ? raw.slice(ownPrefix.length) : raw;
				tail.push(line);
				if (tail.length > 200) tail.shift();
				onLine(line);
				// wrangler would wait for the source to be mended; whoever started it should hear of it now.
				if (starting && line.includes("[ERROR] Build failed")) failSoon("The Worker could not be built:");
			});
		}
		guardian.once("error", (error) => fail(`The server could not be started: ${error.message}`));
		// Not `close`: should only the guardian be killed, wrangler keeps the pipes open.
		guardian.once("exit", () => failSoon("The server ended by itself. Its last words:"));
	});
	failure.catch(() => {}); // it is awaited where it matters, and may come after that
	return {
		failure,
		markStarted: () => {
			starting = false;
		},
		stop: () => {
			stopping = true;
			return stopGuardian(guardian);
		},
	};
}

async function stopGuardian(guardian: ChildProcess): Promise<void> {
	if (guardian.exitCode === null && guardian.signalCode === null) {
		const exited = once(guardian, "exit");
		guardian.stdin?.on("error", () => {}).write("stop\n");
		await exited;
	}
	if (process.platform === "win32" || guardian.pid === undefined) return;
	try {
		// Nothing is left of the group, unless the guardian itself was killed.
		process.kill(-guardian.pid, "SIGKILL");
	} catch {}
}
