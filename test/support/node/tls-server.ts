/** An HTTPS server of this machine that ends when it is told to, whoever is still connected. */
import type { RequestListener } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Credentials } from "./authority.ts";

export interface TlsServer {
	port: number;
	server: Server;
	/** Ends it, and every connection. */
	close(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. For answers that no server gives willingly, write to `response.socket` itself. */
export async function startTlsServer(
	credentials: Credentials & ServerOptions,
	answer: RequestListener,
): Promise<TlsServer> {
	const sockets = new Set<Socket>();
	const server = createServer(credentials, answer);
	// One that is let go while its next request is on its way would be a lie that no test tells.
	server.keepAliveTimeout = 0;
	server.on("connection", (socket: Socket) => {
		sockets.add(socket);
		socket.on("error", () => {}); // clients break off on purpose
		socket.once("close", () => sockets.delete(socket));
	});
	server.on("secureConnection", (socket) => {
		socket.on("error", () => {});
	});
	server.on("tlsClientError", () => {});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		port: (server.address() as AddressInfo).port,
		server,
		async close() {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
