/**
 * HTTPS servers of this machine that carry public names, with certificates of the authority that every e2e test trusts:
 * what the runtime sees of them is real TLS with real checks.
 */
import type { RequestListener } from "node:http";
import { request as requestByTls, type ServerOptions } from "node:https";
import { Readable } from "node:stream";
import { Response as LocalResponse } from "miniflare";
import { inject, onTestFinished } from "vitest";
import { type Credentials, issueBy, type KeyKind, type Validity } from "../../support/node/authority.ts";
import { startTlsServer } from "../../support/node/tls-server.ts";

/** A certificate for host names that the runtimes of e2e tests trust: see trusted-authority.ts. */
export const issueTrusted = (names: readonly string[], validity?: Validity, keyKind?: KeyKind): Promise<Credentials> =>
	issueBy(inject("authority"), names, validity, keyKind);

export interface TlsOrigin {
	port: number;
	/** Connections that were opened so far, whatever became of them. */
	connections(): number;
	/** The names that clients asked for in their handshakes (SNI), in order; "" for none. */
	serverNames: string[];
}

/**
 * Starts an HTTPS server on a free port of 127.0.0.1; it ends with the test. `credentials` may limit what it speaks. For
 * answers that no server gives willingly, write to `response.socket` itself.
 */
export async function startTlsOrigin(
	credentials: Credentials & ServerOptions,
	answer: RequestListener,
): Promise<TlsOrigin> {
	const serverNames: string[] = [];
	let connections = 0;
	const { server, port, close } = await startTlsServer(credentials, answer);
	server.on("connection", () => {
		connections += 1;
	});
	server.on("secureConnection", (socket) => serverNames.push(socket.servername || ""));
	onTestFinished(close);
	return { port, connections: () => connections, serverNames };
}

/**
 * For `outboundService` of Miniflare: a Worker's own `fetch` to one of these hosts lands at its origin by TLS that checks
 * the certificate for that host; any other host is unreachable. Bodies and encodings pass as they are. `connect()` does
 * not come here: it reaches this machine's ports as they are.
 */
export const landingAt = (origins: Readonly<Record<string, TlsOrigin>>) => async (request: Request) => {
	const { host, pathname, search } = new URL(request.url);
	const origin = origins[host];
	if (!origin) throw new Error(`tests reach no network: ${host}`);
	const headers = { ...Object.fromEntries(request.headers), host };
	return new Promise<Response>((resolve, reject) => {
		const passed = requestByTls(
			{ host: "127.0.0.1", port: origin.port, servername: host, path: `${pathname}${search}`, headers, agent: false },
			(response) => {
				const { statusCode: status = 502, rawHeaders } = response;
				const pairs = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ""]] : []));
				const body = status === 204 || status === 304 ? null : Readable.toWeb(response);
				const options = { status, headers: pairs as [string, string][], encodeBody: "manual" as const };
				resolve(new LocalResponse(body as never, options) as unknown as Response);
			},
		);
		passed.once("error", reject).end();
	});
};
