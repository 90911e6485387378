/** `GET /v1/tasks…`: what became of the work, and what work there is. */
import { createRoute } from "@hono/zod-openapi";
import { listTasks, MAX_LOOKED_AT } from "../../db/task-lists.ts";
import { taskRegistry } from "../../handlers/registry.ts";
import { createRouter, databaseOf, visibilityOf } from "../context.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonOf, problemsOf } from "../openapi.ts";
import { idParam } from "../schemas.ts";
import { presentDefinition } from "../tasks/present-registered.ts";
import { presentListedTask, presentTask } from "../tasks/present-task.ts";
import { readFilter } from "../tasks/read-filter.ts";
import { registeredTasksJson, taskJson, taskListQuery, taskPage } from "../tasks/read-schemas.ts";
import { requireTask } from "../tasks/require-task.ts";

export const taskRoutes = createRouter();

taskRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/tasks",
		tags: ["Tasks"],
		summary: "Tasks that fit all filters, newest first, page by page",
		description: `One page looks at ${MAX_LOOKED_AT.toLocaleString("en")} tasks at most, so that it answers quickly however many there are. Where fewer than limit of those fit, the page is short or empty and still has a next_cursor: go on with it until next_cursor is null. Arguments, results and attempts are told by GET /v1/tasks/{id}.`,
		middleware: [requireScope("tasks:read")] as const,
		request: { query: taskListQuery },
		responses: { 200: jsonOf(taskPage, "A page"), ...problemsOf(400, 401, 403) },
	}),
	async (c) => {
		const { cursor, limit, ...filter } = c.req.valid("query");
		const visibility = visibilityOf(c);
		const page = await listTasks(databaseOf(c), readFilter(filter), visibility, { before: cursor, limit });
		return c.json(
			{ tasks: page.tasks.map((task) => presentListedTask(task, visibility)), next_cursor: page.nextCursor },
			200,
		);
	},
);

taskRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/tasks/registered",
		tags: ["Tasks"],
		summary: "Every kind of task, its limits and its arguments",
		middleware: [requireScope("tasks:read")] as const,
		responses: { 200: jsonOf(registeredTasksJson, "The kinds"), ...problemsOf(401, 403) },
	}),
	(c) => c.json({ tasks: [...taskRegistry.values()].map(presentDefinition) }, 200),
);

taskRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/tasks/{id}",
		tags: ["Tasks"],
		summary: "One task: state, attempts, timings, result or error, and what it belongs to",
		middleware: [requireScope("tasks:read")] as const,
		request: { params: idParam },
		responses: { 200: jsonOf(taskJson, "The task"), ...problemsOf(401, 403, 404) },
	}),
	async (c) => {
		const task = await requireTask(c, c.req.valid("param").id);
		return c.json(presentTask(task, visibilityOf(c)), 200);
	},
);
