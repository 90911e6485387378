/** Where a source's redirects lead: each is judged as a URL of its own, and none leads back. */
import { AppError } from "../errors.ts";
import type { AllowedHost } from "./allowed-hosts.ts";
import { judgeRedirect } from "./judge-url.ts";
import { nameSource, redirectRefused } from "./source-errors.ts";

export const MAX_REDIRECTS = 5;

const redirectStatuses = [301, 302, 303, 307, 308];

export const isRedirectStatus = (status: number): boolean => redirectStatuses.includes(status);

/** The way from one URL to where its redirects end. */
export class RedirectTrail {
	readonly #allowed: readonly AllowedHost[];
	readonly #visited: string[];

	/** @param start a URL that was judged */
	constructor(start: string, allowed: readonly AllowedHost[]) {
		this.#allowed = allowed;
		this.#visited = [start];
	}

	/** Where the trail has come to. */
	get url(): string {
		return this.#visited.at(-1) as string;
	}

	get isRedirected(): boolean {
		return this.#visited.length > 1;
	}

	/**
	 * @param location the header as it came
	 * @throws AppError `redirect_without_location`, the rule of `judgeRedirect` that is broken, `redirect_loop`,
	 * `too_many_redirects`
	 */
	follow(location: string | null): void {
		if (location === null || location.trim() === "") {
			throw this.#refuse("redirect_without_location", "redirects, but does not say where to");
		}
		const judged = judgeRedirect(location, this.url, this.#allowed);
		if (!judged.isAllowed) {
			// Only then is all else in order, so that what the host is called is no matter of opinion.
			const isToStranger = judged.rule === "url_host_not_allowed" || judged.rule === "url_path_not_allowed";
			throw redirectRefused(judged.rule, this.url, isToStranger ? new URL(location, this.url).host : undefined);
		}
		if (this.#visited.includes(judged.url)) throw this.#refuse("redirect_loop", "redirects in a circle");
		if (this.#visited.length > MAX_REDIRECTS) {
			throw this.#refuse("too_many_redirects", `is the end of ${MAX_REDIRECTS} redirects, and redirects again`);
		}
		this.#visited.push(judged.url);
	}

	#refuse(code: "redirect_without_location" | "redirect_loop" | "too_many_redirects", what: string): AppError {
		return new AppError(code, `${nameSource(this.url)} ${what}. Give the URL of the picture itself.`);
	}
}
