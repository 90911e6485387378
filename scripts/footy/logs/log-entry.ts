/** A line of log as it is shown: when, how bad, what, and the rest as pairs. */

export type Level = "debug" | "info" | "warn" | "error";

export const levels = ["debug", "info", "warn", "error"] as const satisfies readonly Level[];

export interface LogEntry {
	level: Level;
	event: string;
	/** Null when the line does not say. */
	at: Date | null;
	fields: Record<string, unknown>;
}

/** The Worker's own line (`{"level":…,"event":…,"at":…}`), or undefined for any other text. */
export function parseOwnLine(text: string): LogEntry | undefined {
	if (!text.startsWith("{")) return undefined;
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}
	return isOwnLine(value) ? toEntry(value) : undefined;
}

/** What the Worker writes with `logEvent`. */
export interface OwnLine {
	event: string;
	level?: unknown;
	at?: unknown;
	[field: string]: unknown;
}

/** Whether a value looks like one of the Worker's own lines. */
export function isOwnLine(value: unknown): value is OwnLine {
	return isRecord(value) && typeof value.event === "string";
}

export function toEntry({ event, level, at, ...fields }: OwnLine): LogEntry {
	return { level: toLevel(level), event, at: toDate(at), fields };
}

/** The level of that name; consoles say `log` for what we call info. */
export function toLevel(value: unknown): Level {
	return levels.find((level) => level === value) ?? "info";
}

/** A moment given as ISO text or milliseconds, or null. */
export function toDate(value: unknown): Date | null {
	if (typeof value !== "string" && typeof value !== "number") return null;
	const date = new Date(value);
	return Number.isNaN(date.getTime()) ? null : date;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
