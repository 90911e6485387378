/** A real Redis on a port of this machine, with a folder of its own, for as long as it is needed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { CommandFailure } from "../../../scripts/footy/failures.ts";
import { findFreePort } from "../../../scripts/footy/server/ports.ts";

export interface RunningRedis {
	port: number;
	version: string;
	stop(): Promise<void>;
}

/** @throws CommandFailure that says how to install it, where it is missing */
export async function startRedis(): Promise<RunningRedis> {
	const port = await findFreePort();
	const folder = await mkdtemp(join(tmpdir(), "footy-redis-"));
	// As BullMQ's documentation asks for in production: an append-only file written each second, and nothing evicted.
	const settings = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--appendonly", "yes"];
	settings.push("--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction");
	const child = spawn("redis-server", settings, { stdio: ["ignore", "pipe", "inherit"] });
	const killWithUs = () => child.kill("SIGKILL");
	process.once("exit", killWithUs);
	const stop = async () => {
		process.off("exit", killWithUs);
		await endProcess(child);
		await rm(folder, { recursive: true, force: true });
	};
	try {
		return { port, version: await readVersion(child), stop };
	} catch (thrown) {
		await stop();
		throw thrown;
	}
}

/** Resolves when it takes connections. */
async function readVersion(child: ChildProcess): Promise<string> {
	const failure = once(child, "error").then(([error]) => {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
		throw new CommandFailure(
			"redis-server is not installed, and the enqueue rate is held against it. Install it: apt-get install redis-server (Debian, Ubuntu), brew install redis (macOS).",
		);
	});
	const started = (async () => {
		let version = "unknown";
		const lines = createInterface({ input: child.stdout as Readable });
		for await (const line of lines) {
			version = /Redis version=([\d.]+)/.exec(line)?.[1] ?? version;
			if (line.includes("Ready to accept connections")) return version;
		}
		throw new CommandFailure("redis-server ended before it took connections.");
	})();
	started.catch(() => {}); // where there is no program, the other one says so
	const version = await Promise.race([started, failure]);
	child.stdout?.resume(); // a full pipe would stop it
	return version;
}

export async function endProcess(child: ChildProcess): Promise<void> {
	if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
	const exited = once(child, "exit");
	child.kill("SIGTERM");
	await exited;
}
