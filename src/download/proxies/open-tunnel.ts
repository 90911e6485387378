/** A tunnel through one proxy: CONNECT, then whatever the two ends say to each other (RFC 9110, 9.3.6). */
import { connect } from "cloudflare:sockets";
import { toAppError } from "../../errors.ts";
import { ByteReader } from "../http1/byte-reader.ts";
import { readHead } from "../http1/read-head.ts";
import { orAborted } from "../or-aborted.ts";
import type { HttpProxy } from "./read-proxies.ts";

/**
 * - `dead`: it is not there, does not answer in time, hangs up, refuses, or answers with anything else than a tunnel.
 * - `credentials`: it does not take ours (407; tinyproxy says 401).
 * - `target`: it answers that it could not reach the source, which may well be so: squid says 503, tinyproxy 500, others
 *   502 or 504.
 */
export type ProxyFaultKind = "dead" | "credentials" | "target";

/** Why a proxy opened no tunnel. Its message goes to the log, and holds nothing that the proxy wrote. */
export class ProxyFault extends Error {
	readonly kind: ProxyFaultKind;

	constructor(kind: ProxyFaultKind, message: string) {
		super(message);
		this.name = "ProxyFault";
		this.kind = kind;
	}
}

/**
 * @param target `host:port`
 * @param withinMs what the proxy has to be reached and to answer
 * @returns a socket on which nothing was said to the source yet
 * @throws ProxyFault; or the reason of `signal`
 */
export async function openTunnel(
	proxy: HttpProxy,
	target: string,
	withinMs: number,
	signal: AbortSignal,
): Promise<Socket> {
	const tooLate = AbortSignal.timeout(withinMs);
	let socket: Socket | undefined;
	try {
		// The platform checks the certificate of a proxy for the name in its address.
		socket = connect(proxy.address, { secureTransport: proxy.isSecure ? "on" : "off", allowHalfOpen: false });
		socket.closed.catch(() => {}); // whoever reads is told
		await orAborted(AbortSignal.any([signal, tooLate]), askForTunnel(socket, proxy, target));
		return socket;
	} catch (thrown) {
		void socket?.close().catch(() => {});
		signal.throwIfAborted();
		if (thrown instanceof ProxyFault) throw thrown;
		if (tooLate.aborted) throw new ProxyFault("dead", `no tunnel within ${withinMs} ms`);
		throw new ProxyFault("dead", toAppError(thrown).message);
	}
}

async function askForTunnel(socket: Socket, { authorization }: HttpProxy, target: string): Promise<void> {
	await socket.opened;
	const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`];
	if (authorization !== null) lines.push(`Proxy-Authorization: ${authorization}`);
	const writer = socket.writable.getWriter();
	await writer.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
	writer.releaseLock();
	const source = socket.readable.getReader();
	const reader = new ByteReader(source);
	const { status } = await readHead(reader);
	source.releaseLock();
	if (status === 407 || status === 401) throw new ProxyFault("credentials", `it refused our credentials (${status})`);
	if (status >= 500) throw new ProxyFault("target", `it could not reach the source (${status})`);
	if (status < 200 || status > 299) throw new ProxyFault("dead", `it answered CONNECT with ${status}`);
	// A TLS server speaks second: whatever is here comes from the proxy.
	if (reader.heldBytes > 0) throw new ProxyFault("dead", "it sent something of its own into the tunnel");
}
