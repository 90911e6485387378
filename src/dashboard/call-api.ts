/** What operators do goes through the API itself, as them: the dashboard can do nothing that the API would refuse. */
import { app } from "../api/app.ts";
import { makeAs } from "../api/middleware/authenticate.ts";
import { AppError, type ErrorCode, errorKinds } from "../errors.ts";
import type { DashboardContext } from "./context.ts";

/** What the API made of it. */
export type ApiAnswer<Body = Record<string, unknown>> =
	| { isOk: true; status: number; body: Body }
	| { isOk: false; status: number; error: AppError };

/** A body that is sent on as it comes. */
export interface RawBody {
	stream: ReadableStream<Uint8Array> | null;
	headers: Record<string, string>;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Content = { json: unknown } | { raw: RawBody };

/**
 * @param path of the API: `/v1/tasks/ID/retry`. What a form says goes into it through `encodeURIComponent` only.
 * @param content JSON, or a body that comes from the operator
 * @throws AppError `not_found` for a path that leads elsewhere than it looks, `insufficient_scope` for a change by somebody who may only look
 */
export async function callApi<Body = Record<string, unknown>>(
	c: DashboardContext,
	method: Method,
	path: string,
	content?: Content,
): Promise<ApiAnswer<Body>> {
	assertLeadsWhereItLooks(path);
	if (!changesNothing(method, path, content)) assertMayChangeNow(c);
	const response = await app.fetch(requestOf(c, method, path, content), c.env, c.executionCtx);
	const text = await response.text();
	const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
	if (response.ok) return { isOk: true, status: response.status, body: body as Body };
	return { isOk: false, status: response.status, error: errorOf(body) };
}

/** Dot segments and backslashes are resolved by whoever reads a URL; ids have neither. */
function assertLeadsWhereItLooks(path: string): void {
	const [address = ""] = path.split("?");
	if (!/^\/v1\/[^\\#\p{Cc}]+$/u.test(address) || /\/(?:\.|%2e){1,2}(?:\/|$)/i.test(address)) {
		throw new AppError("not_found", "There is no such thing.");
	}
}

/** What is asked of the API by POST and leaves everything as it is. */
const changesNothing = (method: Method, path: string, content: Content | undefined): boolean =>
	method === "GET" ||
	path === "/v1/schedules/preview" ||
	(path === "/v1/tasks/bulk" &&
		content !== undefined &&
		"json" in content &&
		(content.json as { dry_run?: unknown } | null)?.dry_run === true);

/** The API would refuse most of it too, but not what a token may do beside looking here. */
function assertMayChangeNow(c: DashboardContext): void {
	// A link on another site makes a browser ask by GET, with its cookies.
	if (c.req.method !== "POST") throw new Error(`a page that is read by ${c.req.method} called for a change`);
	if (!c.var.operator.canChange)
		throw new AppError("insufficient_scope", "You may look at everything here and change nothing.");
}

function requestOf(c: DashboardContext, method: Method, path: string, content?: Content): Request {
	const url = new URL(path, c.req.url);
	const { operator } = c.var;
	if (!content) return makeAs(operator.token, new Request(url, { method }));
	const [body, headers] =
		"json" in content
			? [JSON.stringify(content.json), { "content-type": "application/json" }]
			: [content.raw.stream, content.raw.headers];
	return makeAs(operator.token, new Request(url, { method, body, headers }));
}

/** The problem document as the error that it was. */
function errorOf({ code, detail, faults }: Record<string, unknown>): AppError {
	const known: ErrorCode = typeof code === "string" && code in errorKinds ? (code as ErrorCode) : "internal_error";
	return new AppError(known, String(detail ?? ""), faults === undefined ? {} : { extensions: { faults } });
}
