/** JSON bodies say that they are JSON. Anything else would pass validation by not being looked at. */
import type { MiddlewareHandler } from "hono";
import { AppError } from "../../errors.ts";
import type { ApiBindings } from "../context.ts";

/** @throws AppError `unsupported_media_type` */
export const requireJson: MiddlewareHandler<ApiBindings> = async (c, next) => {
	const [mediaType = ""] = (c.req.header("content-type") ?? "").split(";");
	if (mediaType.trim().toLowerCase() !== "application/json") {
		throw new AppError("unsupported_media_type", "Send a JSON object with Content-Type: application/json.");
	}
	await next();
};
