/** Has the notifier look at the local bucket whenever its files change, whoever changed them. */
import { type FSWatcher, watch } from "node:fs";
import { mkdir } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { noteLine } from "../../output.ts";
import type { Look } from "./protocol.ts";

/** Where Miniflare keeps the lists of objects. Not the objects themselves: a list changes last. */
const bucketLists = "v3/r2/miniflare-R2BucketObject";

/** A look without any change seen: not every file system tells of changes. */
const idleLookMs = 2000;

/** wrangler ends the connection when it loads the Worker anew; this long until the next try. */
const reconnectMs = 200;

interface BucketWatch {
	stateDirectory: string;
	/** Where the notifier's Worker listens. */
	port: number;
}

export interface WatchedBucket {
	/** Settles when everything that lies in the bucket at the start has been told. */
	firstLook: Promise<void>;
	stop: () => void;
}

/** Watches until stopped. Objects put while nobody watched are told at the start, and again after each reload. */
export async function watchBucket({ stateDirectory, port }: BucketWatch): Promise<WatchedBucket> {
	const folder = join(stateDirectory, bucketLists);
	await mkdir(folder, { recursive: true });
	const stopped = new AbortController();
	const first = Promise.withResolvers<void>();
	const change = createSignal();
	const watcher = watchFolder(folder, change.raise);
	const idle = setInterval(change.raise, idleLookMs).unref();
	let socket: Socket | undefined;
	const keepLooking = async () => {
		while (!stopped.signal.aborted) {
			socket = connect({ port, host: "127.0.0.1" });
			await lookWhileConnected(socket, change, first.resolve).catch(() => {});
			socket.destroy();
			await sleep(reconnectMs, undefined, { signal: stopped.signal }).catch(() => {});
		}
	};
	void keepLooking();
	return {
		firstLook: first.promise,
		stop: () => {
			stopped.abort();
			watcher?.close();
			clearInterval(idle);
			socket?.destroy();
		},
	};
}

/** Returns or throws when the connection ends. */
async function lookWhileConnected(socket: Socket, change: Signal, onLook: () => void): Promise<void> {
	const lost = new Promise<never>((_, reject) => socket.once("close", () => reject(new Error("the notifier is gone"))));
	lost.catch(() => {});
	socket.on("error", () => {}); // `close` follows
	const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
	for (;;) {
		change.lower();
		socket.write("\n");
		const answer = await Promise.race([answers.next(), lost]);
		if (answer.done) return;
		const look = JSON.parse(answer.value) as Look;
		if ("fault" in look) noteLine(`What was put into the bucket could not be told, and is tried again: ${look.fault}`);
		else onLook();
		await Promise.race([change.raised(), lost]);
	}
}

function watchFolder(folder: string, onChange: () => void): FSWatcher | undefined {
	try {
		return watch(folder, { persistent: false }, onChange).on("error", () => {});
	} catch {
		return undefined; // no more watches to be had: the idle looks will do
	}
}

interface Signal {
	raise: () => void;
	lower: () => void;
	/** Settles when it is raised, at once if it is. */
	raised: () => Promise<void>;
}

function createSignal(): Signal {
	let flag = Promise.withResolvers<void>();
	let isRaised = false;
	return {
		raise: () => {
			isRaised = true;
			flag.resolve();
		},
		lower: () => {
			if (isRaised) flag = Promise.withResolvers<void>();
			isRaised = false;
		},
		raised: () => flag.promise,
	};
}
