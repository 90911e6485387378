/** `/dashboard/cleanups…`: what is nobody's, looked for, removed and brought back. */

import { cleanupTasks } from "../../api/cleanups/schemas.ts";
import { databaseOf } from "../../api/context.ts";
import { findRun, isUndoable, listFinds, listRuns } from "../../db/cleanups.ts";
import { configurationOf } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { callApi } from "../call-api.ts";
import { createPages, type DashboardContext } from "../context.ts";
import { renderPage } from "../layout/render-page.tsx";
import { done, refused } from "../session/notice.ts";
import { onSubmit } from "../session/on-submit.ts";
import { CleanupListPage, type CleanupValues, total } from "./list-page.tsx";
import { RunPage } from "./run-page.tsx";

export const cleanupPages = createPages();

const PATH = "/dashboard/cleanups";
const RUNS_PER_PAGE = 30;
const FINDS_PER_PAGE = 100;

const noValues: CleanupValues = { task: cleanupTasks[0], older_than_hours: "", max_share: "", incomplete_only: "" };

cleanupPages.get(PATH, (c) => renderList(c, noValues));

async function renderList(c: DashboardContext, values: CleanupValues, fault?: string): Promise<Response> {
	const before = c.req.query("cursor") || undefined;
	const rows = await listRuns(databaseOf(c), { before, limit: RUNS_PER_PAGE + 1 });
	const runs = rows.slice(0, RUNS_PER_PAGE);
	const next = rows.length > RUNS_PER_PAGE ? (runs.at(-1)?.id ?? null) : null;
	return renderPage(
		c,
		{ title: "Cleanups", section: "Cleanups", status: fault === undefined ? 200 : 422 },
		<CleanupListPage runs={runs} next={next} isFirstPage={before === undefined} values={values} fault={fault} />,
	);
}

onSubmit(cleanupPages, `${PATH}/begin`, { name: "cleanup.begin" }, async (c) => {
	const { form } = c.var;
	const text = (name: keyof CleanupValues) => (form.get(name) ?? "").trim();
	const values: CleanupValues = {
		task: text("task"),
		older_than_hours: text("older_than_hours"),
		max_share: text("max_share"),
		incomplete_only: text("incomplete_only"),
	};
	// What looks for things is begun as a look: only its report leads to removing.
	const answer = await callApi<{ id: string }>(c, "POST", "/v1/cleanups", {
		json: { task: values.task, options: optionsOf(values) },
	});
	const told =
		values.task === "cleanup_task_results" ? "The cleanup has begun." : "The dry run has begun: it only looks.";
	if (answer.isOk) return done(c, `${PATH}/${answer.body.id}`, told);
	return { response: await renderList(c, values, answer.error.detail), error: answer.error };
});

function optionsOf({ task, older_than_hours, max_share, incomplete_only }: CleanupValues): Record<string, unknown> {
	if (task === "cleanup_task_results") return {};
	const isOfIncomplete = task === "cleanup_orphaned_photos" || task === "cleanup_old_incomplete_photos";
	return {
		dry_run: true,
		verbose: true,
		...(older_than_hours !== "" && { older_than_hours: Number(older_than_hours) }),
		...(max_share !== "" && { max_share: Number(max_share) }),
		...(incomplete_only !== "" && isOfIncomplete && { incomplete_only: true }),
	};
}

cleanupPages.get(`${PATH}/:id`, async (c) => {
	const run = await findRun(databaseOf(c), c.req.param("id"));
	if (!run) throw new AppError("not_found", "There is no such run of a cleanup.");
	const after = c.req.query("cursor") || undefined;
	const rows = await listFinds(databaseOf(c), run.id, { after, limit: FINDS_PER_PAGE + 1 });
	const finds = rows.slice(0, FINDS_PER_PAGE);
	const next = rows.length > FINDS_PER_PAGE ? (finds.at(-1)?.subject ?? null) : null;
	const { trashLifeMs } = configurationOf(c.env);
	const until = (run.endedAt ?? run.startedAt) + trashLifeMs;
	// Of a page that was not ended nothing is counted, and yet some of it may be in the trash.
	const mayHaveRemoved = total(run.counts.removed) > 0 || (run.state === "failed" && run.cursor.phase !== "finding");
	const canUndo = isUndoable(run) && run.state !== "undone" && mayHaveRemoved;
	return renderPage(
		c,
		{ title: `${run.taskName} ${run.id.slice(0, 8)}`, section: "Cleanups" },
		<RunPage run={run} finds={finds} next={next} undoableUntil={canUndo && until > Date.now() ? until : null} />,
	);
});

onSubmit(cleanupPages, `${PATH}/:id/again`, { name: "cleanup.remove" }, async (c) => {
	const path = `${PATH}/${c.req.param("id")}`;
	const run = await findRun(databaseOf(c), c.req.param("id") ?? "");
	if (!run) throw new AppError("not_found", "There is no such run of a cleanup.");
	const { run: _, ...options } = run.options;
	const answer = await callApi<{ id: string }>(c, "POST", "/v1/cleanups", {
		json: { task: run.taskName, options: { ...options, dry_run: false } },
	});
	if (!answer.isOk) return refused(c, path, answer.error);
	return done(
		c,
		`${PATH}/${answer.body.id}`,
		"The run has begun. What it removes lies in the trash until then, and can be brought back.",
	);
});

onSubmit(cleanupPages, `${PATH}/:id/undo`, { name: "cleanup.undo" }, async (c) => {
	const path = `${PATH}/${c.req.param("id")}`;
	const answer = await callApi(c, "POST", `/v1/cleanups/${c.req.param("id")}/undo`);
	return answer.isOk ? done(c, path, "What it removed is being brought back.") : refused(c, path, answer.error);
});
