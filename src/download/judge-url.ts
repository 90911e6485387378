/**
 * Whether a URL that a stranger gave may be fetched: https, the standard port, an allowed host by its exact name, and
 * nothing in it that two parsers could read differently. Each refusal has a code of its own. No network is asked: a name
 * that is allowed is trusted to resolve to its own server.
 */
import type { AllowedHost } from "./allowed-hosts.ts";

/** Why a URL is refused, in the order in which the rules are asked. */
export const urlRules = {
	url_too_long: "it has more than 2,048 characters",
	url_ambiguous: "it holds blanks, control characters, backslashes or line ends, which programs read differently",
	url_malformed: "it is not a URL",
	url_not_https: "only https is fetched",
	url_has_credentials: "it carries a user name or a password",
	url_host_not_plain:
		"its host is not written in plain letters: a name in other scripts is given in punycode (xn--...)",
	url_names_address: "it names an IP address instead of a host",
	url_has_trailing_dot: "its host ends with a dot",
	url_has_port: "only port 443 is fetched",
	url_host_not_allowed: "its host is not one that pictures may be fetched from",
	url_path_not_allowed: "its path is not one that pictures of this host may be fetched from",
} as const;

export type UrlRule = keyof typeof urlRules;

export type UrlJudgement = { isAllowed: true; url: string } | { isAllowed: false; rule: UrlRule };

const MAX_URL_CHARACTERS = 2048;
/** Parsers of URLs drop some of these, servers and proxies do not. */
const ambiguousCharacters = /[\s\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** `host.name` or `host.name/path`: what people copy. A colon would be a scheme's. */
const beginsWithHost = /^[^/?#:@]+\.[^/?#:@]+(?:[/?#]|$)/;
/** The parser turns full-width letters, circled ones and escapes into plain ones, and drops an empty user name: what was written is not what is asked. */
const plainAuthority = /^[\x21-\x24\x26-\x3f\x41-\x7e]*$/;
/** Escapes that some servers undo before they look at the path, and dots that some take for steps in spite of what follows. */
const escapedPathSyntax = /%(?:2e|2f|5c|00|25)|\/\.{1,2};/i;

/** @param text as it was given; without a scheme it is taken for https, as the original did */
export function judgeUrl(text: string, allowed: readonly AllowedHost[]): UrlJudgement {
	return judge(text, undefined, allowed);
}

/** A redirect is judged as a URL of its own. @param location the header, which may be relative to the URL that sent it */
export function judgeRedirect(location: string, from: string, allowed: readonly AllowedHost[]): UrlJudgement {
	return judge(location, from, allowed);
}

/**
 * A URL as it is compared with others: what no request would tell apart is the same. One that is refused for how it is
 * written stays as it was given: its refusal is not that of the URL which a parser makes of it.
 */
export function comparableUrl(text: string): string {
	const whole = withScheme(text);
	const isReadOneWay = text.length <= MAX_URL_CHARACTERS && !ambiguousCharacters.test(text) && URL.canParse(whole);
	if (!isReadOneWay || !plainAuthority.test(authorityOf(whole))) return text.slice(0, MAX_URL_CHARACTERS);
	const url = new URL(whole);
	url.hash = "";
	return url.href;
}

function judge(text: string, base: string | undefined, allowed: readonly AllowedHost[]): UrlJudgement {
	if (text.length > MAX_URL_CHARACTERS) return refuse("url_too_long");
	if (ambiguousCharacters.test(text)) return refuse("url_ambiguous");
	const whole = base === undefined ? withScheme(text) : text;
	if (!URL.canParse(whole, base)) return refuse("url_malformed");
	const url = new URL(whole, base);
	const authority = base === undefined ? authorityOf(whole) : authorityOfRedirect(whole);
	if (url.protocol !== "https:") return refuse("url_not_https");
	if (url.username !== "" || url.password !== "" || authority.includes("@")) return refuse("url_has_credentials");
	if (!plainAuthority.test(authority)) return refuse("url_host_not_plain");
	// The parser has turned decimal, octal, hexadecimal and shortened IPv4 addresses into dotted ones.
	if (url.hostname.startsWith("[") || /^[\d.]+$/.test(url.hostname)) return refuse("url_names_address");
	if (url.hostname.endsWith(".")) return refuse("url_has_trailing_dot");
	if (url.port !== "") return refuse("url_has_port");
	const ofHost = allowed.filter(({ host }) => host === url.hostname);
	if (ofHost.length === 0) return refuse("url_host_not_allowed");
	if (!ofHost.some(({ pathPrefix }) => isBelow(url.pathname, pathPrefix))) return refuse("url_path_not_allowed");
	url.hash = ""; // never sent
	return { isAllowed: true, url: url.href };
}

function withScheme(text: string): string {
	if (text.startsWith("//")) return `https:${text}`;
	return beginsWithHost.test(text) ? `https://${text}` : text;
}

const refuse = (rule: UrlRule): UrlJudgement => ({ isAllowed: false, rule });

/** What stands between the scheme and the path: the parser takes more slashes for two, and fewer or none too. */
const authorityOf = (text: string): string => /^[^:/?#]*:\/*([^/?#]*)/.exec(text)?.[1] ?? "";

/** Here one slash or none begins a path, with the scheme or without, and two further on are part of it. */
const authorityOfRedirect = (text: string): string => /^(?:[^:/?#]*:)?\/{2,}([^/?#]*)/.exec(text)?.[1] ?? "";

const isBelow = (path: string, prefix: string): boolean =>
	prefix === "/" || (path.startsWith(prefix) && !escapedPathSyntax.test(path));
