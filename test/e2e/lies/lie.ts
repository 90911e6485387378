/** What an origin may say instead of a picture, and what must come of it. */
import { readFileSync } from "node:fs";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ErrorCode } from "../../../src/errors.ts";
import { fixture } from "../support/footy.ts";

export interface Lie {
	name: string;
	answer(request: IncomingMessage, response: ServerResponse): void;
	/** How the fetch must end. */
	end: ErrorCode | "fetched";
	/** How many requests the origin sees, where that is not one. Not counted where time decides it. */
	requests?: number;
	/** Whether only time ends it. */
	isSlow?: true;
}

export const jpeg = readFileSync(fixture("orientation-1.jpg"));
export const png = readFileSync(fixture("chelsea.png"));

/** A PNG up to where its pixels begin: a chunk of 2 GiB follows. */
export const pngWithoutEnd = Buffer.concat([
	png.subarray(0, 33), // signature (8) and IHDR (25)
	Buffer.from([0x7f, 0xff, 0xff, 0xff]),
	Buffer.from("IDAT"),
]);

/** An answer that is in order but for what it says. */
export const says =
	(status: number, headers: OutgoingHttpHeaders, body: string | Uint8Array = "") =>
	(_: IncomingMessage, response: ServerResponse) =>
		void response.writeHead(status, headers).end(body);

/** A picture's answer with this body. */
export const sends = (body: string | Uint8Array, headers: OutgoingHttpHeaders = {}) =>
	says(200, { "content-type": "image/jpeg", ...headers }, body);

/** What goes over the wire, as it stands; `then` is told of the connection afterwards. */
export const writes =
	(parts: (string | Uint8Array)[], then: (socket: Socket) => void = (socket) => void socket.end()) =>
	(_: IncomingMessage, { socket }: ServerResponse) => {
		if (!socket) return;
		socket.write(
			Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part))),
			() => then(socket),
		);
	};

export const stays = () => {};
export const breaksOff = (socket: Socket) => void socket.destroy();

/** Chunked framing of one chunk. */
export const chunk = (bytes: Uint8Array): Buffer =>
	Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);

export const okHead = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n";
