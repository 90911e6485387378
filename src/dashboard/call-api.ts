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

/**
 * @param path of the API: `/v1/tasks/ID/retry`
 * @param content JSON, or a body that comes from the operator
 */
export async function callApi<Body = Record<string, unknown>>(
	c: DashboardContext,
	method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
	path: string,
	content?: { json: unknown } | { raw: RawBody },
): Promise<ApiAnswer<Body>> {
	const response = await app.fetch(requestOf(c, method, path, content), c.env, c.executionCtx);
	const text = await response.text();
	const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
	if (response.ok) return { isOk: true, status: response.status, body: body as Body };
	return { isOk: false, status: response.status, error: errorOf(body) };
}

function requestOf(
	c: DashboardContext,
	method: string,
	path: string,
	content?: { json: unknown } | { raw: RawBody },
): Request {
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
