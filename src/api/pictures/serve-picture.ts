/** Serving a stored picture: conditional, in ranges, cacheable, and never as something that runs. */

import { AppError } from "../../errors.ts";
import { matchesEtag } from "../conditional.ts";
import type { ApiContext } from "../context.ts";
import { VERSION_LENGTH } from "../present.ts";
import { parseRange } from "./byte-range.ts";
import type { Picture } from "./choose-picture.ts";

/** What is named by its content never changes; anything else is asked for again with its ETag. */
const IMMUTABLE = "private, max-age=31536000, immutable";
const REVALIDATE = "private, no-cache";

/** @throws AppError `range_not_satisfiable`, `not_found` */
export async function servePicture(
	c: Pick<ApiContext, "env" | "header" | "req">,
	picture: Picture,
	disposition: "inline" | "attachment",
): Promise<Response> {
	const etag = `"${picture.sha256}"`;
	const isContentAddressed = c.req.query("v") === picture.sha256.slice(0, VERSION_LENGTH);
	const headers = new Headers({
		etag,
		"content-type": picture.type,
		"cache-control": isContentAddressed ? IMMUTABLE : REVALIDATE,
		"accept-ranges": "bytes",
		vary: "Accept, Authorization",
		"content-disposition": `${disposition}; filename="${picture.filename}"`,
		// A stranger made these bytes: no sniffing, and no power if they are opened by themselves.
		"x-content-type-options": "nosniff",
		"content-security-policy": "default-src 'none'; sandbox",
	});
	if (matchesEtag(c.req.header("if-none-match"), etag)) return new Response(null, { status: 304, headers });

	// If-Range with another tag (or a date, which we do not keep) asks for the whole (RFC 9110, 13.1.5).
	const ifRange = c.req.header("if-range");
	const range = parseRange(
		ifRange === undefined || ifRange === etag ? c.req.header("range") : undefined,
		picture.bytes,
	);
	if (range.kind === "unsatisfiable") {
		c.header("content-range", `bytes */${picture.bytes}`);
		throw new AppError("range_not_satisfiable", `The picture has ${picture.bytes} bytes; the range lies outside.`);
	}
	const part = range.kind === "part" ? range : { offset: 0, length: picture.bytes };
	headers.set("content-length", String(part.length));
	if (range.kind === "part") {
		headers.set("content-range", `bytes ${part.offset}-${part.offset + part.length - 1}/${picture.bytes}`);
	}
	const status = range.kind === "part" ? 206 : 200;
	if (c.req.method === "HEAD") return new Response(null, { status, headers });
	const object = await c.env.MEDIA.get(picture.objectKey, { range: { offset: part.offset, length: part.length } });
	if (!object) {
		throw new AppError("not_found", "This picture is no longer stored.", { log: `no object ${picture.objectKey}` });
	}
	return new Response(object.body, { status, headers });
}
