/**
 * Whose turn it is. Each isolate remembers for itself which proxies failed: what it learns is cheap to learn again, and a
 * proxy may be out of reach from one place only.
 */
import type { ProxyFaultKind } from "./open-tunnel.ts";
import type { HttpProxy } from "./read-proxies.ts";

const FIRST_REST_MS = 10_000;
/** A proxy that stays dead is asked a dozen times an hour. */
const MAX_REST_MS = 300_000;

interface Rest {
	/** Without a success between them. */
	failures: number;
	untilMs: number;
	/** How it failed last. */
	kind: ProxyFaultKind;
}

const rests = new WeakMap<HttpProxy, Rest>();
let turn: number | undefined;

/**
 * The proxies to try for one request: the next in turn, then those after it, without those that rest. When all rest, the
 * one that has rested longest for its share is tried, so that the way opens again by itself.
 */
export function takeTurn(proxies: readonly HttpProxy[], nowMs: number): HttpProxy[] {
	// Isolates start at different places: otherwise the first proxy would get most of what many isolates ask.
	turn = turn === undefined ? Math.floor(Math.random() * proxies.length) : turn + 1;
	const first = turn % proxies.length;
	const inTurn = [...proxies.slice(first), ...proxies.slice(0, first)];
	const awake = inTurn.filter((proxy) => restUntilMs(proxy) <= nowMs);
	return awake.length > 0 ? awake : inTurn.sort((a, b) => restUntilMs(a) - restUntilMs(b)).slice(0, 1);
}

/** It failed by its own fault: it rests 10 s, then twice as long each time, up to 5 min. */
export function letRest(proxy: HttpProxy, kind: ProxyFaultKind, nowMs: number): void {
	const failures = (rests.get(proxy)?.failures ?? 0) + 1;
	const untilMs = nowMs + Math.min(FIRST_REST_MS * 2 ** (failures - 1), MAX_REST_MS);
	rests.set(proxy, { failures, untilMs, kind });
}

/** Whether it refused our user name and password when it was asked last. */
export const hasRefusedCredentials = (proxy: HttpProxy): boolean => rests.get(proxy)?.kind === "credentials";

/** It opened a tunnel, or said that it could not reach the source. */
export function wake(proxy: HttpProxy): void {
	rests.delete(proxy);
}

const restUntilMs = (proxy: HttpProxy): number => rests.get(proxy)?.untilMs ?? 0;
