/** What parts of a page need to know of its reader. */
import { createContext, useContext } from "hono/jsx";
import type { Operator } from "../session/operator.ts";

export interface PageContext {
	operator: Operator;
	csrfToken: string;
	/** The moment of the page, in milliseconds since 1970. */
	now: number;
	/** Path and query of the page: where its live parts come from, and where its forms lead back to. */
	url: string;
}

export const PageContextOfJsx = createContext<PageContext | null>(null);

/** Within a page only. */
export function usePage(): PageContext {
	const page = useContext(PageContextOfJsx);
	if (!page) throw new Error("a part of a page was rendered outside of one");
	return page;
}
