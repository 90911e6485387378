/**
 * What is asked of each page: it itself, and what its own links and forms offer: each choice of a filter, words that occur
 * nowhere, all filters together, another order, the next page and one far down. So pages that come later are measured too.
 */
import type { OperatorSession } from "./operator-session.ts";
import { readGetForms, readLinks } from "./read-html.ts";

const MOST_ASKED_PER_PAGE = 16;
const MOST_CHOICES = 8;
const MOST_ALIKE = 2;
const NOWHERE = "nothing has these words";

export interface FoundPages {
	/** Addresses, the plain page first. */
	pages: string[];
	/** Routes that no page led to. */
	unreached: string[];
}

/** @param deepId an id near the oldest of all, for pages far down */
export async function findPages(
	session: OperatorSession,
	routes: readonly string[],
	deepId: string,
): Promise<FoundPages> {
	const pages = new Set<string>();
	const seen = new Set<string>();
	const queue = routes.filter((route) => !route.includes(":"));
	const unreached = new Set(routes.filter((route) => route.includes(":")));
	for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
		const { status, isHtml, text } = await session.ask(path);
		if (status >= 500) throw new Error(`${path} was answered with ${status}`);
		pages.add(path);
		const asked = isHtml ? variantsOf(path, text, deepId) : [];
		for (const variant of asked) pages.add(variant);
		const links = isHtml ? readLinks(text).map(withoutQuery) : [];
		for (const variant of asked.slice(0, MOST_CHOICES)) {
			const answer = await session.ask(variant);
			if (answer.isHtml) links.push(...readLinks(answer.text).map(withoutQuery));
		}
		for (const link of links) seen.add(link);
		for (const route of unreached) {
			const shape = shapeOf(route);
			const fitting = [...seen].filter((link) => shape.test(link) && !routes.includes(link));
			if (fitting.length === 0) continue;
			unreached.delete(route);
			queue.push(...new Set([fitting[0] as string, fitting.at(-1) as string]));
		}
	}
	return { pages: [...pages], unreached: [...unreached] };
}

function variantsOf(path: string, html: string, deepId: string): string[] {
	const variants = [...ofForms(path, html), ...ofLinks(path, html, deepId)];
	return [...new Set(variants)].filter((variant) => variant !== path).slice(0, MOST_ASKED_PER_PAGE);
}

function ofForms(path: string, html: string): string[] {
	return readGetForms(html)
		.filter(({ action }) => withoutQuery(action) === path)
		.flatMap(({ choices, words }) => {
			const rarest = [...choices].flatMap(([name, values]) =>
				values.length > 0 ? [[name, values.at(-1) as string]] : [],
			);
			const nowhere = words.map((name) => [name, NOWHERE]);
			return [
				...words.map((name) => [[name, NOWHERE]]),
				rarest,
				[...rarest, ...nowhere],
				...[...choices].flatMap(([name, values]) => values.slice(0, MOST_CHOICES).map((value) => [[name, value]])),
			]
				.filter((fields) => fields.length > 0)
				.map((fields) => `${path}?${new URLSearchParams(fields)}`);
		});
}

/** Orders and pages of the same list; of links that say the same of other things, two. */
function ofLinks(path: string, html: string, deepId: string): string[] {
	const links = readLinks(html).filter((link) => link.includes("?") && withoutQuery(link) === path);
	const kinds = Map.groupBy(links, (link) => [...parametersOf(link).keys()].sort().join());
	return [...kinds.values()].flatMap((alike) =>
		alike.slice(0, MOST_ALIKE).flatMap((link) => {
			const deep = parametersOf(link);
			for (const [name, value] of [...deep]) if (/^[\da-f]{8}-[\da-f-]{27}$/.test(value)) deep.set(name, deepId);
			return [link, `${path}?${deep}`];
		}),
	);
}

const parametersOf = (link: string): URLSearchParams => new URLSearchParams(link.replace(/^[^?]*\?/, ""));
const withoutQuery = (address: string): string => address.replace(/\?.*$/, "");

const shapeOf = (route: string): RegExp =>
	new RegExp(`^${route.replace(/[.+*()[\]]/g, "\\$&").replace(/:\w+(?:\{[^}]*\})?/g, "[^/]+")}$`);
