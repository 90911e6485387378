/** A real HTTPS origin that lies in every way there is: each lie ends in its own code, and nothing of it is kept. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { readProcessMemory, resetPeak } from "../../scripts/footy/workerd/process-memory.ts";
import { issueBy, makeAuthority } from "../support/node/authority.ts";
import { jpeg, type Lie, pngWithoutEnd, says, sends } from "./lies/lie.ts";
import { gzipBomb, ofEncoding, ofLength, ofType } from "./lies/of-content.ts";
import { ofConnections, ofRedirects, ofStatus, ofTime } from "./lies/of-transport.ts";
import { fixture } from "./support/footy.ts";
import { startPictureFetcher } from "./support/picture-fetcher.ts";
import { issueTrusted, startTlsOrigin } from "./support/tls-origin.ts";

const MIB = 1024 * 1024;
/** The limits are the promise here, so there is no other way than to wait for them. */
const short = { firstByteMs: 250, totalMs: 700 };

/**
 * An origin for each list of answers, and what fetches from them. Paths begin with the number of the answer among all.
 * Lists share no connection: one that a liar breaks off may be the one on which another sends its next request.
 */
async function startOrigins(lists: readonly (readonly Lie["answer"][])[]) {
	const answers = lists.flat();
	const requests = answers.map(() => 0);
	const urls: string[] = [];
	const ports: Record<string, number> = {};
	for (const [at, list] of lists.entries()) {
		const host = `lies-${at}.example`;
		const origin = await startTlsOrigin(await issueTrusted([host]), (request, response) => {
			const number = Number(/^\/(\d+)/.exec(request.url ?? "")?.[1]);
			requests[number] = (requests[number] ?? 0) + 1;
			answers[number]?.(request, response);
		});
		ports[host] = origin.port;
		for (const _ of list) urls.push(`https://${host}/${urls.length}`);
	}
	return { requests, urls, fetcher: await startPictureFetcher(ports) };
}

it("each lie ends in its own code, without a request too many, and nothing of it is stored", async () => {
	const lists = [ofType, ofLength, ofEncoding, ofTime, ofStatus, ofRedirects, ofConnections];
	const { requests, urls, fetcher } = await startOrigins(lists.map((list) => list.map(({ answer }) => answer)));
	const lies = lists.flat();
	const ends = await Promise.all(urls.map((url, number) => fetcher.fetchPicture(url, lies[number]?.isSlow && short)));
	const told = lies.map(({ name, isSlow }, number) => [name, ends[number]?.end, isSlow ? 1 : requests[number]]);
	expect(told).toEqual(lies.map(({ name, end, requests = 1 }) => [name, end, requests]));
	const taken = ends.filter(({ end }) => end === "fetched");
	expect((await fetcher.listObjects()).sort()).toEqual(taken.map(({ key }) => key).sort());
	for (const { key, picture } of taken.filter(({ picture }) => picture?.file.format === "jpeg")) {
		const stored = Buffer.from(await fetcher.readObject(key));
		expect(stored.subarray(0, jpeg.length).equals(jpeg)).toBe(true);
		expect(picture?.file.bytes).toBeGreaterThanOrEqual(jpeg.length);
	}
});

it("no redirect that is refused gets a connection", async () => {
	const list = JSON.parse(readFileSync(fixture("hostile-redirects.json"), "utf8")) as {
		location: string;
		rule: string;
	}[];
	const answers = list.map(({ location }) => says(302, { location }));
	const { requests, urls, fetcher } = await startOrigins([answers]);
	const ends = await Promise.all(urls.map((url) => fetcher.fetchPicture(url)));
	const told = list.map(({ location }, number) => [location, ends[number]?.end, requests[number]]);
	expect(told).toEqual(list.map(({ location, rule }) => [location, rule, 1]));
	expect(await fetcher.listObjects()).toEqual([]);
});

it("the site itself is asked, not what a cache keeps of it", async () => {
	const seen: IncomingHttpHeaders[] = [];
	const answer: Lie["answer"] = ({ headers }, response) => {
		seen.push(headers);
		response.end(jpeg);
	};
	const { urls, fetcher } = await startOrigins([[answer]]);
	expect(await fetcher.fetchPicture(urls[0] as string)).toMatchObject({ end: "fetched" });
	expect(seen).toMatchObject([{ "cache-control": "no-cache", "accept-encoding": "identity" }]);
});

it("a host that cannot prove its name, speaks no TLS or is away is unreachable, and sees no request", async () => {
	let requests = 0;
	const answer: Lie["answer"] = (_, response) => {
		requests += 1;
		response.end(jpeg);
	};
	const expired = { from: new Date(2020, 0), to: new Date(2021, 0) };
	const credentials = {
		"forged.example": await issueBy(await makeAuthority(), ["forged.example"]),
		"expired.example": await issueTrusted(["expired.example"], expired),
		"another.example": await issueTrusted(["the-other.example"]),
	};
	const ports: Record<string, number> = {};
	for (const [name, own] of Object.entries(credentials)) ports[name] = (await startTlsOrigin(own, answer)).port;
	const plain = createServer(answer);
	await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => void plain.close());
	ports["plain.example"] = (plain.address() as AddressInfo).port;
	ports["away.example"] = 1; // tcpmux, which nobody serves
	const fetcher = await startPictureFetcher(ports);
	const fetchFrom = async (name: string) => {
		const { end, visits } = await fetcher.fetchPicture(`https://${name}/a.jpg`);
		return [name, end, visits[0]?.ok];
	};
	const names = Object.keys(ports);
	expect(await Promise.all(names.map(fetchFrom))).toEqual(names.map((name) => [name, "source_unreachable", false]));
	expect(requests).toBe(0);
});

it("a picture without end and a bomb cost no more memory than an honest picture, and are let go", async () => {
	const closed: Promise<void>[] = [];
	let sentBytes = 0;
	const zeros = Buffer.alloc(64 * 1024);
	const withoutEnd =
		(start: Uint8Array): Lie["answer"] =>
		(_, response) => {
			closed.push(new Promise((resolve) => response.once("close", resolve)));
			const sendOn = () => {
				do sentBytes += zeros.length;
				while (response.write(zeros));
			};
			response.on("drain", sendOn).write(start);
			sendOn();
		};
	const honest = sends(Buffer.concat([jpeg, Buffer.alloc(14 * MIB)]));
	const lies = [
		["a picture without end", withoutEnd(pngWithoutEnd), "body_too_large"],
		["1 GiB in 1 MiB of gzip", sends(gzipBomb, { "content-encoding": "gzip" }), "body_too_large"],
		["a page without end", withoutEnd(Buffer.from("<!doctype html>".padEnd(100))), "unsupported_image_type"],
	] as const;
	const { urls, fetcher } = await startOrigins([[honest, ...lies.map(([, answer]) => answer)]]);
	const fetchFrom = (number: number) => fetcher.fetchPicture(urls[number] ?? "");
	// Heap and local R2 grow with the first pictures, to about 160 MiB more, and then no further.
	for (let turn = 0; turn < 5; turn++) expect((await fetchFrom(0)).end).toBe("fetched");
	const stored = await fetcher.listObjects();
	for (const [at, [name, , code]] of [...lies, ...lies].entries()) {
		sentBytes = 0;
		await resetPeak(fetcher.pid);
		const before = await readProcessMemory(fetcher.pid);
		expect([name, (await fetchFrom(1 + (at % lies.length))).end]).toEqual([name, code]);
		const after = await readProcessMemory(fetcher.pid);
		await Promise.all(closed);
		expect(sentBytes).toBeLessThan(32 * MIB); // the limit, and what lies in the buffers of two sockets
		const sent = sentBytes > 0 ? ` (${(sentBytes / MIB).toFixed(1)} MiB sent)` : "";
		if (!before || !after) continue; // a system without /proc
		const grownBytes = after.peakBytes - before.residentBytes;
		const figures = `+${(grownBytes / MIB).toFixed(1)} of ${(before.residentBytes / MIB).toFixed(0)} MiB`;
		process.stdout.write(`${name}${sent}: ${figures} in workerd at most\n`);
		expect(grownBytes).toBeLessThan(48 * MIB);
	}
	expect(await fetcher.listObjects()).toEqual(stored);
});
