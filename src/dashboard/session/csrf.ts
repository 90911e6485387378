/**
 * Whether a form was sent from a page of ours: it holds a token that only pages of this session know, and the browser
 * says that it comes from this origin (OWASP, Cross-Site Request Forgery Prevention: HMAC based token, Fetch Metadata).
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { AppError } from "../../errors.ts";
import type { DashboardContext } from "../context.ts";

/** With a key of its own: the secret itself signs cookies, and what stands in every page must never pass as one. */
export const csrfTokenOf = (secret: string, session: string): string =>
	createHmac("sha256", createHmac("sha256", secret).update("key of csrf tokens").digest())
		.update(session)
		.digest("base64url");

export function isSameToken(known: string, given: string | undefined): boolean {
	const [one, other] = [Buffer.from(known), Buffer.from(given ?? "")];
	return one.length === other.length && timingSafeEqual(one, other);
}

/** False for what another site made the browser send. Some tools send neither header: the token binds those too. */
export function isFromOurPages(c: DashboardContext): boolean {
	const site = c.req.header("sec-fetch-site");
	const origin = c.req.header("origin");
	return (
		(site === undefined || site === "same-origin") && (origin === undefined || origin === new URL(c.req.url).origin)
	);
}

/** What is said to whoever sent such a form: mostly a page that stood open for too long. */
export const forgedForm = () =>
	new AppError(
		"forged_form",
		"This form was not sent from a page of your session. Load the page again, and send it from there.",
	);
