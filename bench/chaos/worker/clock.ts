/**
 * A faster clock for everything in this isolate: what the engine reads, and how long it waits. Imported before any other
 * module of the Worker.
 */
import { env } from "cloudflare:workers";
import { type ChaosVars, SPEED } from "../contract.ts";

const epoch = Number((env as unknown as ChaosVars).CHAOS_EPOCH);
const realNow = Date.now.bind(Date);
const realTimeout = globalThis.setTimeout;
const realInterval = globalThis.setInterval;
const realWait = scheduler.wait.bind(scheduler);

/** How far the driver has set the clock on, in milliseconds. */
let skippedMs = 0;

Date.now = () => Math.floor(epoch + (realNow() - epoch) * SPEED + skippedMs);
const scaled = (ms: number | undefined): number => (ms ?? 0) / SPEED;
globalThis.setTimeout = ((act: () => void, ms?: number, ...given: []) =>
	realTimeout(act, scaled(ms), ...given)) as typeof setTimeout;
globalThis.setInterval = ((act: () => void, ms?: number, ...given: []) =>
	realInterval(act, scaled(ms), ...given)) as typeof setInterval;
Object.defineProperty(scheduler, "wait", { value: (ms: number) => realWait(scaled(ms)) });

/** Sets the clock on: for when nothing happens any more before a lease or a grace is over. */
export function skipTime(ms: number): void {
	skippedMs += ms;
}

/** Waits as long as the machine's clock says. */
export const waitReally = (ms: number): Promise<unknown> => realWait(ms);

/** A queue delays by whole seconds of the machine's clock: rounded up, so that no message comes before its task is due. */
export const scaleSeconds = (seconds: number): number => Math.ceil(seconds / SPEED);
