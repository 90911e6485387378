/** A server that the command line serves, with a state of its own. */
import { findFreePort } from "../../../scripts/footy/server/ports.ts";
import { type RunningFooty, spawnFooty, waitForOutput } from "./footy.ts";

export interface RunningServer {
	footy: RunningFooty;
	url: string;
	port: number;
}

/** Starts `footy dev` on a free port and waits until it serves. @param more options of its */
export async function serveState(stateDirectory: string, more: readonly string[] = []): Promise<RunningServer> {
	const port = await findFreePort();
	const footy = spawnFooty(["dev", "--port", String(port), "--persist-to", stateDirectory, "--raw-logs", ...more]);
	await waitForOutput(footy, "Ctrl-C");
	return { footy, url: `http://127.0.0.1:${port}`, port };
}

/** Ends the server as Ctrl-C does and returns its exit status. */
export function interrupt({ footy }: RunningServer): Promise<number | string> {
	footy.child.kill("SIGINT");
	return footy.ended;
}
