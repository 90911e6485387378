/** `Retry-After` of RFC 9110: seconds, or a date. */

/** Seconds from now until then; undefined where the header is absent or means nothing. A moment that has passed is 0. */
export function retryAfterSeconds(header: string | null, now: number): number | undefined {
	const text = header?.trim() ?? "";
	if (/^\d+$/.test(text)) return Number(text);
	// Every form of a date in HTTP begins with the day of the week; Date.parse alone takes "-5" for a date too.
	const moment = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
	return Number.isNaN(moment) ? undefined : Math.max(0, Math.ceil((moment - now) / 1000));
}
