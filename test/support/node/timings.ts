/** Timings and moments as tests write them. */
import { type Timing, timingSchema } from "../../../src/schedules/timing.ts";

export const crontab = (expression: string, timeZone = "UTC", more: Record<string, unknown> = {}): Timing =>
	timingSchema.parse({ kind: "crontab", expression, time_zone: timeZone, ...more });

export const interval = (every: number, unit: string, anchorAt: string, timeZone = "UTC"): Timing =>
	timingSchema.parse({ kind: "interval", every, unit, anchor_at: anchorAt, time_zone: timeZone });

export const oneOff = (at: string, timeZone = "UTC"): Timing =>
	timingSchema.parse({ kind: "one_off", at, time_zone: timeZone });

/** `2026-03-29T01:00Z` */
export const utc = (text: string): number => Date.parse(text);

export const isoMinute = (moment: number): string => new Date(moment).toISOString().replace(":00.000Z", "Z");

/** What is wrong with a timing, `field: sentence`. */
export function faultsOf(fields: unknown): string {
	const read = timingSchema.safeParse(fields);
	return read.success ? "" : read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}
