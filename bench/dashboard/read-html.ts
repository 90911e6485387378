/** What the dashboard's own HTML offers to be asked for next. Only its own: this is no parser for that of others. */

export interface GetForm {
	action: string;
	/** Each select's values, without the empty one. */
	choices: Map<string, string[]>;
	/** Names of fields that take words. */
	words: string[];
}

/** Addresses of the dashboard that the page leads to, as they are written. */
export const readLinks = (html: string): string[] => [
	...new Set(
		[...html.matchAll(/\s(?:href|hx-get|src)="(\/dashboard[^"#]*)/g)].map(([, address = ""]) => unescapeHtml(address)),
	),
];

/** Forms that ask and change nothing. */
export function readGetForms(html: string): GetForm[] {
	return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].flatMap(([, attributes = "", content = ""]) => {
		const action = unescapeHtml(attributeOf(attributes, "action") ?? "");
		if (attributeOf(attributes, "method") !== "get" || action === "") return [];
		const choices = new Map<string, string[]>();
		for (const [, head = "", options = ""] of content.matchAll(/<select\b([^>]*)>(.*?)<\/select>/gs)) {
			const values = [...options.matchAll(/<option\b([^>]*)>/g)].map(([, option = ""]) =>
				unescapeHtml(attributeOf(option, "value") ?? ""),
			);
			choices.set(
				attributeOf(head, "name") ?? "",
				values.filter((value) => value !== ""),
			);
		}
		const words = [...content.matchAll(/<input\b([^>]*)>/g)].flatMap(([, input = ""]) => {
			const type = attributeOf(input, "type") ?? "text";
			return type === "text" || type === "search" ? [attributeOf(input, "name") ?? ""] : [];
		});
		return [{ action, choices, words }];
	});
}

const attributeOf = (attributes: string, name: string): string | undefined =>
	new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];

const unescapeHtml = (text: string): string =>
	text
		.replaceAll("&quot;", '"')
		.replaceAll("&#39;", "'")
		.replaceAll("&lt;", "<")
		.replaceAll("&gt;", ">")
		.replaceAll("&amp;", "&");
