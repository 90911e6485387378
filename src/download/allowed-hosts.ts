/** Whose pictures may be fetched: hosts by their exact name, some of them below a path only. */

export interface AllowedHost {
	/** As a URL names it: lower case, punycode. */
	host: string;
	/** Begins and ends with a slash. */
	pathPrefix: string;
}

/** Where the original's collectors import from. */
export const DEFAULT_ALLOWED_HOSTS = "cdn.footballkitarchive.com, www.footballkitarchive.com";

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
/** At least two labels, and a last one that is no number: neither a single name nor an address in any spelling. */
const hostName = new RegExp(`^(?:${label}\\.)+(?=[a-z0-9-]*[a-z])${label}$`);
/** No escapes and no dots alone: what servers read differently cannot fence anything in. */
const pathName = /^\/(?:(?!\.{1,2}\/)[\w.~-]+\/)*$/;

/**
 * Reads `ALLOWED_EXTERNAL_IMAGE_HOSTS`: names separated by commas, each with a path that its pictures lie below where not
 * all of the host is allowed. An empty text allows nothing.
 *
 * @returns the hosts, or what is wrong, as the end of a sentence
 */
export function readAllowedHosts(text: string): AllowedHost[] | { fault: string } {
	const hosts: AllowedHost[] = [];
	for (const entry of text.split(",").flatMap((part) => part.trim() || [])) {
		const slash = entry.indexOf("/");
		const host = (slash < 0 ? entry : entry.slice(0, slash)).toLowerCase();
		const path = slash < 0 ? "/" : entry.slice(slash);
		const pathPrefix = path.endsWith("/") ? path : `${path}/`;
		if (!hostName.test(host)) return { fault: faultOfEntry(entry) };
		if (!pathName.test(pathPrefix)) return { fault: `names a path that is not plain: "${entry}"` };
		hosts.push({ host, pathPrefix });
	}
	return hosts;
}

function faultOfEntry(entry: string): string {
	if (entry.includes("://")) return `holds a URL where a host belongs: "${entry}"`;
	if (/[^\x20-\x7e]/.test(entry)) return `holds a name that is not in punycode: "${entry}"`;
	return `holds "${entry}", which is no public host's exact name`;
}
