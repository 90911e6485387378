/** HTTP/1.1 over TLS over a tunnel: our request, and the answer as it streams in. */
import { AppError } from "../../errors.ts";
import { ByteReader } from "../http1/byte-reader.ts";
import { decodeContent } from "../http1/decode-content.ts";
import { cutOff } from "../http1/faults.ts";
import { readBody } from "../http1/read-body.ts";
import { readFinalHead } from "../http1/read-head.ts";
import { orAborted } from "../or-aborted.ts";
import type { SourceResponse } from "../source-request.ts";

/** The text of a GET. @throws TypeError for headers that hold line ends or are no fields otherwise */
export function writeRequest(target: URL, given: Record<string, string>): string {
	const headers = new Headers(given);
	headers.set("host", target.host);
	headers.set("accept-encoding", "identity");
	headers.set("connection", "close");
	const fields = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
	return `GET ${target.pathname}${target.search} HTTP/1.1\r\n${fields}\r\n`;
}

/**
 * @param tunnel is closed when the answer has been read, was cancelled or failed
 * @param request of `writeRequest`
 * @throws AppError `source_tls_failed`, `source_malformed`, `source_cut_off`, `source_encoding_refused`; or the reason of
 * `signal`
 */
export async function requestOver(
	tunnel: Socket,
	{ hostname }: URL,
	request: string,
	signal: AbortSignal,
): Promise<SourceResponse> {
	let socket = tunnel;
	const close = () => void socket.close().catch(() => {});
	try {
		// The platform checks the certificate for this name. (It sends none, in production: docs/proxies.md.)
		socket = tunnel.startTls({ expectedServerHostname: hostname });
		socket.closed.catch(() => {}); // whoever reads is told
		await orAborted(signal, send(socket, request));
		const reader = new ByteReader(socket.readable.getReader());
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

async function send(socket: Socket, text: string): Promise<void> {
	const writer = socket.writable.getWriter();
	await writer.write(new TextEncoder().encode(text));
	writer.releaseLock();
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

const tlsFailed = (hostname: string, cause: unknown): AppError =>
	new AppError(
		"source_tls_failed",
		`The source at ${hostname} ended the connection, or its certificate is not valid for that name. Try again later; if it stays, tell its operator.`,
		{ cause },
	);
