/** How long a GET to the API takes while a picture is encoded in the same isolate: a real server, photo after photo. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiClient } from "../../scripts/footy/client/api-client.ts";
import { startLocalServer } from "../../scripts/footy/server/local-server.ts";
import { findFreePort } from "../../scripts/footy/server/ports.ts";
import { createToken, defaultScopes } from "../../scripts/footy/tokens/new-token.ts";
import { insertTokenSql } from "../../scripts/footy/tokens/token-sql.ts";
import { percentile } from "../statistics.ts";

/** As a page polls that shows many photos at once. */
const PAUSE_MS = 5;

export interface Latency {
	pictures: number;
	requests: number;
	p50Ms: number;
	p99Ms: number;
	worstMs: number;
	/** The same GET while nothing else goes on. */
	idleP50Ms: number;
}

export async function measureLatency(
	path: string,
	pictures: number,
	signal: AbortSignal,
	onPicture: (text: string) => void,
): Promise<Latency> {
	const stateDirectory = await mkdtemp(join(tmpdir(), "footy-latency-"));
	const token = createToken({ ownerId: "bench", name: "bench", scopes: defaultScopes, expiresInDays: 1 });
	const server = await startLocalServer({
		port: await findFreePort(),
		stateDirectory,
		statements: [insertTokenSql(token)],
		onLine: () => {},
		signal,
	});
	try {
		const client = new ApiClient(server.url, token.token);
		const file = await readFile(path);
		const busy: number[] = [];
		const idle: number[] = [];
		for (let picture = 1; picture <= pictures; picture++) {
			onPicture(`picture ${picture} of ${pictures}`);
			const itemId = await client.createItem("bench");
			const { id } = await client.uploadPhoto(itemId, new Blob([file]), "image/jpeg", 0);
			const isProcessing = async (times: number[]) => {
				const startedAt = performance.now();
				const { state } = await client.readPhoto(id);
				times.push(performance.now() - startedAt);
				if (state === "failed") throw new Error("the photo failed");
				return state !== "processed";
			};
			while (await isProcessing(busy)) {
				signal.throwIfAborted();
				await sleep(PAUSE_MS);
			}
			for (let i = 0; i < 20; i++) await isProcessing(idle);
		}
		return {
			pictures,
			requests: busy.length,
			p50Ms: percentile(busy, 0.5),
			p99Ms: percentile(busy, 0.99),
			worstMs: Math.max(...busy),
			idleP50Ms: percentile(idle, 0.5),
		};
	} finally {
		await server.stop();
		await rm(stateDirectory, { recursive: true, force: true });
	}
}
