/** What came of the last form, told once on the next page: a cookie, so that the address stays the page's. */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { AppError } from "../../errors.ts";
import type { DashboardContext } from "../context.ts";
import type { Submitted } from "./on-submit.ts";
import { isSecure } from "./session-cookie.ts";

export interface Notice {
	kind: "done" | "failed";
	/** Shown as text, whatever is in it. */
	text: string;
}

const NAME = "footy-notice";
const MAX_CHARACTERS = 400;

/** Back to a page, which says that it was done. */
export function done(c: DashboardContext, path: string, text: string): Submitted {
	return { response: tell(c, path, { kind: "done", text }) };
}

/** Back to a page, which says why it was refused. */
export function refused(c: DashboardContext, path: string, error: AppError): Submitted {
	return { response: tell(c, path, { kind: "failed", text: error.detail }), error };
}

function tell(c: DashboardContext, path: string, { kind, text }: Notice): Response {
	setCookie(c, NAME, `${kind}~${text.slice(0, MAX_CHARACTERS)}`, {
		path: "/dashboard",
		secure: isSecure(c),
		httpOnly: true,
		sameSite: "Strict",
		maxAge: 60,
	});
	return c.redirect(path, 303);
}

/** The notice, which is then forgotten. */
export function takeNotice(c: DashboardContext): Notice | undefined {
	const [, kind, text] = /^(done|failed)~(.+)$/s.exec(getCookie(c, NAME) ?? "") ?? [];
	if (!text) return undefined;
	deleteCookie(c, NAME, { path: "/dashboard" });
	return { kind: kind === "done" ? "done" : "failed", text };
}
