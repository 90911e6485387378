/** Runs one Worker in a workerd of its own: nothing else is in that process, so its memory is the Worker's. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import workerd from "workerd";
import { CommandFailure } from "../failures.ts";
import { bundleWorker } from "./bundle-worker.ts";

/** The same as in wrangler.toml. */
const compatibilityDate = "2026-10-01";

export interface WorkerdProcess {
	url: string;
	pid: number;
	/** Chromium's debugging protocol, for the isolate's heap. */
	inspectorUrl: string;
	/** Rejects when the process ends before it is stopped. */
	failure: Promise<never>;
	/** Ends the process and removes its files. */
	stop(): Promise<void>;
}

/** @param entry the Worker's TypeScript file */
export async function startWorkerd(entry: string): Promise<WorkerdProcess> {
	const folder = await mkdtemp(join(tmpdir(), "footy-workerd-"));
	const removeFolder = () => rm(folder, { recursive: true, force: true });
	try {
		const modules = await bundleWorker(entry, folder);
		await writeFile(join(folder, "config.capnp"), describeWorker(modules));
		return await launch(folder, removeFolder);
	} catch (thrown) {
		await removeFolder();
		throw thrown;
	}
}

async function launch(folder: string, removeFolder: () => Promise<void>): Promise<WorkerdProcess> {
	// Port 0 lets the system choose; workerd says on the control pipe what it chose.
	const args = ["serve", "--control-fd=3", "--inspector-addr=127.0.0.1:0", join(folder, "config.capnp")];
	const child = spawn(workerd.default, args, { stdio: ["ignore", "ignore", "pipe", "pipe"] });
	let complaint = "";
	child.stderr?.setEncoding("utf8").on("data", (text: string) => {
		complaint = (complaint + text).slice(-2000);
	});
	const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
	let isWanted = true;
	const failure = new Promise<never>((_, reject) => {
		child.once("error", (error) => reject(new CommandFailure(`workerd could not be started: ${error.message}`)));
		child.once("exit", (status, signal) => {
			if (isWanted) reject(new CommandFailure(`workerd ended (${signal ?? `status ${status}`}). ${complaint.trim()}`));
		});
	});
	failure.catch(() => {}); // whoever waits for it hears of it
	const killWithUs = () => child.kill("SIGKILL");
	process.once("exit", killWithUs);
	const stop = async () => {
		isWanted = false;
		process.off("exit", killWithUs);
		if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL"); // it keeps nothing
		await ended;
		await removeFolder();
	};
	try {
		const { http, inspector } = await Promise.race([readPorts(child), failure]);
		return {
			url: `http://127.0.0.1:${http}`,
			pid: child.pid as number,
			inspectorUrl: `ws://127.0.0.1:${inspector}/main`,
			failure,
			stop,
		};
	} catch (thrown) {
		if (child.pid !== undefined) await stop();
		throw thrown;
	}
}

async function readPorts(child: ChildProcess): Promise<{ http: number; inspector: number }> {
	const found: { http?: number; inspector?: number } = {};
	for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
		const { event, port } = JSON.parse(line) as { event: string; port: number };
		if (event === "listen") found.http = port;
		if (event === "listen-inspector") found.inspector = port;
		if (found.http && found.inspector) return { http: found.http, inspector: found.inspector };
	}
	throw new CommandFailure("workerd closed its control pipe before it listened.");
}

function describeWorker(modules: string[]): string {
	const rows = modules.map(
		(name) => `(name = "${name}", ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed "${name}")`,
	);
	return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${rows.join(", ")}],
  compatibilityDate = "${compatibilityDate}",
  compatibilityFlags = ["nodejs_compat"],
);
`;
}
