/** A page of the dashboard as an answer. */
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { type DashboardContext, isForPart } from "../context.ts";
import { takeNotice } from "../session/notice.ts";
import { answerDocument } from "./answer-document.ts";
import { PageContextOfJsx } from "./page-context.ts";
import type { SectionName } from "./sections.ts";
import { Shell } from "./shell.tsx";

export interface PageOptions {
	/** Unique among the pages: what the browser's tab says. */
	title: string;
	section: SectionName;
	/** Scripts of `public/assets` that this page alone needs: `charts`. */
	scripts?: readonly string[];
	status?: 200 | 400 | 403 | 404 | 409 | 422 | 500 | 503;
}

/**
 * The whole page, or what is in its `main` where htmx asks for a part of it.
 *
 * @param content no async components: they would lose the page's context
 */
export function renderPage(c: DashboardContext, options: PageOptions, content: Child): Response | Promise<Response> {
	const { pathname, search } = new URL(c.req.url);
	const { operator, csrfToken } = c.var;
	const page = { operator, csrfToken, now: Date.now(), url: pathname + search };
	const isPart = isForPart(c);
	const notice = isPart ? undefined : takeNotice(c);
	const rendered = (
		<PageContextOfJsx.Provider value={page}>
			{isPart ? (
				<main id="main">{content}</main>
			) : (
				<Shell {...options} notice={notice}>
					{content}
				</Shell>
			)}
		</PageContextOfJsx.Provider>
	);
	return isPart ? c.html(html`${rendered}`, options.status) : answerDocument(c, rendered, options.status);
}
