/**
 * What is asked of each page: it itself, and what links and forms offer: each choice of a filter, words that occur nowhere,
 * all filters together, another order, the next page and one far down. So pages that come later are measured too.
 */
import type { OperatorSession } from "./operator-session.ts";
import { type GetForm, readGetForms, readLinks } from "./read-html.ts";

/** Of one page, so that a filter of many choices does not hide the others. */
const MOST_ASKED = 40;
/** Links that say the same of other things. */
const MOST_ALIKE = 2;
const NOWHERE = "nothing has these words";

export interface FoundPages {
	/** Addresses, those of one page together. */
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
	const offered = new Map<string, Set<string>>();
	const offer = (address: string) => {
		const path = withoutQuery(address);
		offered.set(path, (offered.get(path) ?? new Set()).add(address));
	};
	const isKnown = (path: string) => routes.includes(path);
	const chosen = routes.filter((route) => !route.includes(":"));
	const unreached = new Set(routes.filter((route) => route.includes(":")));
	for (const path of chosen) offer(path);
	for (let index = 0; index < chosen.length; index++) {
		const path = chosen[index] as string;
		for (const address of [path, ...(offered.get(path) ?? [])].slice(0, MOST_ASKED)) {
			const { status, isHtml, text } = await session.ask(address);
			if (status >= 500) throw new Error(`${address} was answered with ${status}`);
			if (!isHtml || status >= 400) continue;
			for (const found of [...ofForms(text, deepId), ...ofLinks(text, deepId)]) offer(found);
		}
		for (const route of unreached) {
			const shape = shapeOf(route);
			const fitting = [...offered.keys()].filter((known) => shape.test(known) && !isKnown(known));
			if (fitting.length === 0) continue;
			unreached.delete(route);
			chosen.push(...new Set([fitting[0] as string, fitting.at(-1) as string]));
		}
	}
	const pages = chosen.flatMap((path) => [...(offered.get(path) ?? [])].slice(0, MOST_ASKED));
	return { pages, unreached: [...unreached] };
}

/** The telling ones first: what is found nowhere, everything at once, then choice by choice. */
function ofForms(html: string, deepId: string): string[] {
	return readGetForms(html).flatMap((form) => {
		const asked = [...ofWords(form, deepId), ...ofChoices(form)];
		return asked.filter((fields) => fields.length > 0).map((fields) => `${form.action}?${new URLSearchParams(fields)}`);
	});
}

type Fields = [name: string, value: string][];

const ofWords = ({ words, choices }: GetForm, deepId: string): Fields[] => [
	...words.map((name): Fields => [[name, NOWHERE]]),
	[...lastOf(choices), ...words.map((name): Fields[number] => [name, NOWHERE])],
	...words.map((name): Fields => [[name, deepId]]),
];

const ofChoices = ({ choices }: GetForm): Fields[] => [
	lastOf(choices),
	...[...choices].flatMap(([name, values]) =>
		[values.at(-1), values[0]].flatMap((value) => (value ? [[[name, value]] as Fields] : [])),
	),
	...[...choices].flatMap(([name, values]) => values.map((value): Fields => [[name, value]])),
];

const lastOf = (choices: GetForm["choices"]): Fields =>
	[...choices].flatMap(([name, values]): Fields => (values.length > 0 ? [[name, values.at(-1) as string]] : []));

/** Other pages, orders and pages of the same list; where a link names an id, one far down too. */
function ofLinks(html: string, deepId: string): string[] {
	const kinds = Map.groupBy(readLinks(html), (link) =>
		link.includes("?") ? `${withoutQuery(link)} ${[...parametersOf(link).keys()].sort().join()}` : "plain",
	);
	return [...kinds].flatMap(([kind, alike]) => {
		if (kind === "plain") return alike;
		return alike.slice(0, MOST_ALIKE).flatMap((link) => {
			const deep = parametersOf(link);
			for (const [name, value] of [...deep]) if (/^[\da-f]{8}-[\da-f-]{27}$/.test(value)) deep.set(name, deepId);
			return [link, `${withoutQuery(link)}?${deep}`];
		});
	});
}

const parametersOf = (link: string): URLSearchParams => new URLSearchParams(link.replace(/^[^?]*\?/, ""));
const withoutQuery = (address: string): string => address.replace(/\?.*$/, "");

const shapeOf = (route: string): RegExp =>
	new RegExp(`^${route.replace(/[.+*()[\]]/g, "\\$&").replace(/:\w+(?:\{[^}]*\})?/g, "[^/]+")}$`);
