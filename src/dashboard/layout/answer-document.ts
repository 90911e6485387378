/** A whole HTML document as an answer. */
import { html } from "hono/html";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { DashboardContext } from "../context.ts";

export const answerDocument = (c: DashboardContext, document: JSX.Element, status?: ContentfulStatusCode) =>
	c.html(html`<!doctype html>${document}`, status);
