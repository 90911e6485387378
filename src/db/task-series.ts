/** What ended over time, for charts: from counts by the minute, and by the hour where they are older. */
import { gte } from "drizzle-orm";
import { addHistogram, type Histogram, type Percentiles, percentilesOf } from "../tasks/duration-buckets.ts";
import { MINUTE_MS } from "../tasks/statistics.ts";
import type { Database } from "./database.ts";
import { taskStatistics } from "./schema.ts";

/** A window of the past, and how finely it is told. Beyond two hours counts are kept by the hour only. */
export const seriesWindows = {
	"1h": { spanMs: 60 * MINUTE_MS, stepMs: MINUTE_MS },
	"24h": { spanMs: 24 * 60 * MINUTE_MS, stepMs: 60 * MINUTE_MS },
	"7d": { spanMs: 7 * 24 * 60 * MINUTE_MS, stepMs: 60 * MINUTE_MS },
} as const;
export type SeriesWindow = keyof typeof seriesWindows;

/** All kinds of tasks together, step by step. */
export interface TaskSeries {
	/** Starts of the steps, milliseconds since 1970. */
	times: number[];
	succeeded: number[];
	failed: number[];
	cancelled: number[];
	/** Milliseconds; null where nothing ended. */
	waits: Percentiles[];
	runs: Percentiles[];
}

interface Step {
	counts: Record<string, number>;
	waits: Histogram;
	runs: Histogram;
}

/** One round trip. @param name of one kind only */
export async function readTaskSeries(db: Database, window: SeriesWindow, now: number): Promise<TaskSeries> {
	const { spanMs, stepMs } = seriesWindows[window];
	const last = now - (now % stepMs);
	const first = last - spanMs + stepMs;
	const rows = await db.select().from(taskStatistics).where(gte(taskStatistics.minute, first));
	const steps = new Map<number, Step>();
	for (let at = first; at <= last; at += stepMs) steps.set(at, { counts: {}, waits: {}, runs: {} });
	for (const { minute, state, count, waits, runs } of rows) {
		const step = steps.get(minute - (minute % stepMs));
		if (!step) continue; // of a clock that is ahead of this one
		step.counts[state] = (step.counts[state] ?? 0) + count;
		addHistogram(step.waits, waits);
		addHistogram(step.runs, runs);
	}
	const all = [...steps.values()];
	const counted = (state: string) => all.map(({ counts }) => counts[state] ?? 0);
	return {
		times: [...steps.keys()],
		succeeded: counted("succeeded"),
		failed: counted("failed"),
		cancelled: counted("cancelled"),
		waits: all.map(({ waits }) => percentilesOf(waits)),
		runs: all.map(({ runs }) => percentilesOf(runs)),
	};
}
