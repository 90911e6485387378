/** `fetchPicture` in workerd, whose own client of HTTP and TLS ends at origins of this machine; R2 is Miniflare's. */
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { inject, onTestFinished } from "vitest";
import { bundleWorker } from "../../../scripts/footy/workerd/bundle-worker.ts";
import { makeTemporaryFolder } from "./footy.ts";
import { listTree } from "./processes.ts";

const root = new URL("../../..", import.meta.url).pathname;

export interface FetchEnd {
	/** "fetched", or the code of the error. */
	end: string;
	/** Of the object that was to be stored. */
	key: string;
	/** Lengths with which the sink was opened; null where none is known. */
	opened: (number | null)[];
	visits: { ok: boolean | null; retryAfterSeconds?: number }[];
	picture?: { file: { bytes: number; format: string }; url: string };
	detail?: string;
	causes?: string[];
}

export interface PictureFetcher {
	/** Of the process that runs the Worker. */
	pid: number;
	fetchPicture(url: string, limits?: { firstByteMs: number; totalMs: number }): Promise<FetchEnd>;
	listObjects(): Promise<string[]>;
	readObject(key: string): Promise<Uint8Array>;
}

export const MAX_BYTES = 15 * 1024 * 1024;
/** Only lies about time are to end by time. */
const patient = { firstByteMs: 30_000, totalMs: 60_000 };

/** @param ports where each allowed host listens; certificates are checked for the host */
export async function startPictureFetcher(ports: Readonly<Record<string, number>>): Promise<PictureFetcher> {
	const folder = makeTemporaryFolder();
	const [main] = await bundleWorker(join(root, "test/support/fetching-worker.ts"), folder);
	const trustedCertificates = [inject("authority").cert];
	const external = ([host, port]: [string, number]) => {
		const https = { certificateHost: host, tlsOptions: { trustedCertificates } };
		return [host, { external: { address: `127.0.0.1:${port}`, https } }];
	};
	const others = new Set(listTree(process.pid));
	const worker = new Miniflare(
		convertV4MiniflareOptions({
			// workerd tells of each connection that is broken off.
			handleStructuredLogs: () => {},
			modulesRoot: folder,
			modules: [{ type: "ESModule", path: join(folder, main ?? "") }],
			compatibilityDate: "2026-10-01",
			compatibilityFlags: ["nodejs_compat"],
			r2Buckets: ["MEDIA"],
			serviceBindings: Object.fromEntries(Object.entries(ports).map(external)),
		}),
	);
	onTestFinished(() => worker.dispose());
	const base = await worker.ready;
	const pid = listTree(process.pid).find((one) => !others.has(one)) ?? 0;
	const hosts = Object.keys(ports);
	return {
		pid,
		fetchPicture: async (url, limits = patient) => {
			const body = JSON.stringify({ url, hosts, maxBytes: MAX_BYTES, limits });
			return (await (await fetch(base, { method: "POST", body })).json()) as FetchEnd;
		},
		listObjects: async () => (await (await fetch(new URL("/objects", base))).json()) as string[],
		readObject: async (key) => new Uint8Array(await (await fetch(new URL(`/objects/${key}`, base))).arrayBuffer()),
	};
}
