/** Pages that somebody has open: each asks for its live part again, as often as it says. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import type { OperatorSession } from "./operator-session.ts";

/** What is open, until it is closed. */
export interface OpenPages {
	/** How often pages were asked for since. */
	countRequests(): number;
	close(): Promise<void>;
}

export const watchers = ["http", "browser"] as const;
export type Watcher = (typeof watchers)[number];

/** Seconds between two looks of a page, as its HTML has it; undefined of one that does not live. */
export const readInterval = (html: string): number | undefined => {
	const intervals = [...html.matchAll(/hx-trigger="every (\d+)s"/g)].map(([, seconds]) => Number(seconds));
	return intervals.length > 0 ? Math.min(...intervals) : undefined;
};

/** The requests of such pages without the browser's own work: what they cost the server. */
export async function pollPages(session: OperatorSession, paths: readonly string[]): Promise<OpenPages> {
	const ended = new AbortController();
	let requests = 0;
	const poll = async (path: string, index: number) => {
		const { text } = await session.ask(path);
		const intervals = [...text.matchAll(/hx-trigger="every (\d+)s"/g)].map(([, seconds]) => Number(seconds) * 1000);
		// Twenty people do not open their pages in the same moment.
		const looks = intervals.map(async (intervalMs, part) => {
			await sleep((intervalMs * ((index + 1) / (paths.length + 1) + part / 7)) % intervalMs, undefined, {
				signal: ended.signal,
			});
			while (!ended.signal.aborted) {
				requests += 1;
				const askedAt = performance.now();
				await session.ask(path, { "hx-request": "true" });
				await sleep(Math.max(0, intervalMs - (performance.now() - askedAt)), undefined, { signal: ended.signal });
			}
		});
		await Promise.all(looks);
	};
	const polls = paths.map((path, index) =>
		poll(path, index).catch((thrown) => {
			if (!ended.signal.aborted) throw thrown;
		}),
	);
	const all = Promise.all(polls);
	all.catch(() => {}); // whoever closes them hears of it
	return {
		countRequests: () => requests,
		async close() {
			ended.abort();
			await all;
		},
	};
}

/** The same in Chromium, with its own work beside: on a machine of few cores that costs the encode too. */
export async function openInBrowser(
	browser: Browser,
	session: OperatorSession,
	paths: readonly string[],
): Promise<OpenPages> {
	const context = await browser.newContext();
	const cookies = session.cookie.split("; ").map((pair) => ({
		name: pair.replace(/=.*$/, ""),
		value: pair.replace(/^[^=]*=/, ""),
		url: session.url,
	}));
	await context.addCookies(cookies);
	let requests = 0;
	for (const path of paths) {
		const page = await context.newPage();
		await page.goto(session.url + path, { waitUntil: "load" });
		page.on("request", (request) => {
			if (request.headers()["hx-request"] === "true") requests += 1;
		});
	}
	return { countRequests: () => requests, close: () => context.close() };
}
