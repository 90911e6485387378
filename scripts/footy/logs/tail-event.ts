/** What `wrangler tail --format json` writes: one object an invocation, with its log lines, exceptions and outcome. */
import { isRecord, type LogEntry, parseOwnLine, toDate, toLevel } from "./log-entry.ts";

export interface TailEvent {
	outcome: string;
	eventTimestamp?: unknown;
	event?: unknown;
	logs: unknown[];
	exceptions: unknown[];
}

/** Whether a value is an invocation as wrangler tells it. */
export function isTailEvent(value: unknown): value is TailEvent {
	return (
		isRecord(value) && typeof value.outcome === "string" && Array.isArray(value.logs) && Array.isArray(value.exceptions)
	);
}

/** The invocation as entries: its own lines first, then exceptions, then a line about the invocation if it went wrong. */
export function unfoldTailEvent(event: TailEvent): LogEntry[] {
	const about = describeTrigger(event.event);
	const entries = [...event.logs.flatMap(readLog), ...event.exceptions.flatMap(readException)];
	// An invocation that ended well and said something needs no line of its own.
	if (event.outcome === "ok" && entries.length > 0) return entries;
	const level = event.outcome === "ok" || event.outcome === "canceled" ? "info" : "error";
	const at = toDate(event.eventTimestamp);
	return [...entries, { level, event: "invocation.ended", at, fields: { outcome: event.outcome, ...about } }];
}

function readLog(log: unknown): LogEntry[] {
	if (!isRecord(log)) return [];
	const words = Array.isArray(log.message) ? log.message : [log.message];
	const text = words.map((word) => (typeof word === "string" ? word : JSON.stringify(word))).join(" ");
	const own = parseOwnLine(text);
	const at = toDate(log.timestamp);
	return [own ? { ...own, at: own.at ?? at } : { level: toLevel(log.level), event: "console", at, fields: { text } }];
}

function readException(exception: unknown): LogEntry[] {
	if (!isRecord(exception)) return [];
	const { name, message, stack, timestamp } = exception;
	return [{ level: "error", event: "exception", at: toDate(timestamp), fields: { name, message, stack } }];
}

/** What set the Worker off: a request, a batch of a queue, a cron. */
function describeTrigger(event: unknown): Record<string, unknown> {
	if (!isRecord(event)) return {};
	if (isRecord(event.request)) {
		const { method, url } = event.request;
		const status = isRecord(event.response) ? event.response.status : undefined;
		// The query may hold what only the client should know.
		return { method, path: typeof url === "string" && URL.canParse(url) ? new URL(url).pathname : undefined, status };
	}
	const { queue, batchSize, cron } = event;
	return { queue, batch_size: batchSize, cron };
}
