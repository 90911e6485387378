/** `/v1/cleanups`: what is nobody's, found, removed, and brought back. Of everybody's, so for administrators. */
import { createRoute } from "@hono/zod-openapi";
import { eq } from "drizzle-orm";
import { type CleanupRun, findRun, isUndoable, listFinds, listRuns } from "../../db/cleanups.ts";
import { tasks } from "../../db/schema.ts";
import { AppError } from "../../errors.ts";
import { undoCleanup } from "../../handlers/undo-cleanup.ts";
import { presentCleanup, presentFind } from "../cleanups/present-cleanup.ts";
import {
	cleanupJson,
	cleanupListQuery,
	cleanupPage,
	cleanupReport,
	newCleanupBody,
	reportQuery,
	runParam,
} from "../cleanups/schemas.ts";
import { type ApiContext, createRouter, databaseOf, visibilityOf } from "../context.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { limitJsonBody } from "../middleware/limit-json-body.ts";
import { requireJson } from "../middleware/require-json.ts";
import { idempotencyHeader, jsonBody, jsonOf, problemsOf } from "../openapi.ts";
import { enqueueRequests, readTaskKey } from "../tasks/enqueue-requests.ts";
import { readTaskRequests } from "../tasks/read-requests.ts";

export const cleanupRoutes = createRouter();

cleanupRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/cleanups",
		tags: ["Operation"],
		summary: "Begin a run of a cleanup; with dry_run it only lists what it would remove",
		description: "What it removes lies in the trash for TRASH_DAYS. At most one run of a kind is under way.",
		middleware: [requireScope("admin"), requireJson, limitJsonBody] as const,
		request: { headers: idempotencyHeader, body: jsonBody(newCleanupBody) },
		responses: { 202: jsonOf(cleanupJson, "The run"), ...problemsOf(400, 401, 403, 409, 413, 415, 422) },
	}),
	async (c) => {
		const { task: name, options } = c.req.valid("json");
		const db = databaseOf(c);
		const key = readTaskKey(c);
		const named = { name, arguments: options, path: "", ...(key === undefined ? {} : { idempotency_key: key }) };
		const asker = { ownerId: c.var.token.ownerId, visibility: visibilityOf(c) };
		const [answer] = await enqueueRequests(c, await readTaskRequests(db, [named], asker, Date.now()));
		if (!answer) throw new Error("an enqueued task was not answered");
		const run = await findRunOfTask(c, answer.id);
		if (!answer.isNew && !(await isOfKey(c, answer.id, key))) {
			throw new AppError(
				"cleanup_under_way",
				`A run of ${name} is under way: ${run.id}. Wait until it has ended, or cancel its task.`,
				{ extensions: { run: run.id } },
			);
		}
		return c.json(presentCleanup(run, Date.now()), 202, { location: `/v1/cleanups/${run.id}` });
	},
);

cleanupRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/cleanups",
		tags: ["Operation"],
		summary: "Runs of cleanups, newest first, page by page",
		middleware: [requireScope("admin")] as const,
		request: { query: cleanupListQuery },
		responses: { 200: jsonOf(cleanupPage, "A page"), ...problemsOf(400, 401, 403) },
	}),
	async (c) => {
		const { cursor, limit } = c.req.valid("query");
		// One more than asked for tells whether there is a next page.
		const rows = await listRuns(databaseOf(c), { before: cursor, limit: limit + 1 });
		const page = rows.slice(0, limit);
		const now = Date.now();
		const last = rows.length > limit ? page.at(-1) : undefined;
		return c.json({ cleanups: page.map((run) => presentCleanup(run, now)), next_cursor: last?.id ?? null }, 200);
	},
);

cleanupRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/cleanups/{id}",
		tags: ["Operation"],
		summary: "The report of a run; verbose, with what it found, page by page",
		middleware: [requireScope("admin")] as const,
		request: { params: runParam, query: reportQuery },
		responses: { 200: jsonOf(cleanupReport, "The report"), ...problemsOf(400, 401, 403, 404) },
	}),
	async (c) => {
		const { verbose, cursor, limit } = c.req.valid("query");
		const run = await requireRun(c);
		const isVerbose = verbose === undefined ? run.options.verbose === true : verbose === "true";
		const rows = isVerbose ? await listFinds(databaseOf(c), run.id, { after: cursor, limit: limit + 1 }) : [];
		const page = rows.slice(0, limit);
		const last = rows.length > limit ? page.at(-1) : undefined;
		const finds = isVerbose ? page.map(presentFind) : null;
		return c.json({ ...presentCleanup(run, Date.now()), finds, next_cursor: last?.subject ?? null }, 200);
	},
);

cleanupRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/cleanups/{id}/undo",
		tags: ["Operation"],
		summary: "Bring back what a run removed, as far as it is still in the trash",
		description: "May be repeated: what could not be brought back is tried again.",
		middleware: [requireScope("admin")] as const,
		request: { params: runParam },
		responses: { 202: jsonOf(cleanupJson, "The run"), ...problemsOf(401, 403, 404, 409) },
	}),
	async (c) => {
		const run = await requireRun(c);
		if (run.state !== "undoing") {
			if (!isUndoable(run)) throw notUndoable(run);
			const options = { ownerId: c.var.token.ownerId };
			await enqueueRequests(c, [{ definition: undoCleanup, arguments: { run: run.id }, options }]);
		}
		return c.json(presentCleanup(await requireRun(c), Date.now()), 202);
	},
);

/** @throws AppError `not_found` */
async function requireRun(c: ApiContext): Promise<CleanupRun> {
	const run = await findRun(databaseOf(c), c.req.param("id") ?? "");
	if (!run) throw new AppError("not_found", "There is no such run of a cleanup.");
	return run;
}

/** A slice names its run; the first one is named as its run is. */
async function findRunOfTask(c: ApiContext, taskId: string): Promise<CleanupRun> {
	const db = databaseOf(c);
	const task = await db.select({ arguments: tasks.arguments }).from(tasks).where(eq(tasks.id, taskId)).get();
	const { run: id = taskId } = (task?.arguments ?? {}) as { run?: string };
	const run = await findRun(db, id);
	if (!run) throw new Error(`the task ${taskId} of a cleanup has no run`);
	return run;
}

/** Whether a task that was there before is the one that this very request had made. */
async function isOfKey(c: ApiContext, taskId: string, key: string | undefined): Promise<boolean> {
	if (key === undefined) return false;
	const task = await databaseOf(c).select({ key: tasks.idempotencyKey }).from(tasks).where(eq(tasks.id, taskId)).get();
	return task?.key === key;
}

function notUndoable({ state, options, taskName }: CleanupRun): AppError {
	const isEmpty = options.dry_run === true || state === "refused";
	const why = isEmpty
		? "It removed nothing."
		: taskName === "cleanup_task_results"
			? "What is past its life is not kept."
			: "It is under way. Wait until it has ended.";
	return new AppError("conflict", `The run cannot be undone. ${why}`);
}
