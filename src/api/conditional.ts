/** ETags: an answer whose content the client already has costs no body (RFC 9110, 8.8.3 and 13.1.2). */
import { createHash } from "node:crypto";
import type { ApiContext } from "./context.ts";

/** JSON with an ETag of its content, or 304. */
export function answerWithEtag(c: ApiContext, body: unknown): Response {
	const json = JSON.stringify(body);
	const tag = `"${createHash("sha256").update(json).digest("hex").slice(0, 32)}"`;
	const headers = new Headers({ etag: tag, "cache-control": "private, no-cache" });
	if (matchesEtag(c.req.header("if-none-match"), tag)) return new Response(null, { status: 304, headers });
	headers.set("content-type", "application/json");
	return new Response(json, { headers });
}

/** Whether an If-None-Match list names the tag; weakly compared, as that header is. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
	if (header === undefined) return false;
	return header.split(",").some((tag) => {
		const trimmed = tag.trim();
		return trimmed === "*" || trimmed.replace(/^W\//, "") === etag;
	});
}
