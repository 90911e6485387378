/** `/dashboard/tasks…`: what work there is, what became of it, and what is done about it. */
import { databaseOf } from "../../api/context.ts";
import { findTickOfTask } from "../../db/schedules.ts";
import { countStates } from "../../db/task-counts.ts";
import { type ListedTask, listTasks } from "../../db/task-lists.ts";
import { findTask } from "../../db/tasks.ts";
import { AppError } from "../../errors.ts";
import { taskRegistry } from "../../handlers/registry.ts";
import { type ApiAnswer, callApi } from "../call-api.ts";
import { createPages, type DashboardContext } from "../context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { renderPage } from "../layout/render-page.tsx";
import { done, refused } from "../session/notice.ts";
import { onSubmit } from "../session/on-submit.ts";
import { type BulkAction, type BulkChoice, BulkPage, MAX_CHANGED_AT_ONCE } from "./bulk-page.tsx";
import { curlOf } from "./curl.ts";
import { readSorting, type Sorting } from "./filter-form.tsx";
import { TaskListPage } from "./list-page.tsx";
import { asApiTakesThem, readTaskQuery } from "./read-query.ts";
import { TaskPage } from "./task-page.tsx";
import { type TaskTimes, timesOf } from "./task-times.ts";

export const taskPages = createPages();

const PATH = "/dashboard/tasks";
const TASKS_PER_PAGE = 50;
/** Sorted by something that no index has: as many of the newest that fit. */
const MAX_SORTED = 500;

const registered = [...taskRegistry.keys()].sort();

taskPages.get(PATH, async (c) => {
	const query = readTaskQuery(c.req);
	const sorting = readSorting(c.req.query("sort"));
	const before = c.req.query("cursor") || undefined;
	const isOldestFirst = sorting === "oldest";
	const measure = sorting === "newest" || isOldestFirst ? undefined : measures[sorting];
	const limit = measure ? MAX_SORTED : TASKS_PER_PAGE;
	const db = databaseOf(c);
	const [page, counts] = await Promise.all([
		query.filter
			? listTasks(db, query.filter, "everything", { before, limit, isOldestFirst })
			: { tasks: [], nextCursor: null },
		Object.keys(query.fields).every((name) => name === "state") ? countStates(db) : undefined,
	]);
	const tasks = measure ? sortTasks(page.tasks, measure) : page.tasks;
	return renderPage(
		c,
		{ title: "Tasks", section: "Tasks", status: query.filter ? 200 : 422 },
		<TaskListPage
			query={query}
			sorting={sorting}
			sortedCount={measure && tasks.length}
			counts={counts}
			tasks={tasks.slice(0, TASKS_PER_PAGE)}
			nextCursor={page.nextCursor}
			isFirstPage={before === undefined}
			isShort={tasks.length < limit}
			registered={registered}
		/>,
	);
});

const measures: Record<Exclude<Sorting, "newest" | "oldest">, (times: TaskTimes) => number | null> = {
	longest_run: ({ runMs }) => runMs,
	longest_wait: ({ waitMs }) => waitMs,
};

function sortTasks(
	tasks: readonly ListedTask[],
	measure: (times: TaskTimes) => number | null,
	now = Date.now(),
): readonly ListedTask[] {
	const measured = tasks.map((task) => ({ task, ms: measure(timesOf(task, now)) ?? -1 }));
	return measured.sort((one, other) => other.ms - one.ms).map(({ task }) => task);
}

/** Calls that count what would be changed. */
const MAX_COUNTING_CALLS = 5;

interface BulkAnswer {
	matched: number;
	changed: number;
	tasks: Pick<ListedTask, "id" | "name" | "state">[];
	next_cursor: string | null;
}

taskPages.get(`${PATH}/bulk`, async (c) => {
	const choice = readChoice(new URL(c.req.url).searchParams);
	const found: BulkAnswer["tasks"] = [];
	let cursor: string | null = choice.cursor ?? null;
	for (let call = 0; call < MAX_COUNTING_CALLS; call++) {
		const answer = await callBulk(c, { ...choice, cursor: cursor ?? undefined }, true);
		if (!answer.isOk) throw answer.error;
		found.push(...answer.body.tasks);
		cursor = answer.body.next_cursor;
		// What is rare is looked for from page to page, not all at once.
		if (cursor === null || answer.body.matched === 0) break;
	}
	return renderPage(
		c,
		{ title: choice.action === "retry" ? "Retry tasks" : "Cancel tasks", section: "Tasks" },
		<BulkPage choice={choice} found={found} nextCursor={cursor} />,
	);
});

onSubmit(taskPages, `${PATH}/bulk`, { name: "tasks.bulk" }, async (c) => {
	const choice = readChoice(c.var.form);
	const { action, ids, fields } = choice;
	const back = pageUrl(PATH, fields);
	const answer = await callBulk(c, choice, false);
	if (!answer.isOk) return refused(c, back, answer.error);
	const { matched, next_cursor: cursor } = answer.body;
	const changed = choice.changedBefore + answer.body.changed;
	if (cursor !== null && ids.length === 0) {
		return { response: c.redirect(pageUrl(`${PATH}/bulk`, { ...fields, action, cursor, changed }), 303) };
	}
	const what = changed === 1 ? "1 task" : `${changed} tasks`;
	const passedOver = matched - answer.body.changed;
	return done(
		c,
		back,
		`${what} ${action === "retry" ? "will be tried again" : "cancelled"}.${passedOver > 0 ? ` ${passedOver} could not be, or were changed meanwhile.` : ""}`,
	);
});

/** @throws AppError `invalid_request` where nothing, or something that does not fit, was chosen */
function readChoice(given: URLSearchParams): BulkChoice {
	const action: BulkAction = given.get("action") === "cancel" ? "cancel" : "retry";
	const ids = given.getAll("id");
	const { fields } = readTaskQuery(given);
	if (ids.length === 0 && Object.keys(fields).length === 0) {
		throw new AppError("invalid_request", "Nothing was selected. Go back, and select tasks or filter them.");
	}
	return {
		action,
		ids,
		fields: ids.length > 0 ? {} : fields,
		cursor: given.get("cursor") ?? undefined,
		changedBefore: readCount(given.get("changed")),
	};
}

const readCount = (given: string | null): number => (given !== null && /^\d{1,9}$/.test(given) ? Number(given) : 0);

const callBulk = (
	c: DashboardContext,
	{ action, ids, fields, cursor }: BulkChoice,
	isDryRun: boolean,
): Promise<ApiAnswer<BulkAnswer>> =>
	callApi<BulkAnswer>(c, "POST", "/v1/tasks/bulk", {
		json: {
			action,
			dry_run: isDryRun,
			limit: MAX_CHANGED_AT_ONCE,
			...(ids.length > 0 ? { ids } : { filter: asApiTakesThem(fields) }),
			...(cursor !== undefined && ids.length === 0 && { cursor }),
		},
	});

taskPages.get(`${PATH}/:id`, async (c) => {
	const id = c.req.param("id");
	const [task, tick] = await Promise.all([
		findTask(databaseOf(c), id, "everything"),
		findTickOfTask(databaseOf(c), id),
	]);
	if (!task) throw new AppError("not_found", "There is no such task. Ended tasks are kept for some days only.");
	const isOpen = taskRegistry.get(task.name)?.isInternal === false;
	const curl = isOpen ? curlOf(new URL(c.req.url).origin, task.name, task.arguments) : undefined;
	return renderPage(
		c,
		{ title: `${task.name} ${task.id.slice(0, 8)}`, section: "Tasks" },
		<TaskPage task={task} tick={tick} curl={curl} />,
	);
});

onSubmit(taskPages, `${PATH}/:id/retry`, { name: "task.retry" }, async (c) => {
	const path = `${PATH}/${c.req.param("id")}`;
	const answer = await callApi<{ id: string }>(c, "POST", `/v1/tasks/${c.req.param("id")}/retry`);
	if (!answer.isOk) return refused(c, path, answer.error);
	return done(c, `${PATH}/${answer.body.id}`, "This task tries it again.");
});

onSubmit(taskPages, `${PATH}/:id/cancel`, { name: "task.cancel" }, async (c) => {
	const path = `${PATH}/${c.req.param("id")}`;
	const answer = await callApi(c, "POST", `/v1/tasks/${c.req.param("id")}/cancel`);
	return answer.isOk ? done(c, path, "The task is cancelled.") : refused(c, path, answer.error);
});
