/** Nobody sees a page of the dashboard who has not signed in. */
import type { MiddlewareHandler } from "hono";
import { databaseOf } from "../../api/context.ts";
import { findLivingToken } from "../../db/tokens.ts";
import { configurationOf } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { type DashboardBindings, type DashboardContext, isForPart } from "../context.ts";
import { findOperatorByAccess } from "./access.ts";
import { csrfTokenOf } from "./csrf.ts";
import { type Operator, operatorOf } from "./operator.ts";
import { readSession } from "./session-cookie.ts";

export const SIGN_IN_PATH = "/dashboard/sign-in";

export const requireOperator: MiddlewareHandler<DashboardBindings> = async (c, next) => {
	const { sessionSecret: secret, access } = configurationOf(c.env);
	// Without it no form could be told from a forged one, whoever vouches for its sender.
	if (secret === null) return askToSignIn(c);
	// One way in: were tokens taken too, an address that Access does not protect would be a way around it.
	const operator = access ? await findOperatorByAccess(c, access) : await findOperatorBySession(c, secret);
	if (!operator) return askToSignIn(c);
	c.set("operator", operator);
	c.set("token", operator.token);
	c.set("csrfToken", csrfTokenOf(secret, operator.session));
	await next();
};

/** Who this is: the token is looked up each time, so that revoking it ends its sessions. */
async function findOperatorBySession(c: DashboardContext, secret: string): Promise<Operator | undefined> {
	const now = Date.now();
	const session = await readSession(c, secret, now);
	const token = session && (await findLivingToken(databaseOf(c), { id: session.tokenId }, now));
	return token && operatorOf(token, session.id);
}

function askToSignIn(c: DashboardContext): Response {
	const { pathname, search } = new URL(c.req.url);
	const way = `${SIGN_IN_PATH}?next=${encodeURIComponent(pathname + search)}`;
	if (isForPart(c)) return c.body(null, 401, { "hx-redirect": way });
	if (c.req.method === "GET" || c.req.method === "HEAD") return c.redirect(way, 303);
	throw new AppError("unauthenticated", "Your session has ended. Sign in, and do it again.");
}
