import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, it } from "vitest";
import { assertPortFree, findFreePort, probePort } from "../../../../scripts/footy/server/ports.ts";

it("finds a port that is free", async () => {
	expect(await probePort(await findFreePort())).toBe("free");
});

it.each(["127.0.0.1", "0.0.0.0"])("sees that a server on %s has taken the port", async (host) => {
	const server = createServer().listen(0, host);
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	await expect(assertPortFree(port)).rejects.toThrow(`Port ${port} is taken by another program.`);
	await expect(assertPortFree(port)).rejects.toThrow("--port ");
	server.close();
});
