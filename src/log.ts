/** Structured logs: one JSON object a line, so that `wrangler tail` and Workers Logs index every field. */
import { type AppError, causesOf, withoutParameters } from "./errors.ts";

type Level = "info" | "warn" | "error";

/** Fields of a log line. Ids, counts and durations only: never tokens, headers, bodies or captions. */
export type LogFields = Record<string, string | number | boolean | null | undefined | object>;

/** Writes one line. `event` is `noun.verb`, for example `task.succeeded`; durations end in `_ms`, sizes in `_bytes`. */
export function logEvent(level: Level, event: string, fields: LogFields = {}): void {
	const line = JSON.stringify({ level, event, at: new Date().toISOString(), ...fields });
	// biome-ignore lint/suspicious/noConsole: the one place that writes; the console is the platform's log
	console[level === "info" ? "log" : level](line);
}

/** An error's log fields: more than the public sees, with the chain of causes. */
export function errorFields(error: AppError): { code: string; detail: string; message: string; cause?: string } {
	const causes = causesOf(error);
	const { code, detail } = error;
	const message = withoutParameters(error.message);
	return causes.length > 0 ? { code, detail, message, cause: causes.join(" <- ") } : { code, detail, message };
}
