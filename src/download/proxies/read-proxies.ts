/** Which proxies pictures of other sites are fetched through. Faults are told without what may be secret. */

/** An HTTP proxy that opens tunnels (CONNECT). */
export interface HttpProxy {
	/** It is spoken to by TLS (https://). */
	isSecure: boolean;
	/** `host:port`: for `connect()` and for the log. */
	address: string;
	/** The whole Proxy-Authorization field; null where none is asked for. */
	authorization: string | null;
}

export interface ProxySettings {
	/** One or several URLs, separated by commas or blanks. */
	urls: string;
	/** For every proxy whose URL names no user. */
	username: string;
	password: string;
}

const defaultPorts: Record<string, string> = { "http:": "80", "https:": "443" };

/** @returns the proxies in the order given, and every fault, naming the variable and the form it expects */
export function readProxies({ urls, username, password }: ProxySettings): { proxies: HttpProxy[]; faults: string[] } {
	const proxies: HttpProxy[] = [];
	const faults: string[] = [];
	// A deployment whose URL was lost must not ask sources directly unnoticed.
	if ((urls !== "" || username !== "" || password !== "") && !/[^\s,]/.test(urls)) {
		faults.push(
			"ROTATING_PROXY_URL must be set where its user name or password is, and name a proxy unless it is empty; delete all three to fetch directly",
		);
		return { proxies, faults };
	}
	if (password !== "" && username === "")
		faults.push("ROTATING_PROXY_USERNAME must be set with its password, but is not");
	if (username.includes(":")) faults.push("ROTATING_PROXY_USERNAME must be without a colon, which HTTP cannot carry");
	for (const [index, text] of urls
		.split(/[\s,]+/)
		.filter(Boolean)
		.entries()) {
		const fault = faultOfProxyUrl(text);
		if (fault) {
			faults.push(
				`ROTATING_PROXY_URL must be http://host:port or https://host:port, one or several, but number ${index + 1} ${fault}`,
			);
			continue;
		}
		const url = new URL(text);
		const user = url.username === "" ? username : decodeURIComponent(url.username);
		const secret = url.username === "" ? password : decodeURIComponent(url.password);
		proxies.push({
			isSecure: url.protocol === "https:",
			address: `${url.hostname}:${url.port || defaultPorts[url.protocol]}`,
			authorization: user === "" ? null : `Basic ${toBase64(`${user}:${secret}`)}`,
		});
	}
	return { proxies, faults };
}

function faultOfProxyUrl(text: string): string | undefined {
	if (!URL.canParse(text)) return "is not a URL";
	const url = new URL(text);
	if (!Object.hasOwn(defaultPorts, url.protocol)) return "has another scheme";
	if (url.hostname === "") return "names no host";
	if (url.pathname !== "/" || url.search !== "" || url.hash !== "") return "has more after its port";
	if (url.password !== "" && url.username === "") return "has a password and no user name";
	if (!isDecodable(url.username) || !isDecodable(url.password)) return "has a user name or password with a stray %";
	if (decodeURIComponent(url.username).includes(":")) return "has a user name with a colon, which HTTP cannot carry";
	return undefined;
}

function isDecodable(text: string): boolean {
	try {
		decodeURIComponent(text);
		return true;
	} catch {
		return false;
	}
}

const toBase64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
