/** Where events may be sent: https to a host of the public DNS. What is refused is told without the URL's secrets. */

/** Names that no public DNS serves (RFC 6761, RFC 6762 with its appendix G, RFC 8375, ICANN's `internal`). */
const privateSuffixes = [
	"localhost",
	"local",
	"internal",
	"intranet",
	"private",
	"corp",
	"home",
	"lan",
	"home.arpa",
	"test",
	"invalid",
	"onion",
];

/**
 * What is wrong with the URL of a webhook, as the end of a sentence; undefined for one that may be used. It judges what is
 * written: a public name that resolves to a private address is stopped by the platform, whose `fetch` reaches no private
 * network.
 */
export function faultOfTargetUrl(text: string): string | undefined {
	if (!URL.canParse(text)) return "is not a URL";
	const url = new URL(text);
	// A path or a query may be as secret as a password: only what precedes them is shown.
	const shown = `"${url.protocol}//${url.host}"`;
	if (url.protocol !== "https:") return `is ${shown}`;
	if (url.username !== "" || url.password !== "") return "carries a user name or a password";
	if (url.hash !== "") return "carries a fragment (#...), which is never sent";
	// The parser has turned decimal, octal, hexadecimal and shortened IPv4 addresses into dotted ones.
	const { hostname } = url;
	if (hostname.startsWith("[") || /^[\d.]+$/.test(hostname)) return `names an IP address: ${shown}`;
	if (hostname.endsWith(".")) return `ends its host with a dot: ${shown}`;
	if (!hostname.includes(".") || privateSuffixes.some((suffix) => `.${hostname}`.endsWith(`.${suffix}`))) {
		return `names a host of a private network: ${shown}`;
	}
	return undefined;
}
