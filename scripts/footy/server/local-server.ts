/** A server on this machine: state locked and migrated, wrangler under its guardian, healthy, its cron ticking, its bucket watched. */
import { setTimeout as sleep } from "node:timers/promises";
import { CommandFailure } from "../failures.ts";
import { readWranglerConfig, wranglerConfigPath } from "../wrangler-config.ts";
import { startCronClock } from "./cron-clock.ts";
import { prepareLocalDatabase, wakeWaitingTasks } from "./database.ts";
import { type GuardedWrangler, spawnWrangler } from "./guarded-wrangler.ts";
import { localUploadSettings } from "./local-bucket.ts";
import { type Telling, writeNotifierConfig } from "./notifier/notifier-config.ts";
import { type WatchedBucket, watchBucket } from "./notifier/watch-bucket.ts";
import { assertPortFree, findFreePort } from "./ports.ts";
import { readSessionSecret } from "./session-secret.ts";
import { lockState } from "./state-lock.ts";

const startPatienceMs = 90_000;

/** Nothing stands before this machine: here one signs in with a token, whatever wrangler.toml says of the deployment. */
const withoutAccess = { ACCESS_TEAM_DOMAIN: "", ACCESS_AUDIENCE: "", ACCESS_ADMINS: "" };

export interface LocalServerOptions {
	port: number;
	/** Absolute; D1 and R2 live in it. */
	stateDirectory: string;
	/** SQL to run before it serves, in the same call that looks after the tables. */
	statements?: string[];
	/** How objects that are put into the bucket are told to the queue: once and in order unless said otherwise. */
	telling?: Telling;
	/** Every line that wrangler and the Worker write. */
	onLine: (line: string) => void;
	/** Interrupts the start. */
	signal: AbortSignal;
}

export interface LocalServer {
	url: string;
	bucketName: string;
	/** Rejects when the server ends although nobody stopped it. */
	failure: Promise<never>;
	/** Ends every process of it and gives the state back. */
	stop: () => Promise<void>;
}

/** Starts a server and returns when it answers. Fails with a plain sentence; nothing is left running then. */
export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
	const {
		port,
		stateDirectory,
		statements = [],
		telling = { copies: 1, disorderSeed: null },
		onLine,
		signal,
	} = options;
	const project = readWranglerConfig();
	const bucketName = project.r2_buckets[0].bucket_name;
	await assertPortFree(port);
	const unlockState = await lockState(stateDirectory);
	const gaveUp = new AbortController();
	let wrangler: GuardedWrangler | undefined;
	let bucket: WatchedBucket | undefined;
	const stopParts = async () => {
		bucket?.stop();
		await wrangler?.stop();
		await unlockState();
	};
	try {
		await prepareLocalDatabase(stateDirectory, [wakeWaitingTasks, ...statements], signal);
		signal.throwIfAborted();
		const url = `http://127.0.0.1:${port}`;
		const notifierPort = await findFreePort();
		const notifier = await writeNotifierConfig({ project, stateDirectory, port: notifierPort, telling });
		wrangler = await spawnWrangler({
			port,
			stateDirectory,
			configPaths: [wranglerConfigPath, notifier],
			variables: {
				...localUploadSettings(url, bucketName),
				...withoutAccess,
				SESSION_SECRET: await readSessionSecret(stateDirectory),
			},
			workerName: project.name,
			onLine,
		});
		bucket = await watchBucket({ stateDirectory, port: notifierPort });
		const ending = AbortSignal.any([signal, gaveUp.signal]);
		await Promise.race([untilHealthy(url, ending), wrangler.failure]);
		await Promise.race([bucket.firstLook, failLate(url, ending), wrangler.failure]);
		wrangler.markStarted();
		const clock = startCronClock(url);
		const stop = async () => {
			clock.stop();
			await stopParts();
		};
		return { url, bucketName, failure: wrangler.failure, stop };
	} catch (thrown) {
		gaveUp.abort();
		await stopParts();
		throw thrown;
	}
}

/** What could be looked at a moment after the server answers may, on a busy machine, take longer; not that long. */
async function failLate(url: string, signal: AbortSignal): Promise<never> {
	await sleep(startPatienceMs, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
	throw new CommandFailure(`What lies in the bucket of ${url} could not be told within ${startPatienceMs / 1000} s.`);
}

async function untilHealthy(url: string, signal: AbortSignal): Promise<void> {
	const end = Date.now() + startPatienceMs;
	while (Date.now() < end) {
		signal.throwIfAborted();
		const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
		await response?.body?.cancel();
		if (response?.ok) return;
		await sleep(100, undefined, { signal }).catch(() => {});
	}
	throw new CommandFailure(`The server did not answer at ${url}/healthz within ${startPatienceMs / 1000} s.`);
}
