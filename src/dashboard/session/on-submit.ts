/** Forms that change something: for operators who may, from pages of ours, and each in the audit log. */
import type { Hono } from "hono";
import { databaseOf } from "../../api/context.ts";
import { beginAuditEntry, endAuditEntry } from "../../db/audit.ts";
import { AppError, toAppError } from "../../errors.ts";
import type { DashboardBindings, DashboardContext } from "../context.ts";
import { forgedForm, isFromOurPages, isSameToken } from "./csrf.ts";
import { readForm } from "./read-form.ts";

/** What a form does, for the audit log. */
export interface Action {
	/** As `noun.verb`: `task.retry`. */
	name: string;
	/** A multipart body: it is not read here, and brings its CSRF token as the header `x-csrf-token` or in the URL. */
	isUpload?: true;
}

/** Longer values are cut: the log is for people. */
const MAX_DETAIL_CHARACTERS = 200;
/** Of a field that is sent many times: the ids of as many tasks as are changed at once. */
const MAX_LIST_CHARACTERS = 4000;
const MAX_SUBJECT_CHARACTERS = 200;

/** What a form's handler answers with, and whether the API refused what it asked for. */
export interface Submitted {
	response: Response;
	/** Undefined when it was done. */
	error?: AppError | undefined;
}

/** @param path of the site, such as `/dashboard/tasks/:id/retry`; what stands before its last part is the subject */
export function onSubmit(
	pages: Hono<DashboardBindings>,
	path: `/dashboard/${string}`,
	action: Action,
	handler: (c: DashboardContext) => Promise<Submitted>,
): void {
	pages.post(path, async (c) => {
		const context = c as DashboardContext;
		const form = action.isUpload ? new URLSearchParams() : await readForm(context);
		assertMayChange(context, form);
		context.set("form", form);
		const db = databaseOf(context);
		const entry = {
			actor: c.var.operator.name,
			action: action.name,
			subject: subjectOf(c.req.path),
			detail: detailOf(form),
		};
		const id = await beginAuditEntry(db, entry, Date.now());
		try {
			const { response, error } = await handler(context);
			await endAuditEntry(db, id, error?.status ?? response.status, error?.code ?? null);
			return response;
		} catch (thrown) {
			const error = toAppError(thrown);
			await endAuditEntry(db, id, error.status, error.code);
			throw thrown;
		}
	});
}

/** @throws AppError `insufficient_scope`, `forged_form` */
export function assertMayChange(c: DashboardContext, form: URLSearchParams): void {
	if (!c.var.operator.canChange) {
		const advice =
			c.var.operator.via === "access"
				? "Those may whom ACCESS_ADMINS names."
				: "Sign in with a token of the scope admin to change it.";
		throw new AppError("insufficient_scope", `You may look at everything here and change nothing. ${advice}`);
	}
	const given = form.get("csrf") ?? c.req.header("x-csrf-token") ?? c.req.query("csrf");
	if (!isFromOurPages(c) || !isSameToken(c.var.csrfToken, given)) {
		throw forgedForm();
	}
}

/** What an action is done to: the page above it. */
const subjectOf = (path: string): string =>
	path
		.replace(/^\/dashboard/, "")
		.replace(/\/[^/]+$/, "")
		.slice(0, MAX_SUBJECT_CHARACTERS) || "/";

function detailOf(form: URLSearchParams): Record<string, string> {
	const told = [...form].filter(([name, value]) => name !== "csrf" && value !== "");
	const lists = Map.groupBy(told, ([name]) => name);
	return Object.fromEntries(
		[...lists].map(([name, values]) => [
			name,
			values
				.map(([, value]) => value.slice(0, MAX_DETAIL_CHARACTERS))
				.join(", ")
				.slice(0, MAX_LIST_CHARACTERS),
		]),
	);
}
