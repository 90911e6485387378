/** Signing in and out. */
import { databaseOf } from "../../api/context.ts";
import { sha256Hex } from "../../api/middleware/authenticate.ts";
import { beginAuditEntry, endAuditEntry } from "../../db/audit.ts";
import { findLivingToken, tellToken } from "../../db/tokens.ts";
import { configurationOf } from "../../env.ts";
import { logEvent } from "../../log.ts";
import { createPages, type DashboardContext } from "../context.ts";
import { answerDocument } from "../layout/answer-document.ts";
import { safeReturn } from "../layout/page-url.ts";
import { csrfTokenOf, forgedForm, isFromOurPages, isSameToken } from "./csrf.ts";
import { operatorOf } from "./operator.ts";
import { readForm } from "./read-form.ts";
import { closeSession, openSession, readSession } from "./session-cookie.ts";
import { SignInPage } from "./sign-in-page.tsx";

export const sessionPages = createPages();

sessionPages.get("/dashboard/sign-in", (c) => {
	const { sessionSecret: secret, access } = configurationOf(c.env);
	const isPossible = secret !== null;
	const next = safeReturn(c.req.query("next"), "/dashboard");
	if (isPossible && access) return c.redirect(next, 303);
	return answerDocument(c, <SignInPage next={next} isPossible={isPossible} />, isPossible ? 200 : 503);
});

sessionPages.post("/dashboard/sign-in", async (c) => {
	const { sessionSecret: secret, access } = configurationOf(c.env);
	const form = await readForm(c);
	const next = safeReturn(form.get("next"), "/dashboard");
	const refuse = (reason: string, fault: string, tokenId?: string) => {
		logEvent("warn", "session.refused", { request_id: c.var.requestId, via: "token", reason, token_id: tokenId });
		return answerDocument(c, <SignInPage next={next} fault={fault} isPossible={secret !== null} />, 403);
	};
	// Another site could sign its visitor in as somebody else, and see what they do.
	if (secret === null || !isFromOurPages(c)) {
		return refuse("foreign_form", "This form was not sent from this page. Try again here.");
	}
	if (access) return refuse("access_only", "This dashboard is opened through Cloudflare Access, not with tokens.");
	const now = Date.now();
	const token = await findLivingToken(databaseOf(c), { sha256: sha256Hex((form.get("token") ?? "").trim()) }, now);
	if (!token) return refuse("unknown_token", "There is no such token, or it has expired or was revoked.");
	const operator = operatorOf(token, "");
	if (!operator) {
		const fault = "This token does not open the dashboard: it needs the scope admin or dashboard:read.";
		return refuse("missing_scope", fault, token.id);
	}
	await openSession(c, secret, token.id, now);
	await recordSession(c, operator.name, "session.open", now);
	return c.redirect(next, 303);
});

sessionPages.post("/dashboard/sign-out", async (c) => {
	const secret = configurationOf(c.env).sessionSecret;
	const form = await readForm(c);
	const now = Date.now();
	const session = secret === null ? undefined : await readSession(c, secret, now);
	if (session && secret !== null) {
		if (!isFromOurPages(c) || !isSameToken(csrfTokenOf(secret, session.id), form.get("csrf") ?? undefined)) {
			throw forgedForm();
		}
		const token = await findLivingToken(databaseOf(c), { id: session.tokenId }, now);
		if (token) await recordSession(c, tellToken(token), "session.close", now);
	}
	closeSession(c);
	return c.redirect("/dashboard/sign-in", 303);
});

async function recordSession(c: DashboardContext, actor: string, action: string, now: number): Promise<void> {
	const db = databaseOf(c);
	const id = await beginAuditEntry(db, { actor, action, subject: "/", detail: {} }, now);
	await endAuditEntry(db, id, 303, null);
}
