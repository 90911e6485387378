/** Pictures of other sites through proxies: real ones, broken ones, and sources that lie, all over real TLS. */
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createConnection } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findFreePort } from "../../scripts/footy/server/ports.ts";
import { readProcessMemory, resetPeak } from "../../scripts/footy/workerd/process-memory.ts";
import { issueBy, makeAuthority } from "../support/node/authority.ts";
import type { SourceAnswer } from "../support/source-contract.ts";
import { type SourceAsker, startSourceAsker } from "./support/ask-sources.ts";
import { makeTemporaryFolder } from "./support/footy.ts";
import { findDeadProxy, startFalseProxy, startProxy } from "./support/forward-proxy.ts";
import { HOST, startSourceBehind } from "./support/source-behind-proxy.ts";
import { issueTrusted, startTlsOrigin } from "./support/tls-origin.ts";

const MIB = 1024 * 1024;

let asker: SourceAsker;
beforeAll(async () => {
	asker = await startSourceAsker();
});
afterAll(() => asker.stop());

const through = (...urls: string[]) => ({ ROTATING_PROXY_URL: urls.join(" ") });
const codeOf = ({ error }: SourceAnswer): string | undefined => error?.code;

const greet: RequestListener = (request, response) =>
	response.setHeader("etag", '"1"').end(`hello from ${request.headers.host}${request.url}`);

describe.each(["http", "https"] as const)("%s:// proxies:", (kind) => {
	const startSource = (answer: RequestListener, credentials?: string) => startSourceBehind(kind, answer, credentials);

	describe("through one", () => {
		it("a source is asked under its own name, with our headers, and the proxy sees a tunnel only", async () => {
			let asked: string[] = [];
			const { origin, proxy } = await startSource((request, response) => {
				asked = request.rawHeaders;
				greet(request, response);
			}, "ana:p:ss");
			const settings = { ...through(proxy.url), ROTATING_PROXY_USERNAME: "ana", ROTATING_PROXY_PASSWORD: "p:ss" };
			const headers = { Referer: "https://www.footballkitarchive.com/", "user-agent": "FootyCollect" };
			const answer = await asker.ask({ url: `https://${HOST}/a%20b.jpg?size=1`, settings, headers });
			expect(answer).toMatchObject({
				status: 200,
				headers: { etag: '"1"' },
				text: `hello from ${HOST}/a%20b.jpg?size=1`,
			});
			expect(Object.fromEntries(asked.flatMap((name, at) => (at % 2 ? [] : [[name, asked[at + 1]]])))).toEqual({
				host: HOST,
				referer: "https://www.footballkitarchive.com/",
				"user-agent": "FootyCollect",
				"accept-encoding": "identity",
				connection: "close",
			});
			expect(proxy.tunnels).toEqual([`${HOST}:443`]);
			expect(origin.serverNames).toEqual([HOST]);
		});

		it("the user name and password in its URL count before the settings", async () => {
			const { proxy } = await startSource(greet, "bea:own");
			const settings = {
				...through(proxy.url.replace("//", "//bea:own@")),
				ROTATING_PROXY_USERNAME: "ana",
				ROTATING_PROXY_PASSWORD: "other",
			};
			expect(await asker.ask({ url: `https://${HOST}/`, settings })).toMatchObject({ status: 200 });
		});

		it("a redirect is handed back, not followed", async () => {
			const { origin, proxy } = await startSource((_, response) =>
				response.writeHead(302, { location: "https://127.0.0.1/" }).end(),
			);
			const answer = await asker.ask({ url: `https://${HOST}/`, settings: through(proxy.url) });
			expect(answer).toMatchObject({ status: 302, headers: { location: "https://127.0.0.1/" } });
			expect(origin.connections()).toBe(1);
		});

		it.skipIf(kind === "https" || !existsSync("/usr/bin/tinyproxy"))(
			"tinyproxy is understood, and so is its refusal",
			async () => {
				const origin = await startTlsOrigin(await issueTrusted(["localhost"]), greet);
				const proxy = await startTinyproxy("ana", "swordfish");
				const url = `https://localhost:${origin.port}/`;
				const settings = { ...through(proxy), ROTATING_PROXY_USERNAME: "ana", ROTATING_PROXY_PASSWORD: "swordfish" };
				expect(await asker.ask({ url, settings })).toMatchObject({ status: 200 });
				const refused = await asker.ask({ url, settings: { ...settings, ROTATING_PROXY_PASSWORD: "marlin" } });
				expect(codeOf(refused)).toBe("proxy_refused_credentials");
				expect(JSON.stringify(refused)).not.toMatch(/swordfish|marlin/);
				const nowhere = await asker.ask({ url: `https://localhost:${await findFreePort()}/`, settings });
				expect(codeOf(nowhere)).toBe("source_unreachable");
			},
		);
	});

	describe("of several proxies", () => {
		it("each has its turn", async () => {
			const origin = await startTlsOrigin(await issueTrusted([HOST]), greet);
			const proxies = await Promise.all(
				[1, 2, 3].map(() => startProxy({ [`${HOST}:443`]: origin.port }, undefined, kind)),
			);
			const settings = through(...proxies.map(({ url }) => url));
			for (let asked = 0; asked < 6; asked += 1) await asker.ask({ url: `https://${HOST}/`, settings });
			expect(proxies.map(({ tunnels }) => tunnels.length)).toEqual([2, 2, 2]);
		});

		it.each([
			["hangs at CONNECT", () => {}],
			["answers garbage", (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")],
			["never ends its answer", (socket) => socket.write("HTTP/1.1 200 OK\r\nA: b\r\n")],
			["hangs up", (socket) => socket.end()],
			["refuses the host", (socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n")],
			["wants a login", (socket) => socket.end("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\n\r\n")],
			["speaks in the source's place", (socket) => socket.write("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")],
		] satisfies [string, Parameters<typeof startFalseProxy>[0]][])(
			"one that %s is passed over in the same request, and then left in peace for a while",
			async (_, misbehave) => {
				const { proxy } = await startSource(greet);
				const broken = await startFalseProxy(misbehave, kind);
				const settings = through(broken.url, proxy.url);
				for (let asked = 0; asked < 4; asked += 1) {
					const answer = await asker.ask({ url: `https://${HOST}/`, settings, tunnelWithinMs: 500 });
					expect(answer).toMatchObject({ status: 200, text: `hello from ${HOST}/` });
				}
				expect(broken.tunnels).toHaveLength(1);
			},
		);

		it("none alive is an error that a later attempt may mend, and the source is never asked directly", async () => {
			const origin = await startTlsOrigin(await issueTrusted(["localhost"]), greet);
			const url = `https://localhost:${origin.port}/`;
			const hanging = await startFalseProxy(() => {}, kind);
			const settings = through(await findDeadProxy(kind), hanging.url, await findDeadProxy(kind));
			for (let asked = 0; asked < 3; asked += 1) {
				expect(codeOf(await asker.ask({ url, settings, tunnelWithinMs: 200 }))).toBe("proxy_unavailable");
			}
			expect(origin.connections()).toBe(0);
			// It was there to be reached, had anyone tried.
			expect(await asker.ask({ url })).toMatchObject({ status: 200 });
			expect(origin.connections()).toBe(1);
		});

		it("one that comes back is used again, even when all had failed", async () => {
			const { origin } = await startSource(greet);
			let isBack = false;
			const proxy = await startFalseProxy((socket) => {
				if (!isBack) return socket.destroy();
				const far = createConnection(origin.port, "127.0.0.1");
				socket.write("HTTP/1.0 200 Connection established\r\n\r\n");
				return socket.pipe(far).pipe(socket);
			}, kind);
			const wish = { url: `https://${HOST}/`, settings: through(proxy.url) };
			expect(codeOf(await asker.ask(wish))).toBe("proxy_unavailable");
			isBack = true;
			expect(await asker.ask(wish)).toMatchObject({ status: 200 });
		});

		it("all refusing our password is an error of its own, and nothing secret is told", async () => {
			const proxies = [await startProxy({}, "ana:right", kind), await startProxy({}, "ana:right", kind)];
			const settings = { ...through(...proxies.map(({ url }) => url)), ROTATING_PROXY_USERNAME: "ana" };
			const answer = await asker.ask({
				url: `https://${HOST}/`,
				settings: { ...settings, ROTATING_PROXY_PASSWORD: "swordfish" },
			});
			expect(codeOf(answer)).toBe("proxy_refused_credentials");
			expect(JSON.stringify(answer)).not.toContain("swordfish");
		});
	});

	describe("of several proxies of which one refuses our password", () => {
		it("the others are waited for, though it alone is asked meanwhile", async () => {
			const picky = await startFalseProxy((socket) => socket.end("HTTP/1.1 407 x\r\n\r\n"), kind);
			const wish = { url: `https://${HOST}/`, settings: through(picky.url, await findDeadProxy(kind)) };
			for (let asked = 0; asked < 4; asked += 1) {
				expect(codeOf(await asker.ask(wish))).toBe("proxy_unavailable");
			}
			expect(picky.tunnels.length).toBeGreaterThan(1);
		});
	});

	describe("a tunnel that ends before the source has said anything", () => {
		const endAtOnce: Parameters<typeof startFalseProxy>[0] = (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n");

		it("leads nowhere: the next proxy is asked", async () => {
			const { proxy } = await startSource(greet);
			const broken = await startFalseProxy(endAtOnce, kind);
			const settings = through(broken.url, proxy.url);
			for (let asked = 0; asked < 4; asked += 1) {
				expect(await asker.ask({ url: `https://${HOST}/`, settings })).toMatchObject({ status: 200 });
			}
		});

		it("of every proxy is as if each said that it could not reach the source", async () => {
			const settings = through(
				(await startFalseProxy(endAtOnce, kind)).url,
				(await startFalseProxy(endAtOnce, kind)).url,
			);
			expect(codeOf(await asker.ask({ url: `https://${HOST}/`, settings }))).toBe("source_unreachable");
		});
	});

	describe("a source's own faults", () => {
		it.each([
			["a certificate of another name", () => issueTrusted(["other.example"])],
			["a certificate of an authority that nobody trusts", async () => issueBy(await makeAuthority(), [HOST])],
			["a certificate that has expired", () => issueTrusted([HOST], { from: new Date(0), to: new Date(1e12) })],
		])("%s is refused before anything is sent, and no proxy is blamed", async (_, issue) => {
			let requests = 0;
			const liar = await startTlsOrigin(await issue(), (_request, response) => {
				requests += 1;
				response.end("no");
			});
			const good = await startTlsOrigin(await issueTrusted(["good.example"]), greet);
			const leadsTo = { [`${HOST}:443`]: liar.port, "good.example:443": good.port };
			const proxies = [await startProxy(leadsTo, undefined, kind), await startProxy(leadsTo, undefined, kind)];
			const settings = through(...proxies.map(({ url }) => url));
			expect(codeOf(await asker.ask({ url: `https://${HOST}/`, settings }))).toBe("source_tls_failed");
			expect(requests).toBe(0);
			// A proxy that rested would miss its turns now.
			for (let asked = 0; asked < 4; asked += 1) {
				expect(await asker.ask({ url: "https://good.example/", settings })).toMatchObject({ status: 200 });
			}
			expect(proxies.map(({ tunnels }) => tunnels.filter((to) => to.startsWith("good")).length)).toEqual([2, 2]);
		});

		it.each([
			["half a body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", 4],
			["chunks without the last", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", 4],
			["half a head", "HTTP/1.1 200 OK\r\nContent-Le", undefined],
			["no answer at all", "", undefined],
		])("%s is never a short success", async (_, answered, bodyBytes) => {
			const { proxy } = await startSource((_request, response) => response.socket?.end(answered));
			const answer = await asker.ask({ url: `https://${HOST}/`, settings: through(proxy.url) });
			expect(codeOf(answer)).toBe("source_cut_off");
			expect(answer.bodyBytes).toBe(bodyBytes);
		});

		it("silence ends with the signal, and its reason is told", async () => {
			const { proxy } = await startSource(() => {});
			const answer = await asker.ask({ url: `https://${HOST}/`, settings: through(proxy.url), withinMs: 200 });
			expect(answer.error?.log).toContain("timeout");
		});

		it("silence within a body ends with the signal, and the connection with it", async () => {
			const { promise: closed, resolve } = Promise.withResolvers<void>();
			const { proxy } = await startSource((_, response) => {
				response.socket?.once("close", resolve);
				response.write("half");
			});
			const answer = await asker.ask({ url: `https://${HOST}/`, settings: through(proxy.url), withinMs: 300 });
			expect(answer).toMatchObject({ status: 200, text: "half", error: { log: expect.stringContaining("timeout") } });
			await closed;
		});

		it("a body that nobody wants any more is not sent on", async () => {
			const { promise: closed, resolve } = Promise.withResolvers<void>();
			const { proxy } = await startSource((_, response) => {
				response.socket?.once("close", resolve);
				const more = () => {
					while (!response.destroyed && response.write(Buffer.alloc(65_536)));
				};
				response.on("drain", more);
				more();
			});
			const answer = await asker.ask({ url: `https://${HOST}/`, settings: through(proxy.url), maxBytes: MIB });
			expect(answer).toMatchObject({ status: 200 });
			expect(answer.bodyBytes).toBeLessThan(2 * MIB);
			await closed;
		});
	});
});

describe.each(["through an https:// proxy", "directly"])("%s", (way) => {
	async function startWay(answer: RequestListener) {
		const origin = await startTlsOrigin(await issueTrusted(["localhost"]), answer);
		const proxy = await startProxy({}, undefined, "https");
		return { url: `https://localhost:${origin.port}/`, settings: way === "directly" ? {} : through(proxy.url) };
	}

	it("a gzip bomb of 256 MiB is read in little memory, all of it or the first 15 MiB", async () => {
		const bomb = gzipSync(Buffer.alloc(256 * MIB));
		const wish = await startWay((_, response) => response.setHeader("content-encoding", "gzip").end(bomb));
		await resetPeak(asker.pid);
		const before = await readProcessMemory(asker.pid);
		const grownBytes = async () =>
			((await readProcessMemory(asker.pid))?.peakBytes ?? 0) - (before?.residentBytes ?? 0);
		expect(await asker.ask({ ...wish, maxBytes: 15 * MIB })).toMatchObject({ status: 200 });
		expect(await grownBytes()).toBeLessThan(64 * MIB);
		// A plain body of 256 MiB costs the same: it is what V8 leaves lying about until it collects.
		expect(await asker.ask(wish)).toMatchObject({ status: 200, bodyBytes: 256 * MIB });
		expect(await grownBytes()).toBeLessThan(128 * MIB);
	});

	it("a body cut short is an error, and so is an encoding that is not read", async () => {
		const cut = await startWay((_, response) =>
			response.socket?.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
		);
		expect(codeOf(await asker.ask(cut))).toBe("source_cut_off");
		const odd = await startWay((_, response) => response.setHeader("content-encoding", "zstd").end("x"));
		expect(codeOf(await asker.ask(odd))).toBe("source_encoding_refused");
	});

	it("what a body is encoded in says nothing of an answer whose body nobody reads", async () => {
		const busy = await startWay((_, response) =>
			response.writeHead(503, { "content-encoding": "zstd", "retry-after": "90" }).end("x"),
		);
		expect(await asker.ask(busy)).toMatchObject({ status: 503, headers: { "retry-after": "90" } });
	});

	it("where a redirect leads may be written in UTF-8", async () => {
		const wish = await startWay((_, response) =>
			response.socket?.end("HTTP/1.1 302 x\r\nLocation: /maillot-à-球.jpg\r\nContent-Length: 0\r\n\r\n"),
		);
		expect(await asker.ask(wish)).toMatchObject({ status: 302, headers: { location: "/maillot-à-球.jpg" } });
	});
});

/** Debian's proxy as a process of its own; it ends with the test. */
async function startTinyproxy(user: string, password: string): Promise<string> {
	const port = await findFreePort();
	const file = join(makeTemporaryFolder(), "tinyproxy.conf");
	writeFileSync(file, `Port ${port}\nListen 127.0.0.1\nTimeout 30\nLogLevel Critical\nBasicAuth ${user} ${password}\n`);
	const child = spawn("/usr/bin/tinyproxy", ["-d", "-c", file], { stdio: "ignore" });
	const ended = new Promise((resolve) => child.once("close", resolve));
	onTestFinished(async () => {
		child.kill("SIGKILL");
		await ended;
	});
	await untilListening(port);
	return `http://127.0.0.1:${port}`;
}

async function untilListening(port: number): Promise<void> {
	const isOpen = () =>
		new Promise<boolean>((resolve) => {
			const socket = createConnection(port, "127.0.0.1");
			socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
			socket.once("connect", () => socket.destroy());
		});
	for (let asked = 0; asked < 200; asked += 1) {
		if (await isOpen()) return;
		await sleep(20);
	}
	throw new Error(`nothing listens on ${port}`);
}
