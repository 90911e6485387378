/** `/v1/tasks`: what became of the work. */
import { createRoute } from "@hono/zod-openapi";
import { findTask } from "../../db/tasks.ts";
import { AppError } from "../../errors.ts";
import { createRouter, databaseOf, visibilityOf } from "../context.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonOf, problemsOf } from "../openapi.ts";
import { presentTask } from "../present.ts";
import { idParam, taskJson } from "../schemas.ts";

export const taskRoutes = createRouter();

taskRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/tasks/{id}",
		tags: ["Tasks"],
		summary: "One task: state, attempts, timings, result or error",
		middleware: [requireScope("tasks:read")] as const,
		request: { params: idParam },
		responses: { 200: jsonOf(taskJson, "The task"), ...problemsOf(401, 403, 404) },
	}),
	async (c) => {
		const task = await findTask(databaseOf(c), c.req.valid("param").id, visibilityOf(c));
		if (!task) throw new AppError("not_found", "There is no such task, or it is not yours.");
		return c.json(presentTask(task), 200);
	},
);
