/** The site whose pictures are imported: real HTTPS on this machine, which writes down every request as it sees it. */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import type { Credentials } from "../../test/support/node/authority.ts";
import { startTlsServer } from "../../test/support/node/tls-server.ts";
import type { PlannedPicture, SeenRequest, SiteFault } from "./contract.ts";

/** Redirects lead below it. */
const MOVED = "/moved";
const SIZE = { width: 32, height: 24 };

export interface Site {
	port: number;
	/** In the order in which they began. */
	requests: SeenRequest[];
	/** Of pictures that were sent whole. */
	bytesSent(): number;
	close(): Promise<void>;
}

/** To the part of a millisecond. */
const preciseNow = (): number => performance.timeOrigin + performance.now();

export async function startSite(credentials: Credentials, pictures: readonly PlannedPicture[]): Promise<Site> {
	const base = await makePicture();
	const indexOf = new Map(pictures.flatMap(({ path }, index) => [path, MOVED + path].map((at) => [at, index])));
	const asked = new Map<number, number>();
	const requests: SeenRequest[] = [];
	let atOnce = 0;
	let bytesSent = 0;
	const { port, close } = await startTlsServer(credentials, (request, response) => {
		const path = request.url ?? "";
		const index = indexOf.get(path) ?? -1;
		const picture = pictures[index];
		if (!picture) {
			response.writeHead(404).end();
			return;
		}
		atOnce++;
		const redirects = picture.isRedirected && path === picture.path;
		const time = asked.get(index) ?? 0;
		if (!redirects) asked.set(index, time + 1);
		const fault = redirects ? undefined : picture.faults[time];
		const seen: SeenRequest = {
			picture: index,
			startedAt: preciseNow(),
			endedAt: Number.NaN,
			atOnce,
			answer: redirects ? "redirect" : nameAnswer(picture, fault),
			...(fault?.kind === "status" && fault.retryAfterSeconds !== undefined
				? { retryAfterSeconds: fault.retryAfterSeconds }
				: {}),
		};
		requests.push(seen);
		const ended = () => {
			if (!Number.isNaN(seen.endedAt)) return;
			atOnce--;
			seen.endedAt = preciseNow();
		};
		// The visitor has the answer as soon as it is given; that its last byte was written is told here only later.
		const end = response.end.bind(response);
		response.end = ((...given: []) => {
			ended();
			return end(...given);
		}) as typeof response.end;
		response.once("close", ended);
		if (redirects) {
			response.writeHead(302, { location: MOVED + path }).end();
			return;
		}
		const bytes = withComment(base, `picture ${index}`);
		answer(response, picture, fault, bytes).then(
			(sent) => {
				bytesSent += sent;
			},
			() => response.destroy(),
		);
	});
	return { port, requests, bytesSent: () => bytesSent, close };
}

/** @returns the bytes of the picture, where it was sent whole */
async function answer(
	response: ServerResponse,
	picture: PlannedPicture,
	fault: SiteFault | undefined,
	bytes: Buffer,
): Promise<number> {
	const headers = { "content-type": "image/jpeg", "content-length": bytes.length };
	if (fault?.kind === "hang") {
		if (fault.bytes > 0) response.writeHead(200, headers).write(bytes.subarray(0, fault.bytes));
		return 0;
	}
	await sleep(picture.serviceMs / 2);
	if (picture.isMissing) {
		response.writeHead(404).end("not here");
		return 0;
	}
	switch (fault?.kind) {
		case "status": {
			const { status, retryAfterSeconds } = fault;
			if (retryAfterSeconds !== undefined) response.setHeader("retry-after", retryAfterSeconds);
			response.writeHead(status);
			response.end("no");
			return 0;
		}
		case "drop":
			response.socket?.destroy();
			return 0;
		default:
			response.writeHead(200, headers).write(bytes.subarray(0, bytes.length / 2));
	}
	await sleep(picture.serviceMs / 2);
	if (fault?.kind === "cut") {
		response.socket?.destroy();
		return 0;
	}
	response.end(bytes.subarray(bytes.length / 2));
	return bytes.length;
}

function nameAnswer({ isMissing }: PlannedPicture, fault: SiteFault | undefined): string {
	if (isMissing) return "404";
	switch (fault?.kind) {
		case undefined:
			return "picture";
		case "status":
			return String(fault.status);
		case "hang":
			return fault.bytes > 0 ? "silence after the first bytes" : "silence";
		case "cut":
			return "cut off";
		case "drop":
			return "connection dropped";
	}
}

/** As small as pictures are: what is measured is the way to them. */
const makePicture = (): Promise<Buffer> =>
	sharp({ create: { ...SIZE, channels: 3, background: { r: 200, g: 30, b: 40 } } })
		.jpeg()
		.toBuffer();

/** The same picture in other bytes: a comment behind the start of the image (ITU-T T.81, COM). */
function withComment(jpeg: Buffer, text: string): Buffer {
	const comment = Buffer.from(text);
	const marker = Buffer.from([0xff, 0xfe, 0, 0]);
	marker.writeUInt16BE(comment.length + 2, 2);
	return Buffer.concat([jpeg.subarray(0, 2), marker, comment, jpeg.subarray(2)]);
}
