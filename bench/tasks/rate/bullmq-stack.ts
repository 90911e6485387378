/** BullMQ as it is commonly run: an API process, a worker process, and Redis. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { CommandFailure } from "../../../scripts/footy/failures.ts";
import { projectRoot } from "../../../scripts/footy/paths.ts";
import { findFreePort } from "../../../scripts/footy/server/ports.ts";
import { createDoneCounter } from "./done-counter.ts";
import { endProcess, startRedis } from "./redis-server.ts";
import type { TaskServer } from "./task-server.ts";

/** Jobs that the worker has in hand at once: as many messages as a batch of our queue has. */
const CONCURRENCY = 10;

export async function startBullmqStack(): Promise<TaskServer> {
	const redis = await startRedis();
	const children: ChildProcess[] = [];
	const stop = async () => {
		await Promise.all(children.map(endProcess));
		await redis.stop();
	};
	try {
		const port = await findFreePort();
		const token = randomUUID();
		const itemId = randomUUID();
		await writeTokenAndItem(redis.port, token, itemId);
		const done = createDoneCounter();
		const worker = startChild("bullmq-worker-child.ts", [redis.port, CONCURRENCY], (line) => {
			if (line.includes("task.succeeded")) done.add();
		});
		const api = startChild("bullmq-api-child.ts", [port, redis.port], () => {});
		children.push(worker.child, api.child);
		await Promise.all([worker.ready, api.ready]);
		return {
			url: `http://127.0.0.1:${port}`,
			token,
			itemId,
			done,
			description: `BullMQ ${await versionOf("bullmq")}, Redis ${redis.version}, Hono on Node ${process.version}`,
			failure: Promise.race([worker.failure, api.failure]),
			stop,
		};
	} catch (thrown) {
		await stop();
		throw thrown;
	}
}

async function writeTokenAndItem(port: number, token: string, itemId: string): Promise<void> {
	const redis = new Redis({ host: "127.0.0.1", port });
	await redis.set(`token:${createHash("sha256").update(token).digest("hex")}`, "bench");
	await redis.hset(`item:${itemId}`, "owner", "bench");
	await redis.quit();
}

function startChild(script: string, args: number[], onLine: (line: string) => void) {
	const path = fileURLToPath(new URL(script, import.meta.url));
	const child = spawn(process.execPath, [path, ...args.map(String)], { stdio: ["ignore", "pipe", "inherit"] });
	const killWithUs = () => child.kill("SIGKILL");
	process.once("exit", killWithUs);
	const failure = new Promise<never>((_, reject) => {
		child.once("exit", (status, signal) => {
			process.off("exit", killWithUs);
			if (signal !== "SIGTERM") reject(new CommandFailure(`${script} ended (${signal ?? `status ${status}`}).`));
		});
	});
	failure.catch(() => {}); // whoever waits for it hears of it
	const started = new Promise<void>((resolve) => {
		createInterface({ input: child.stdout as Readable }).on("line", (line) =>
			line === "ready" ? resolve() : onLine(line),
		);
	});
	return { child, failure, ready: Promise.race([started, failure]) };
}

export async function versionOf(name: string): Promise<string> {
	const manifest = await readFile(join(projectRoot, "node_modules", name, "package.json"), "utf8");
	return (JSON.parse(manifest) as { version: string }).version;
}
