/** What a request carries through the dashboard. */
import { type Context, Hono } from "hono";
import type { ApiBindings } from "../api/context.ts";
import type { Operator } from "./session/operator.ts";

export interface DashboardBindings {
	Bindings: Env;
	Variables: ApiBindings["Variables"] & {
		/** Set behind the sign-in. */
		operator: Operator;
		/** Belongs into every form of this operator's. */
		csrfToken: string;
		/** Fields of the form that was sent; set in what `onSubmit` registers, but for uploads. */
		form: URLSearchParams;
	};
}

export type DashboardContext = Context<DashboardBindings>;

/** A part of the dashboard. Paths are those of the whole site: they begin with `/dashboard`. */
export const createPages = () => new Hono<DashboardBindings>();

/** htmx asks for a part of a page that is shown already. */
export const isForPart = (c: DashboardContext): boolean => c.req.header("hx-request") === "true";
