/** HTTP proxies of this machine: real ones (proxy-chain) that lead public names to our origins, and ones that misbehave. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { Server } from "proxy-chain";
import { onTestFinished } from "vitest";
import { findFreePort } from "../../../scripts/footy/server/ports.ts";
import { issueTrusted } from "./tls-origin.ts";

/** How a proxy is spoken to. */
export type ProxyKind = "http" | "https";

export interface ForwardProxy {
	/** `http://127.0.0.1:port` or, with a certificate that the tests trust, `https://localhost:port` */
	url: string;
	/** What was asked for with CONNECT, in order: `host:port`. */
	tunnels: string[];
}

/**
 * Starts a proxy on a free port of 127.0.0.1; it ends with the test.
 *
 * @param leadsTo the port of this machine for each `host:port`; others are connected to as named
 * @param credentials `user:password`; without, none are asked for
 */
export async function startProxy(
	leadsTo: Record<string, number>,
	credentials?: string,
	kind: ProxyKind = "http",
): Promise<ForwardProxy> {
	const tunnels: string[] = [];
	const server = new Server({
		...(kind === "http" ? { serverType: kind } : { serverType: kind, httpsOptions: await issueTrusted(["localhost"]) }),
		port: 0,
		host: "127.0.0.1",
		prepareRequestFunction: ({ hostname, port, username, password }) => {
			const target = `${hostname}:${port}`;
			tunnels.push(target);
			const localPort = leadsTo[target];
			return {
				requestAuthentication: credentials !== undefined && `${username}:${password}` !== credentials,
				...(localPort === undefined ? {} : { customConnectServer: passTo(localPort) as never }),
			};
		},
	});
	await server.listen();
	onTestFinished(() => server.close(true));
	return { url: urlOf(kind, server.port), tunnels };
}

/** proxy-chain gives it the sockets of tunnels, as `connection` events. */
const passTo = (port: number) =>
	createServer((near) => {
		const far = connect(port, "127.0.0.1");
		near.pipe(far).pipe(near);
		for (const [one, other] of [
			[near, far],
			[far, near],
		] as const) {
			one.on("error", () => other.destroy()).once("close", () => other.destroy());
		}
	});

/** A server that is no proxy: `answer` gets each connection as its first bytes arrive. It ends with the test. */
export async function startFalseProxy(
	answer: (socket: Socket) => void,
	kind: ProxyKind = "http",
): Promise<ForwardProxy> {
	const sockets = new Set<Socket>();
	const tunnels: string[] = [];
	const onConnection = (socket: Socket) => {
		sockets.add(socket);
		socket.on("error", () => {}).once("close", () => sockets.delete(socket));
		socket.once("data", (bytes) => {
			tunnels.push(/^CONNECT (\S+)/.exec(bytes.toString("latin1"))?.[1] ?? "");
			answer(socket);
		});
	};
	const server =
		kind === "http" ? createServer(onConnection) : createTlsServer(await issueTrusted(["localhost"]), onConnection);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(async () => {
		for (const socket of sockets) socket.destroy();
		await new Promise((resolve) => server.close(resolve));
	});
	return { url: urlOf(kind, (server.address() as AddressInfo).port), tunnels };
}

/** The URL of a proxy that is not there. */
export const findDeadProxy = async (kind?: ProxyKind): Promise<string> => urlOf(kind, await findFreePort());

const urlOf = (kind: ProxyKind = "http", port: number): string =>
	kind === "http" ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
