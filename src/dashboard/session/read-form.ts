/** Reading what a form sent. */
import { AppError } from "../../errors.ts";
import type { DashboardContext } from "../context.ts";

/** A schedule's arguments are the longest there is. */
const MAX_FORM_BYTES = 128 * 1024;

/** @throws AppError `unsupported_media_type`, `body_too_large` */
export async function readForm(c: DashboardContext): Promise<URLSearchParams> {
	const type = c.req.header("content-type") ?? "";
	if (!type.startsWith("application/x-www-form-urlencoded")) {
		throw new AppError(
			"unsupported_media_type",
			"A form of this dashboard is sent as application/x-www-form-urlencoded.",
		);
	}
	const parts: Uint8Array[] = [];
	let bytes = 0;
	for await (const part of c.req.raw.body ?? []) {
		bytes += part.length;
		if (bytes > MAX_FORM_BYTES) {
			throw new AppError("body_too_large", `A form has ${MAX_FORM_BYTES / 1024} KiB at most. Write less into it.`);
		}
		parts.push(part);
	}
	return new URLSearchParams(Buffer.concat(parts).toString("utf8"));
}
