/** Lies about the answer itself: its time, its status, where it leads, and connections that end as none should. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { breaksOff, jpeg, type Lie, okHead, pngWithoutEnd, says, stays, writes } from "./lie.ts";

const head = `${okHead}Content-Length: ${jpeg.length}\r\n\r\n`;

/** A byte now and then, for ever. */
const drips = (bytes: Buffer, everyMs: number) => (_: IncomingMessage, response: ServerResponse) => {
	let at = 0;
	response.writeHead(200);
	const timer = setInterval(() => response.write(bytes.subarray(at, ++at)), everyMs);
	response.once("close", () => clearInterval(timer));
};

export const ofTime: Lie[] = [
	{ name: "no answer", answer: stays, end: "source_too_slow", isSlow: true },
	{ name: "half a status line", answer: writes(["HTTP/1.1 20"], stays), end: "source_too_slow", isSlow: true },
	{
		name: "headers without end",
		answer: writes(["HTTP/1.1 200 OK\r\nX-A: "], stays),
		end: "source_too_slow",
		isSlow: true,
	},
	{ name: "headers, and no byte", answer: writes([head], stays), end: "source_too_slow", isSlow: true },
	{
		name: "interim answers only",
		answer: writes(["HTTP/1.1 103 Early Hints\r\n\r\n"], stays),
		end: "source_too_slow",
		isSlow: true,
	},
	{ name: "a byte every 20 ms", answer: drips(jpeg, 20), end: "source_too_slow", isSlow: true },
	{
		name: "redirects of 100 ms",
		answer: ({ url = "" }, response) =>
			void setTimeout(() => response.writeHead(302, { location: `${url}x` }).end(), 100),
		end: "source_too_slow",
		isSlow: true,
	},
];

const status = (code: number, end: Lie["end"], headers = {}): Lie => ({
	name: `${code} ${JSON.stringify(headers)}`,
	answer: says(code, headers, code === 204 || code === 304 ? "" : jpeg),
	end,
});

export const ofStatus: Lie[] = [
	status(404, "source_not_found"),
	status(410, "source_gone"),
	status(400, "source_refused"),
	status(401, "source_refused", { "www-authenticate": "Basic" }),
	status(403, "source_refused"),
	status(407, "source_refused", { "proxy-authenticate": "Basic" }),
	status(418, "source_refused"),
	status(429, "source_rate_limited", { "retry-after": "120" }),
	status(429, "source_rate_limited", { "retry-after": "Fri, 31 Dec 2100 23:59:59 GMT" }),
	status(429, "source_rate_limited", { "retry-after": "-1" }),
	status(500, "source_failed"),
	status(503, "source_failed", { "retry-after": "7" }),
	status(599, "source_failed"),
	status(999, "source_failed"),
	status(201, "source_unexpected_status"),
	status(204, "source_unexpected_status"),
	status(206, "source_unexpected_status", { "content-range": `bytes 0-9/${jpeg.length}` }),
	status(300, "source_unexpected_status", { location: "/b.jpg" }),
	status(304, "source_unexpected_status"),
];

const leads = (location: string | undefined, code = 302) => says(code, location === undefined ? {} : { location });

export const ofRedirects: Lie[] = [
	{ name: "to itself", answer: ({ url }, response) => leads(url)({} as never, response), end: "redirect_loop" },
	{
		name: "there and back",
		answer: ({ url = "" }, response) =>
			leads(url.endsWith("/b") ? url.slice(0, -2) : `${url}/b`)({} as never, response),
		end: "redirect_loop",
		requests: 2,
	},
	{
		name: "ever further",
		answer: ({ url = "" }, response) => leads(`${url}x`, 308)({} as never, response),
		end: "too_many_redirects",
		requests: 6,
	},
	{
		name: "five times, and then a picture",
		answer: ({ url = "" }, response) => {
			if (url.endsWith("xxxxx")) response.end(jpeg);
			else leads(`${url}x`, 301)({} as never, response);
		},
		end: "fetched",
		requests: 6,
	},
	{ name: "without Location", answer: leads(undefined), end: "redirect_without_location" },
	{ name: "with an empty Location", answer: leads(""), end: "redirect_without_location" },
	{
		name: "with two Locations",
		// Closed, as it says: a whole answer leaves a connection for the next request, which would fail on this one.
		answer: writes([
			"HTTP/1.1 302 Found\r\nLocation: /b\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		]),
		end: "url_ambiguous",
	},
	{
		name: "with a body without end",
		answer: (_, response) => void response.writeHead(302, { location: "https://127.0.0.1/" }).write(pngWithoutEnd),
		end: "url_names_address",
	},
];

export const ofConnections: Lie[] = [
	{ name: "a reset before any answer", answer: (_, { socket }) => void socket?.destroy(), end: "source_unreachable" },
	{ name: "a reset within the headers", answer: writes([okHead], breaksOff), end: "source_unreachable" },
	{ name: "a reset behind the headers", answer: writes([head], breaksOff), end: "source_cut_off" },
	{ name: "an end behind the headers", answer: writes([head]), end: "source_cut_off" },
	{ name: "another protocol", answer: writes(["SSH-2.0-OpenSSH_9.2\r\n"]), end: "source_unreachable" },
	{ name: "HTTP/0.9", answer: writes([jpeg]), end: "source_unreachable" },
	{
		name: "a status beyond all",
		answer: writes(["HTTP/1.1 99999 Odd\r\nContent-Length: 0\r\n\r\n"]),
		end: "source_unreachable",
	},
	{
		name: "a status of 0",
		answer: writes(["HTTP/1.1 000 Odd\r\nContent-Length: 0\r\n\r\n"]),
		end: "source_unreachable",
	},
	{
		name: "a change of protocol",
		answer: writes(["HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"]),
		end: "source_unexpected_status",
	},
	{
		name: "a header of 1 MiB",
		answer: writes([okHead, `X-A: ${"a".repeat(1024 * 1024)}\r\n`, "\r\n"]),
		end: "source_unreachable",
	},
	{ name: "30,000 headers", answer: writes([okHead, "X-A: a\r\n".repeat(30_000), "\r\n"]), end: "source_unreachable" },
	{ name: "a null in a header", answer: writes([okHead, "X-A: a\0b\r\n\r\n", jpeg]), end: "source_unreachable" },
	{ name: "a header without a colon", answer: writes([okHead, "nonsense\r\n\r\n", jpeg]), end: "source_unreachable" },
	{ name: "nothing but line ends", answer: writes(["\r\n".repeat(100)]), end: "source_unreachable" },
];
