/** HTTP/1.1 over TLS over a tunnel: our request, and the answer as it streams in. */
import { AppError } from "../../errors.ts";
import { ByteReader } from "../http1/byte-reader.ts";
import { decodeContent } from "../http1/decode-content.ts";
import { cutOff } from "../http1/faults.ts";
import { readBody } from "../http1/read-body.ts";
import { readFinalHead } from "../http1/read-head.ts";
import { orAborted } from "../or-aborted.ts";
import type { SourceResponse } from "../source-request.ts";
import { startTls, type TlsConnection } from "../tls/start-tls.ts";
import { NothingCame, TlsFault } from "../tls/tls-fault.ts";
import type { TrustedRoots } from "../tls/trusted-roots.ts";
import { ProxyFault } from "./open-tunnel.ts";

/** The text of a GET. @throws TypeError for headers that hold line ends or are no fields otherwise */
export function writeRequest(target: URL, given: Record<string, string>): string {
	const headers = new Headers(given);
	headers.set("host", target.host);
	headers.set("accept-encoding", "identity");
	headers.set("connection", "close");
	const fields = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
	return `GET ${target.pathname}${target.search} HTTP/1.1\r\n${fields}\r\n`;
}

/** A source at the other end of a tunnel, known for who it is. */
export interface SecureTunnel {
	connection: TlsConnection;
	hostname: string;
	close(): void;
}

/**
 * @param tunnel is closed when this fails
 * @param roots who may vouch for the source
 * @throws AppError `source_tls_failed`; ProxyFault where nothing came out of the tunnel; or the reason of `signal`
 */
export async function secureTunnel(
	tunnel: Socket,
	hostname: string,
	roots: TrustedRoots,
	signal: AbortSignal,
): Promise<SecureTunnel> {
	const close = () => void tunnel.close().catch(() => {});
	try {
		return { connection: await orAborted(signal, startTls(tunnel, hostname, roots, Date.now())), hostname, close };
	} catch (thrown) {
		close();
		signal.throwIfAborted();
		// Many proxies open the tunnel before they ask for the source, and have no other way left to say that it is away.
		if (thrown instanceof NothingCame)
			throw new ProxyFault("target", "its tunnel ended before the source said anything");
		throw tlsFailed(hostname, thrown);
	}
}

/**
 * @param tunnel is closed when the answer has been read, was cancelled or failed
 * @param request of `writeRequest`
 * @throws AppError `source_tls_failed`, `source_malformed`, `source_cut_off`; or the reason of `signal`
 */
export async function requestOver(
	{ connection, hostname, close }: SecureTunnel,
	request: string,
	signal: AbortSignal,
): Promise<SourceResponse> {
	try {
		await orAborted(signal, connection.write(new TextEncoder().encode(request)));
		const reader = new ByteReader(connection);
		const head = await orAborted(signal, readFinalHead(reader));
		const body = readBody(reader, head);
		if (body === null) {
			close();
			return { status: head.status, headers: head.headers, body: null };
		}
		const decoded = decodeContent(body, head.headers.get("content-encoding"));
		return { status: head.status, headers: head.headers, body: toStream(decoded, signal, close) };
	} catch (thrown) {
		close();
		signal.throwIfAborted();
		throw thrown instanceof AppError ? thrown : tlsFailed(hostname, thrown);
	}
}

function toStream(body: AsyncIterable<Uint8Array>, signal: AbortSignal, close: () => void): ReadableStream<Uint8Array> {
	const parts = body[Symbol.asyncIterator]();
	return new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				try {
					const { done, value } = await orAborted(signal, parts.next());
					if (!done) return controller.enqueue(value);
					close();
					controller.close();
				} catch (thrown) {
					close();
					throw thrown instanceof AppError || signal.aborted ? thrown : cutOff(thrown);
				}
			},
			// Closed first: a generator that waits for bytes can only be ended when none will come.
			async cancel() {
				close();
				await parts.return?.().catch(() => {});
			},
		},
		{ highWaterMark: 0 },
	);
}

function tlsFailed(hostname: string, cause: unknown): AppError {
	const reason = cause instanceof TlsFault ? cause.message : "the connection broke";
	return new AppError(
		"source_tls_failed",
		`No secure connection to the source at ${hostname}: ${reason}. Try again later; if it stays, tell its operator.`,
		{ cause },
	);
}
