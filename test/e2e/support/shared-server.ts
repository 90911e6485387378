/** A server for all tests of a file. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLocalServer } from "../../../scripts/footy/server/local-server.ts";
import { findFreePort } from "../../../scripts/footy/server/ports.ts";

export interface SharedServer {
	url: string;
	stateDirectory: string;
	/** The API's JSON, which is expected to be a success. */
	call(token: string, method: string, path: string, body?: object): Promise<{ id: string }>;
	stop(): Promise<void>;
}

/** Its end is the file's: call `stop` in `afterAll`. */
export async function startSharedServer(): Promise<SharedServer> {
	const stateDirectory = await mkdtemp(join(tmpdir(), "footy-shared-"));
	const { signal } = new AbortController();
	const server = await startLocalServer({ port: await findFreePort(), stateDirectory, onLine: () => {}, signal });
	return {
		url: server.url,
		stateDirectory,
		async call(token, method, path, body) {
			const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
			const response = await fetch(server.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
			const text = await response.text();
			if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
			return JSON.parse(text) as { id: string };
		},
		async stop() {
			await server.stop();
			await rm(stateDirectory, { recursive: true, force: true });
		},
	};
}
