/**
 * What stands in the address of a page is an id or a name, and pages put it into addresses of the API. One that brings a
 * slash, a question mark or a dot segment along in disguise would lead to another address than the audit log names.
 */
import type { MiddlewareHandler } from "hono";
import { AppError } from "../../errors.ts";
import type { DashboardBindings } from "../context.ts";

/** `/ \ ? # %` and controls, encoded: nothing that has a page of its own holds one of them. */
const DISGUISED = /%(?:2f|5c|3f|23|25|[01][\da-f]|7f)/i;

/** @throws AppError `not_found` */
export const requirePlainPath: MiddlewareHandler<DashboardBindings> = async (c, next) => {
	if (DISGUISED.test(new URL(c.req.url).pathname)) throw new AppError("not_found", "There is no such page.");
	await next();
};
