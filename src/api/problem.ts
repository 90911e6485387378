/** Errors as RFC 9457 `application/problem+json`, with a stable `code`. */
import type { Hook } from "@hono/zod-openapi";
import type { Context, ErrorHandler, NotFoundHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { AppError, toAppError } from "../errors.ts";
import { errorFields, logEvent } from "../log.ts";
import type { ApiBindings } from "./context.ts";

/** The document: type, title, status, detail, instance of RFC 9457, and our `code` and `request_id`. */
export function problemResponse(c: Context<ApiBindings>, error: AppError): Response {
	const { code, title, status, detail, extensions } = error;
	const instance = new URL(c.req.url).pathname;
	const document = {
		type: `/docs#error-${code}`,
		title,
		status,
		detail,
		instance,
		code,
		request_id: c.var.requestId,
		...extensions,
	};
	const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
	if (status === 401) headers.set("www-authenticate", 'Bearer realm="footycollect"');
	if (status === 503) headers.set("retry-after", "5");
	// Kept: what the route had to set on the answer itself, such as Content-Range.
	for (const name of ["content-range", "vary"]) {
		const value = c.res.headers.get(name);
		if (value) headers.set(name, value);
	}
	return new Response(JSON.stringify(document), { status, headers });
}

/** Whatever a route throws. Only our own faults are logged as errors; their internals stay in the log. */
export const answerError: ErrorHandler<ApiBindings> = (thrown, c) => {
	const error = thrown instanceof HTTPException ? fromHttpException(thrown) : toAppError(thrown);
	if (error.status >= 500) {
		logEvent("error", "request.failed", { request_id: c.var.requestId, error: errorFields(error) });
	}
	return problemResponse(c, error);
};

export const answerNotFound: NotFoundHandler<ApiBindings> = (c) =>
	problemResponse(c, new AppError("not_found", "There is nothing at this address. See /docs for what there is."));

/** Hono's own refusals: JSON that is malformed, or that is not said to be JSON. */
function fromHttpException(thrown: HTTPException): AppError {
	if (thrown.status === 415) {
		return new AppError("unsupported_media_type", "Send a JSON object with Content-Type: application/json.");
	}
	if (thrown.status === 400) {
		return new AppError(
			"malformed_json",
			"The body is not valid JSON. Send a JSON object with Content-Type: application/json.",
			{
				cause: thrown,
			},
		);
	}
	return toAppError(thrown.cause ?? thrown);
}

/** Which fields of the input do not fit, and what was expected. */
export const validationProblem: Hook<unknown, ApiBindings, string, Response | undefined> = (result, c) => {
	if (result.success) return undefined;
	const faults = result.error.issues.map((issue) => ({ field: issue.path.join("."), expected: issue.message }));
	const detail = `Some fields do not fit: ${faults.map(({ field, expected }) => (field ? `${field}: ${expected}` : expected)).join("; ")}.`;
	return problemResponse(c, new AppError("invalid_request", detail, { extensions: { faults } }));
};
