/** Structured logs: one JSON object a line, so that `wrangler tail` and Workers Logs index every field. */
import type { AppError } from "./errors.ts";

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
	const causes: string[] = [];
	for (let cause = error.cause; cause !== undefined && causes.length < 5; ) {
		causes.push(cause instanceof Error ? `${cause.name}: ${withoutParameters(cause.message)}` : String(cause));
		cause = cause instanceof Error ? cause.cause : undefined;
	}
	const { code, detail } = error;
	const message = withoutParameters(error.message);
	return causes.length > 0 ? { code, detail, message, cause: causes.join(" <- ") } : { code, detail, message };
}

/** Drizzle ends the message of a failed query with the values that were bound: captions, hashes of tokens, answers. */
const withoutParameters = (message: string): string => message.replace(/\nparams: [\s\S]*$/, "");
