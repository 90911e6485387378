/** However a server is ended, nothing of it stays. */
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { findFreePort, probePort } from "../../scripts/footy/server/ports.ts";
import {
	makeTemporaryFolder,
	type RunningFooty,
	runFooty,
	spawnFooty,
	spawnNpmScript,
	waitForOutput,
} from "./support/footy.ts";
import { makeFreshState } from "./support/fresh-state.ts";
import { listTree, waitUntilGone } from "./support/processes.ts";
import { serveState } from "./support/server.ts";

/** footy, its guardian, wrangler (two) and workerd at the least. */
const leastProcesses = 5;

it("serves a state once at a time, and ends with status 0 on SIGINT, leaving neither process nor port", async () => {
	const { directory: state } = await makeFreshState();
	const { footy, port } = await serveState(state);
	const second = await runFooty(["dev", "--port", String(await findFreePort()), "--persist-to", state]);
	expect(second.stderr).toContain(`A server (process ${footy.pid}) already works on the state in ${state}.`);
	expect(second.status).toBe(1);
	await expectCleanEnd(footy, port, "SIGINT");
});

it("leaves nothing when it is killed without a chance to clean up, serves the same state again, and ends on SIGTERM", async () => {
	const { directory: state } = await makeFreshState();
	const killed = await serveState(state);
	const tree = listTree(killed.footy.pid);
	killed.footy.child.kill("SIGKILL");
	expect(await killed.footy.ended).toBe("SIGKILL");
	expect(await waitUntilGone(tree, 3000)).toEqual([]);
	expect(await probePort(killed.port)).toBe("free");
	const { footy, port } = await serveState(state);
	await expectCleanEnd(footy, port, "SIGTERM");
});

async function expectCleanEnd(footy: RunningFooty, port: number, signal: NodeJS.Signals): Promise<void> {
	const tree = listTree(footy.pid);
	expect(tree.length).toBeGreaterThanOrEqual(leastProcesses);
	footy.child.kill(signal);
	expect(await footy.ended).toBe(0);
	expect(await waitUntilGone(tree)).toEqual([]);
	expect(await probePort(port)).toBe("free");
}

it("ends when the npm that started it is killed", async () => {
	const port = String(await findFreePort());
	const { directory: state } = await makeFreshState();
	const npm = spawnNpmScript("dev", ["--port", port, "--persist-to", state]);
	await waitForOutput(npm, "Ctrl-C");
	const tree = listTree(npm.pid);
	expect(tree.length).toBeGreaterThanOrEqual(leastProcesses + 1);
	npm.child.kill("SIGKILL");
	expect(await waitUntilGone(tree)).toEqual([]);
});

it("can be interrupted while it starts: status 130", async () => {
	const folder = makeTemporaryFolder();
	const port = String(await findFreePort());
	const demo = spawnFooty([
		"demo",
		"--port",
		port,
		"--persist-to",
		join(folder, "state"),
		"--out",
		join(folder, "out"),
	]);
	await waitForOutput(demo, "Starting the server");
	const tree = listTree(demo.pid);
	demo.child.kill("SIGINT");
	expect(await demo.ended).toBe(130);
	expect(await waitUntilGone(tree)).toEqual([]);
});

it("says in plain words that the port is taken", async () => {
	const other = createServer().listen(0, "127.0.0.1");
	await once(other, "listening");
	onTestFinished(() => void other.close());
	const { port } = other.address() as { port: number };
	const { status, stdout, stderr } = await runFooty([
		"dev",
		"--port",
		String(port),
		"--persist-to",
		makeTemporaryFolder(),
	]);
	expect(stderr).toBe(
		`Port ${port} is taken by another program. End that one, or choose another port: --port ${port + 1}.\n`,
	);
	expect(stdout).toBe("");
	expect(status).toBe(1);
});
