/** Ports of this machine. Everything binds to 127.0.0.1: what runs here is nobody else's to reach. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { CommandFailure } from "../failures.ts";

/** The port of `wrangler dev`, which READMEs and curls know by heart. */
export const defaultPort = 8787;

type PortState = "free" | "taken" | "forbidden";

/** Whether a server could listen on the port now. */
export async function probePort(port: number): Promise<PortState> {
	const outcome = await listen(port);
	if (typeof outcome === "number") return "free";
	return outcome.code === "EACCES" ? "forbidden" : "taken";
}

/** Fails with a plain sentence unless a server could listen on the port. */
export async function assertPortFree(port: number): Promise<void> {
	const state = await probePort(port);
	if (state === "free") return;
	throw new CommandFailure(
		state === "taken"
			? `Port ${port} is taken by another program. End that one, or choose another port: --port ${port < 65_535 ? port + 1 : 8788}.`
			: `This user may not listen on port ${port}. Choose one above 1023: --port ${defaultPort}.`,
	);
}

/**
 * A port that nothing listens on. It lies below those that systems give to connections and to whoever asks for any port
 * (32768 and up on Linux): wrangler takes seconds until it listens, and one of those would be another's by then.
 */
export async function findFreePort(): Promise<number> {
	for (let tries = 0; tries < 20; tries++) {
		const port = randomInt(11_000, 32_768); // above 10080, which fetch and browsers refuse
		if ((await probePort(port)) === "free") return port;
	}
	const outcome = await listen(0);
	if (typeof outcome === "number") return outcome;
	throw new CommandFailure(`No port could be had on 127.0.0.1: ${outcome.message}`);
}

function listen(port: number): Promise<number | NodeJS.ErrnoException> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once("error", resolve);
		server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
			const address = server.address();
			server.close(() => resolve(typeof address === "object" && address ? address.port : port));
		});
	});
}
