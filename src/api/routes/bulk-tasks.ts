/** `POST /v1/tasks/bulk`: cancelling or retrying tasks that are named, or whatever a filter finds, a bounded number at a time. */
import { createRoute, z } from "@hono/zod-openapi";
import { type TaskState, taskStates } from "../../db/schema.ts";
import { type ListedTask, listTasks, type TaskFilter } from "../../db/task-lists.ts";
import { readRetriedIds, readTaskRows } from "../../db/task-rows.ts";
import { AppError } from "../../errors.ts";
import { taskRegistry } from "../../handlers/registry.ts";
import { taskQueuesOf } from "../../queues/task-queues.ts";
import { endTasks, MAX_ENDED_AT_ONCE } from "../../tasks/end-from-outside.ts";
import { type EnqueuedTask, sendTasks } from "../../tasks/enqueue.ts";
import { enqueueTasks, type TaskRequest } from "../../tasks/enqueue-tasks.ts";
import { retryRequest } from "../../tasks/retry-by-hand.ts";
import { type ApiContext, createRouter, databaseOf, visibilityOf } from "../context.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { limitJsonBody } from "../middleware/limit-json-body.ts";
import { requireJson } from "../middleware/require-json.ts";
import { jsonBody, jsonOf, problemsOf } from "../openapi.ts";
import { readFilter } from "../tasks/read-filter.ts";
import { taskFilter } from "../tasks/read-schemas.ts";
import { cancelledOnRequest } from "./change-tasks.ts";

export const bulkTaskRoutes = createRouter();

/** Each takes up to ten queries to be cancelled, and a request has 1,000: some are needed to find them. */
const MAX_TASKS = 90;
/** How many pages of candidates one call looks through. */
const MAX_PAGES = 10;
/** Candidates of a page behind one in which too few fitted. */
const MORE_CANDIDATES = 300;

const filterJson = taskFilter.refine(
	(filter) => Object.keys(filter).length > 0,
	"name at least one thing to filter by",
);

const bulkBody = z
	.strictObject({
		action: z.enum(["cancel", "retry"]),
		filter: filterJson.optional(),
		ids: z.array(z.uuid()).min(1).max(MAX_TASKS).optional().openapi({ description: "These, instead of a filter." }),
		limit: z.number().int().min(1).max(MAX_TASKS).default(MAX_TASKS),
		dry_run: z.boolean().default(false).openapi({ description: "Only tells what would be changed." }),
		cursor: z.uuid().optional().openapi({ description: "next_cursor of the call before: goes on behind it." }),
	})
	.refine(({ filter, ids }) => (filter === undefined) !== (ids === undefined), "name either a filter or ids")
	.openapi("BulkChange");

const bulkJson = z
	.object({
		action: z.enum(["cancel", "retry"]),
		dry_run: z.boolean(),
		matched: z.number().int().openapi({ description: "Tasks that fit the filter and the action, at most `limit`." }),
		changed: z.number().int(),
		tasks: z.array(
			z.object({
				id: z.string(),
				name: z.string(),
				state: z.enum(taskStates).openapi({ description: "As it was found." }),
				new_id: z.string().nullable().openapi({ description: "Of a retry: the task that tries it again." }),
			}),
		),
		next_cursor: z.string().nullable().openapi({ description: "Null when there is no more to be looked at." }),
	})
	.openapi("BulkChanged");

bulkTaskRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/tasks/bulk",
		tags: ["Tasks"],
		summary: "Cancel or retry tasks by their ids, or what a filter finds",
		description: `Cancels tasks that have not ended, retries those that failed or were cancelled and were not tried again yet; others that fit the filter are passed over. Newest first, at most ${MAX_TASKS} a call: go on with next_cursor. Try it with dry_run first.`,
		middleware: [requireScope("tasks:write"), requireJson, limitJsonBody] as const,
		request: { body: jsonBody(bulkBody) },
		responses: { 200: jsonOf(bulkJson, "What was found and changed"), ...problemsOf(400, 401, 403, 413, 415) },
	}),
	async (c) => {
		const { action, filter, ids, limit, dry_run: isDryRun, cursor } = c.req.valid("json");
		const { found, nextCursor } = ids
			? { found: await findNamed(c, action, ids), nextCursor: null }
			: await findFitting(c, action, readFilter(filter ?? {}), limit, cursor);
		const changes = isDryRun ? new Map<string, string | null>() : await changeAll(c, action, found);
		return c.json(
			{
				action,
				dry_run: isDryRun,
				matched: found.length,
				changed: changes.size,
				tasks: found.map(({ id, name, state }) => ({ id, name, state, new_id: changes.get(id) ?? null })),
				next_cursor: nextCursor,
			},
			200,
		);
	},
);

type Action = z.infer<typeof bulkBody>["action"];

const fits: Record<Action, (task: ListedTask) => boolean> = {
	cancel: ({ finishedAt }) => finishedAt === null,
	retry: ({ state, name }) => (state === "failed" || state === "cancelled") && taskRegistry.has(name),
};

/** Those that the action would change; one round trip at most. */
async function findChangeable(c: ApiContext, action: Action, tasks: readonly ListedTask[]): Promise<ListedTask[]> {
	const fitting = tasks.filter(fits[action]);
	if (action === "cancel" || fitting.length === 0) return fitting;
	const retried = await readRetriedIds(
		databaseOf(c),
		fitting.map(({ id }) => id),
	);
	return fitting.filter(({ id }) => !retried.has(id));
}

const fittingStates: Record<Action, readonly TaskState[]> = {
	cancel: ["pending", "sent", "started", "retrying"],
	retry: ["failed", "cancelled"],
};

/** Those of the named ones that are there, may be seen, and fit the action. */
async function findNamed(c: ApiContext, action: Action, ids: readonly string[]): Promise<ListedTask[]> {
	const visibility = visibilityOf(c);
	const rows = await readTaskRows(databaseOf(c), ids);
	const visible = rows.filter(({ ownerId }) => visibility === "everything" || ownerId === visibility.ownerId);
	return findChangeable(c, action, visible);
}

/** Pages through what the filter finds until there are enough that the action can change. */
async function findFitting(
	c: ApiContext,
	action: Action,
	filter: TaskFilter,
	limit: number,
	cursor: string | undefined,
): Promise<{ found: ListedTask[]; nextCursor: string | null }> {
	// Looking through thousands of them would find none.
	if (filter.state !== undefined && !fittingStates[action].includes(filter.state))
		return { found: [], nextCursor: null };
	const found: ListedTask[] = [];
	let before = cursor;
	for (let page = 0; page < MAX_PAGES; page++) {
		const wanted = { before, limit: page === 0 ? limit : MORE_CANDIDATES };
		const { tasks, nextCursor } = await listTasks(databaseOf(c), filter, visibilityOf(c), wanted);
		for (const task of await findChangeable(c, action, tasks)) {
			if (found.length === limit) return { found, nextCursor: found.at(-1)?.id ?? null };
			found.push(task);
		}
		if (nextCursor === null) return { found, nextCursor };
		before = nextCursor;
		if (found.length === limit) break;
	}
	return { found, nextCursor: before ?? null };
}

/** The tasks that were changed, and the new one of each that is retried. */
async function changeAll(c: ApiContext, action: Action, found: ListedTask[]): Promise<Map<string, string | null>> {
	const db = databaseOf(c);
	const rows = await readTaskRows(
		db,
		found.map(({ id }) => id),
	);
	const changed = new Map<string, string | null>();
	const toSend: EnqueuedTask[] = [];
	if (action === "cancel") {
		for (let at = 0; at < rows.length; at += MAX_ENDED_AT_ONCE) {
			const chunk = rows.slice(at, at + MAX_ENDED_AT_ONCE);
			const ending = { kind: "cancel", error: cancelledOnRequest() } as const;
			const result = await endTasks(db, taskRegistry, chunk, ending, Date.now());
			for (const id of result.ended) changed.set(id, null);
			toSend.push(...result.toSend);
		}
	} else {
		const requests = rows.flatMap((row) => requestOf(row) ?? []);
		const result = await enqueueTasks(db, requests, Date.now());
		for (const [index, answer] of result.answers.entries()) {
			const old = requests[index]?.options.retryOf;
			if (answer?.isNew && old !== undefined) changed.set(old, answer.id);
		}
		toSend.push(...result.toSend);
	}
	c.executionCtx.waitUntil(sendTasks(db, taskQueuesOf(c.env), toSend));
	return changed;
}

/** Undefined for what this version cannot run any more: one such task does not keep the others from being retried. */
function requestOf(row: Awaited<ReturnType<typeof readTaskRows>>[number]): TaskRequest | undefined {
	try {
		return retryRequest(taskRegistry, row);
	} catch (thrown) {
		if (thrown instanceof AppError) return undefined;
		throw thrown;
	}
}
