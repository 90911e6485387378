/** A server for all tests of a file. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLocalServer } from "../../../scripts/footy/server/local-server.ts";
import { findFreePort } from "../../../scripts/footy/server/ports.ts";
import { callJson } from "./call-json.ts";
import { fillState, type StateTokens } from "./state-template.ts";

export interface SharedServer extends StateTokens {
	url: string;
	stateDirectory: string;
	/** The API's JSON, which is expected to be a success. */
	call(token: string, method: string, path: string, body?: object): Promise<{ id: string }>;
	stop(): Promise<void>;
}

/** Its end is the file's: call `stop` in `afterAll`. */
export async function startSharedServer(): Promise<SharedServer> {
	const stateDirectory = await mkdtemp(join(tmpdir(), "footy-shared-"));
	const tokens = await fillState(stateDirectory);
	const { signal } = new AbortController();
	const server = await startLocalServer({ port: await findFreePort(), stateDirectory, onLine: () => {}, signal });
	return {
		...tokens,
		url: server.url,
		stateDirectory,
		call: (token, method, path, body) => callJson({ url: server.url, token }, method, path, body),
		async stop() {
			await server.stop();
			await rm(stateDirectory, { recursive: true, force: true });
		},
	};
}
