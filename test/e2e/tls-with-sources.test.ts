/** TLS inside of tunnels: what is spoken, what is believed, and what becomes of those who mean harm. */
import type { ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { readProcessMemory, resetPeak } from "../../scripts/footy/workerd/process-memory.ts";
import { type Credentials, issueAuthority, issueBy, type KeyKind, makeAuthority } from "../support/node/authority.ts";
import { certificateLies } from "./lies/certificates.ts";
import { type SourceAsker, startSourceAsker } from "./support/ask-sources.ts";
import { type ProxyKind, startFalseProxy, startProxy } from "./support/forward-proxy.ts";
import { HOST, startSourceBehind } from "./support/source-behind-proxy.ts";
import { issueTrusted, startTlsOrigin } from "./support/tls-origin.ts";

const MIB = 1024 * 1024;
const NOBODY_THERE = "No proxy could reach the source";
const NOTHING_IN_COMMON = "it does not speak TLS 1.3 with AES-128-GCM, P-256";

let asker: SourceAsker;
beforeAll(async () => {
	asker = await startSourceAsker();
});
afterAll(() => asker.stop());

const ask = (proxy: { url: string }, path = "/") =>
	asker.ask({ url: `https://${HOST}${path}`, settings: { ROTATING_PROXY_URL: proxy.url } });
const leadTo = (port: number, kind?: ProxyKind) => startProxy({ [`${HOST}:443`]: port }, undefined, kind);

const kinds = ["http", "https"] as const;

describe.each(kinds)("behind an %s:// proxy", (kind) => {
	it.each(certificateLies)("%s is refused before anything is sent", async (_, saying, issue) => {
		let requests = 0;
		const origin = await startTlsOrigin(await issue(), (_request, response) => {
			requests += 1;
			response.end("no");
		});
		const { error } = await ask(await leadTo(origin.port, kind));
		expect(error).toMatchObject({ code: "source_tls_failed", detail: expect.stringContaining(saying) });
		expect(requests).toBe(0);
	});

	it("a body without a length is whole when the source says so, and cut off when the connection just ends", async () => {
		const unframed = "HTTP/1.1 200 OK\r\n\r\nall of it";
		const whole = await startSourceBehind(kind, (_, response) => response.socket?.end(unframed));
		expect(await ask(whole.proxy)).toMatchObject({ status: 200, text: "all of it" });
		const cut = await startSourceBehind(kind, ({ socket }) => socket.write(unframed, () => socket.destroy()));
		const answer = await ask(cut.proxy);
		expect(answer).toMatchObject({ status: 200, text: "all of it", error: { code: "source_cut_off" } });
	});

	it("what it costs is printed", async () => {
		const body = Buffer.alloc(32 * MIB, 7);
		const { proxy } = await startSourceBehind(kind, ({ url }, response) => response.end(url === "/" ? "" : body));
		const timeMs = async (path: string) => {
			const start = performance.now();
			expect(await ask(proxy, path)).toMatchObject({ status: 200 });
			return performance.now() - start;
		};
		const times: number[] = [];
		for (let asked = 0; asked < 20; asked += 1) times.push(await timeMs("/"));
		const [first = 0] = times;
		const median = times.sort((a, b) => a - b)[10] ?? 0;
		const rate = (32 * 1000) / (await timeMs("/body"));
		process.stdout.write(
			`${kind}:// proxy: ${median.toFixed(1)} ms a request, the first ${first.toFixed(1)} ms; a body at ${rate.toFixed(0)} MiB/s\n`,
		);
	});
});

async function askServer(options: Omit<ServerOptions, keyof Credentials>, keyKind?: KeyKind) {
	const credentials = await issueTrusted([HOST], undefined, keyKind);
	const origin = await startTlsOrigin({ ...credentials, ...options }, (_, response) => response.end("hello"));
	return ask(await leadTo(origin.port));
}

describe("a server", () => {
	it.each([
		["an RSA key", {}, "RSA"],
		["P-256 among others, last", { ecdhCurve: "X25519:P-384:P-256" }],
		["AES-128-GCM among others, last", { ciphers: "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256" }],
		["a wish for the client's certificate", { requestCert: true, rejectUnauthorized: false }],
		["other protocols to choose", { ALPNProtocols: ["h2", "http/1.1"] }],
	] as [string, ServerOptions, KeyKind?][])("with %s is understood", async (_, options, keyKind) => {
		expect(await askServer(options, keyKind)).toMatchObject({ status: 200, text: "hello" });
	});

	it.each([
		["TLS 1.2", { maxVersion: "TLSv1.2" }],
		["a P-384 key", {}, "P-384"],
		["X25519", { ecdhCurve: "X25519" }],
		["AES-256-GCM", { ciphers: "TLS_AES_256_GCM_SHA384" }],
	] as [string, ServerOptions, KeyKind?][])("with nothing but %s is told apart", async (_, options, keyKind) => {
		const { error } = await askServer(options, keyKind);
		expect(error).toMatchObject({ code: "source_tls_failed", detail: expect.stringContaining(NOTHING_IN_COMMON) });
	});

	it("below two authorities, with a wildcard and a stray certificate, is believed", async () => {
		const authority = await issueAuthority(await issueAuthority(inject("authority"), { pathLength: 1 }));
		const { cert, key } = await issueBy(authority, ["*.footballkitarchive.com"]);
		const stray = await makeAuthority();
		const origin = await startTlsOrigin({ cert: `${cert}\n${stray.cert}`, key }, (_, response) =>
			response.end("hello"),
		);
		expect(await ask(await leadTo(origin.port))).toMatchObject({ status: 200, text: "hello" });
	});
});

describe("no server", () => {
	const tlsRecord = (type: number, content: Buffer) => {
		const header = Buffer.from([type, 3, 3, 0, 0]);
		header.writeUInt16BE(content.byteLength, 3);
		return Buffer.concat([header, content]);
	};
	const forEver = (bytes: Buffer) => (socket: Socket) => {
		const many = Buffer.concat(Array(Math.ceil(65_536 / bytes.byteLength)).fill(bytes));
		const more = () => {
			while (socket.writable && socket.write(many));
		};
		socket.on("drain", more);
		more();
	};

	it.each([
		["hangs up", NOBODY_THERE, (socket: Socket) => socket.end()],
		[
			"hangs up in its first record",
			"it ended the connection",
			(socket: Socket) => socket.end(Buffer.from([22, 3, 3])),
		],
		["speaks HTTP", NOTHING_IN_COMMON, (socket: Socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
		["claims a hello of 16 MiB", "claims a length", forEver(tlsRecord(22, Buffer.alloc(16_384, 255).fill(2, 0, 1)))],
		["never ends its warnings", "sends more", forEver(tlsRecord(21, Buffer.from([1, 90])))],
		["never ends its empty records", "sends more", forEver(tlsRecord(22, Buffer.alloc(0)))],
	] as [string, string, (socket: Socket) => void][])("that %s costs time or memory", async (_, saying, misbehave) => {
		const liar = await startFalseProxy(misbehave);
		await resetPeak(asker.pid);
		const before = await readProcessMemory(asker.pid);
		const { error } = await ask(await leadTo(Number(new URL(liar.url).port)));
		// Who says nothing at all may never have been there: the proxy is taken to have found nobody.
		const code = saying === NOBODY_THERE ? "source_unreachable" : "source_tls_failed";
		expect(error).toMatchObject({ code, detail: expect.stringContaining(saying) });
		const after = await readProcessMemory(asker.pid);
		expect((after?.peakBytes ?? 0) - (before?.residentBytes ?? 0)).toBeLessThan(32 * MIB);
	});
});

it("none but the public authorities are trusted, unless a test brings its own", async () => {
	const { proxy } = await startSourceBehind("http", (_, response) => response.end("hello"));
	const settings = { ROTATING_PROXY_URL: proxy.url };
	const { error } = await asker.ask({ url: `https://${HOST}/`, settings, authority: undefined });
	expect(error?.detail).toContain("comes from no authority that is trusted");
});

it("a proxy's own certificate is checked for its name", async () => {
	const { origin } = await startSourceBehind("http", (_, response) => response.end("hello"));
	for (const credentials of [
		await issueBy(await makeAuthority(), ["localhost"]),
		await issueTrusted(["other.example"]),
	]) {
		const liar = createTlsServer(credentials, (socket) => socket.on("error", () => {}));
		await new Promise<void>((resolve) => liar.listen(0, "127.0.0.1", resolve));
		onTestFinished(() => void liar.close());
		const { error } = await ask({ url: `https://localhost:${(liar.address() as AddressInfo).port}` });
		expect(error).toMatchObject({ code: "proxy_unavailable" });
	}
	expect(origin.connections()).toBe(0);
});
