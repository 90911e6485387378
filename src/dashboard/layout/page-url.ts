/** Addresses of pages: filters are in the URL, so that what is seen can be sent to somebody. */

/** The address with these parameters; what is undefined, null or empty is left out. */
export function pageUrl(path: string, parameters: Record<string, string | number | null | undefined>): string {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(parameters)) {
		if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
	}
	return query.size > 0 ? `${path}?${query}` : path;
}

/** Where a form leads back to: only a page of ours, in what a header may hold. */
export const safeReturn = (path: string | null | undefined, otherwise: string): string =>
	path && /^\/dashboard(?:[/?]|$)/.test(path) && !/[\\\p{Cc}]/u.test(path) ? path : otherwise;
