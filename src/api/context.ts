/** What a request carries through the routes. */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type Database, openDatabase } from "../db/database.ts";
import type { Visibility } from "../db/items.ts";
import type { Token } from "../db/tokens.ts";
import { validationProblem } from "./problem.ts";

export interface ApiBindings {
	Bindings: Env;
	Variables: {
		requestId: string;
		/** Set by `authenticate`, so present under /v1. */
		token: Token;
	};
}

export type ApiContext = Context<ApiBindings>;

/** An application or a part of one; faulty input is answered as a problem document that names the fields. */
export const createRouter = () => new OpenAPIHono<ApiBindings>({ defaultHook: validationProblem });

export const databaseOf = (c: { env: Env }): Database => openDatabase(c.env.DB);

/** Whose rows this request may see. */
export const visibilityOf = (c: ApiContext): Visibility =>
	c.var.token.scopes.includes("admin") ? "everything" : { ownerId: c.var.token.ownerId };
