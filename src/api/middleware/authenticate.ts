/** Who asks, and what the token allows. */
import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { findLivingToken, type Token } from "../../db/tokens.ts";
import { AppError } from "../../errors.ts";
import { type ApiBindings, databaseOf } from "../context.ts";

export const scopes = ["photos:read", "photos:write", "tasks:read", "tasks:write", "dashboard:read", "admin"] as const;
export type Scope = (typeof scopes)[number];

/** Requests that the Worker makes of itself, and for whom. Nothing from outside can come to stand here. */
const ownRequests = new WeakMap<Request, Token>();

/** Has the API answer this request as if it had come with the token. */
export function makeAs(token: Token, request: Request): Request {
	ownRequests.set(request, token);
	return request;
}

/** `Authorization: Bearer TOKEN`. @throws AppError `unauthenticated` */
export const authenticate: MiddlewareHandler<ApiBindings> = async (c, next) => {
	const own = ownRequests.get(c.req.raw);
	if (own) {
		c.set("token", own);
		return next();
	}
	const [, secret] = /^Bearer +([\w.~+/-]{1,200}=*)$/i.exec(c.req.header("authorization") ?? "") ?? [];
	const token = secret && (await findLivingToken(databaseOf(c), { sha256: sha256Hex(secret) }, Date.now()));
	if (!token) {
		// One answer for no token, an unknown, an expired and a revoked one: it tells a guesser nothing.
		throw new AppError(
			"unauthenticated",
			"Send a valid token as Authorization: Bearer TOKEN. The operator makes one with npm run token.",
		);
	}
	c.set("token", token);
	await next();
};

/** Every scope is included in `admin`. @throws AppError `insufficient_scope` */
export const requireScope =
	(scope: Scope): MiddlewareHandler<ApiBindings> =>
	async (c, next) => {
		const granted = c.var.token.scopes;
		if (!granted.includes(scope) && !granted.includes("admin")) {
			throw new AppError(
				"insufficient_scope",
				`This needs the scope ${scope}; the token has ${granted.join(", ") || "none"}.`,
				{
					extensions: { needed: scope },
				},
			);
		}
		await next();
	};

export const sha256Hex = (text: string): string => createHash("sha256").update(text).digest("hex");
