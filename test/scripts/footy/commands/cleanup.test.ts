/** `footy cleanup` against a server that is not as it should be. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { callFooty } from "../../../support/node/call-footy.ts";

async function cleanUpAt(listener: RequestListener, ...args: string[]) {
	const server = createServer(listener);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	try {
		const { port } = server.address() as AddressInfo;
		return await callFooty(["cleanup", "--url", `http://127.0.0.1:${port}`, "--token", "fc_x", ...args]);
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

const run = { id: "run-1", state: "finding", looked_at: { objects: 0 }, found: {}, expected: 0 };

it("a server that goes away in the middle is told in a sentence with the run's name, without a stack", async () => {
	const called = await cleanUpAt((request, response) => {
		if (request.method !== "POST") return request.socket.destroy();
		return response.writeHead(202, { "content-type": "application/json" }).end(JSON.stringify(run));
	});
	expect(called.status).toBe(1);
	expect(called.stdout).toBe("");
	expect(called.stderr).toMatch(/http:\/\/127\.0\.0\.1:\d+ does not answer.*Run run-1 /);
	expect(called.stderr).not.toMatch(/^ +at /m);
});

it("an address where something else answers is told so", async () => {
	const called = await cleanUpAt((_, response) => response.end("<html>"));
	expect(called.status).toBe(1);
	expect(called.stderr).toContain("is not of FootyCollect Edge");
	expect(called.stderr).not.toMatch(/^ +at /m);
});

it.each([
	[["--undo", "run-1", "--dry-run"], "--dry-run"],
	[["--undo", "run-1", "--task", "all"], "--task"],
	[["--undo="], "--undo"],
	[["--task", "all", "--incomplete-only"], "--incomplete-only"],
	[["--task", "results", "--dry-run"], "--dry-run"],
	[["--task", "results", "--older-than-hours", "48"], "--older-than-hours"],
])("%j asks for what is not done, so nothing is", async (args, named) => {
	let requests = 0;
	const called = await cleanUpAt(
		(request) => {
			requests += 1;
			request.socket.destroy();
		},
		...args,
	);
	expect(called.status).toBe(2);
	expect(called.stderr).toContain(named);
	expect(requests).toBe(0);
});
