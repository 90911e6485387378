/** What goes wrong with a picture's source, in sentences that name its host and path: a query may be a secret. */
import { AppError } from "../errors.ts";
import { retryAfterSeconds } from "../retry-after.ts";
import { type UrlRule, urlRules } from "./judge-url.ts";

const MAX_NAMED_CHARACTERS = 200;

/** Host and path of a URL that was judged. */
export function nameSource(url: string): string {
	const { host, pathname } = new URL(url);
	const name = `${host}${pathname}`;
	return name.length > MAX_NAMED_CHARACTERS ? `${name.slice(0, MAX_NAMED_CHARACTERS)}...` : name;
}

export const urlRefused = (rule: UrlRule): AppError =>
	new AppError(
		rule,
		`The picture's URL is refused: ${urlRules[rule]}. Give the https URL of a picture on an allowed host.`,
	);

/** @param target where it led, as its host, when the rule concerns a host that can be told */
export function redirectRefused(rule: UrlRule, from: string, target?: string): AppError {
	const where = target === undefined ? "a URL that is refused" : `${target}, which is refused`;
	return new AppError(
		rule,
		`${nameSource(from)} redirects to ${where}: ${urlRules[rule]}. Give the URL of the picture itself.`,
	);
}

/** @param cause whatever the runtime threw: what it says of the URL is left out */
export function sourceUnreachable(url: string, cause: unknown): AppError {
	return new AppError(
		"source_unreachable",
		`${new URL(url).host} could not be reached. The picture is asked for again later; if it stays, see whether the host is up.`,
		{ cause: withoutUrl(cause, url) },
	);
}

export function sourceCutOff(url: string, cause?: unknown): AppError {
	return new AppError(
		"source_cut_off",
		`${nameSource(url)} broke off before the picture was whole. It is asked for again later; if it stays, give another URL.`,
		cause === undefined ? {} : { cause: withoutUrl(cause, url) },
	);
}

/** @param what what did not come: "the picture's first byte" */
export function sourceTooSlow(url: string, what: string, limitMs: number): AppError {
	return new AppError(
		"source_too_slow",
		`${nameSource(url)} did not give ${what} within ${limitMs / 1000} s. It is asked for again later; if it stays, give another URL.`,
	);
}

/** The source sends more bytes than it said: one of the two is wrong. */
export function sourceLongerThanDeclared(url: string): AppError {
	return new AppError(
		"length_mismatch",
		`${nameSource(url)} sends more bytes than its Content-Length declares. Give another URL, or send the picture itself.`,
	);
}

/**
 * Why a status is nothing to go on with. Where the source says when to come again, the extension `retry_after_seconds`
 * says it too.
 *
 * @param now in milliseconds: `Retry-After` may be a date
 */
export function statusRefused(status: number, headers: Headers, url: string, now: number): AppError {
	const name = nameSource(url);
	if (status === 404) return new AppError("source_not_found", `There is no ${name} (404). Correct the URL.`);
	if (status === 410) return new AppError("source_gone", `${name} is there no longer (410). Give another URL.`);
	if (status === 429 || status >= 500) {
		const asked = retryAfterSeconds(headers.get("retry-after"), now);
		const extensions = asked === undefined ? {} : { retry_after_seconds: asked };
		const { host } = new URL(url);
		if (status === 429) {
			const detail = `${host} was asked too often (429). The picture is asked for again later; import fewer at once if it stays.`;
			return new AppError("source_rate_limited", detail, { extensions });
		}
		const detail = `${host} answered ${status}. The picture is asked for again later; if it stays, tell the host's operator.`;
		return new AppError("source_failed", detail, { extensions });
	}
	if (status >= 400) {
		return new AppError(
			"source_refused",
			`${name} is not given to us (${status}). Give the URL of a picture that anybody may see, or send the picture itself.`,
		);
	}
	return new AppError(
		"source_unexpected_status",
		`${name} answered ${status}, which is no answer to a plain request for a picture. Give another URL, or send the picture itself.`,
	);
}

/** Some runtimes put the URL into their message. */
function withoutUrl(thrown: unknown, url: string): Error {
	const message = thrown instanceof Error ? thrown.message : String(thrown);
	const { search } = new URL(url);
	const told = message.replaceAll(url, nameSource(url));
	return new Error(search === "" ? told : told.replaceAll(search, ""));
}
