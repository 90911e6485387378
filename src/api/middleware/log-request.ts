/** One log line a request, and an id that the answer carries too, so that a user can name the line. */
import type { MiddlewareHandler } from "hono";
import { logEvent } from "../../log.ts";
import type { ApiBindings } from "../context.ts";

export const logRequest: MiddlewareHandler<ApiBindings> = async (c, next) => {
	const startedAt = Date.now();
	c.set("requestId", crypto.randomUUID());
	await next();
	c.res.headers.set("x-request-id", c.var.requestId);
	logEvent("info", "request.answered", {
		request_id: c.var.requestId,
		method: c.req.method,
		// The path alone: queries may hold captions.
		path: new URL(c.req.url).pathname.slice(0, 200),
		status: c.res.status,
		duration_ms: Date.now() - startedAt,
		// Not the secret: its row's id.
		token_id: c.var.token?.id,
	});
};
