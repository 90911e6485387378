/** A real HTTPS origin that lies in every way there is: each lie ends in its own code, and nothing of it is kept. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
import { readProcessMemory, resetPeak } from "../../scripts/footy/workerd/process-memory.ts";
import { jpeg, type Lie, pngWithoutEnd, says, sends } from "./lies/lie.ts";
import { gzipBomb, ofEncoding, ofLength, ofType } from "./lies/of-content.ts";
import { ofConnections, ofRedirects, ofStatus, ofTime } from "./lies/of-transport.ts";
import { issueBy, makeAuthority } from "./support/authority.ts";
import { fixture } from "./support/footy.ts";
import { MAX_BYTES, startPictureFetcher } from "./support/picture-fetcher.ts";
import { issueTrusted, startTlsOrigin } from "./support/tls-origin.ts";

const host = "cdn.footballkitarchive.com";
const MIB = 1024 * 1024;
/** The limits are the promise here, so there is no other way than to wait for them. */
const short = { firstByteMs: 250, totalMs: 700 };

/** An origin whose paths begin with a number, which is that of the answer; and what fetches from it. */
async function startOrigin(answers: readonly Lie["answer"][]) {
	const requests = answers.map(() => 0);
	const origin = await startTlsOrigin(await issueTrusted([host]), (request, response) => {
		const number = Number(/^\/(\d+)/.exec(request.url ?? "")?.[1]);
		requests[number] = (requests[number] ?? 0) + 1;
		answers[number]?.(request, response);
	});
	return { requests, fetcher: await startPictureFetcher({ [host]: origin.port }) };
}

it("each lie ends in its own code, without a request too many, and nothing of it is stored", async () => {
	const lies = [ofType, ofLength, ofEncoding, ofTime, ofStatus, ofRedirects, ofConnections].flat();
	const { requests, fetcher } = await startOrigin(lies.map(({ answer }) => answer));
	const ends = await Promise.all(
		lies.map((lie, number) => fetcher.fetchPicture(`https://${host}/${number}`, lie.isSlow && short)),
	);
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
	const { requests, fetcher } = await startOrigin(list.map(({ location }) => says(302, { location })));
	const ends = await Promise.all(list.map((_, number) => fetcher.fetchPicture(`https://${host}/${number}`)));
	const told = list.map(({ location }, number) => [location, ends[number]?.end, requests[number]]);
	expect(told).toEqual(list.map(({ location, rule }) => [location, rule, 1]));
	expect(await fetcher.listObjects()).toEqual([]);
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
		"another.example": await issueTrusted([host]),
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

it("neither a body without end nor a bomb makes the runtime grow, and both are let go", async () => {
	let sentBytes = 0;
	const closed: Promise<void>[] = [];
	const zeros = Buffer.alloc(64 * 1024);
	const endless =
		(start: Uint8Array): Lie["answer"] =>
		(_, response) => {
			closed.push(new Promise((resolve) => response.once("close", resolve)));
			sentBytes = 0;
			const body = new Readable({
				read() {
					sentBytes += zeros.length;
					this.push(zeros);
				},
			});
			body.unshift(start);
			body.pipe(response);
		};
	const rounds = [
		["a picture without end", endless(pngWithoutEnd), "body_too_large"],
		["1 GiB in 1 MiB of gzip", sends(gzipBomb, { "content-encoding": "gzip" }), "body_too_large"],
		["a page without end", endless(Buffer.from("<!doctype html>".padEnd(100))), "unsupported_image_type"],
	] as const;
	const { fetcher } = await startOrigin(rounds.map(([, answer]) => answer));
	const grown: Record<string, number> = {};
	for (const [number, [name, , code]] of rounds.entries()) {
		// The first run pays for what is made but once.
		for (const turn of ["first", "again", "and again"]) {
			await resetPeak(fetcher.pid);
			const before = await readProcessMemory(fetcher.pid);
			sentBytes = 0;
			expect([name, (await fetcher.fetchPicture(`https://${host}/${number}`)).end]).toEqual([name, code]);
			const after = await readProcessMemory(fetcher.pid);
			if (before && after) grown[`${name}, ${turn}`] = (after.peakBytes - before.residentBytes) / MIB;
			process.stdout.write(
				`${name}, ${turn}: ${(sentBytes / MIB).toFixed(1)} MiB sent, workerd grew by ${grown[`${name}, ${turn}`]?.toFixed(1)} MiB at most (${((after?.residentBytes ?? 0) / MIB).toFixed(1)} MiB resident after)\n`,
			);
		}
	}
	await Promise.all(closed);
	expect(await fetcher.listObjects()).toEqual([]);
	expect(MAX_BYTES).toBe(15 * MIB);
});
