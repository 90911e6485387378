/** `POST /v1/tasks/{id}/cancel` and `/retry`: what a person decides about a task. */
import { createRoute } from "@hono/zod-openapi";
import type { TaskState } from "../../db/schema.ts";
import { AppError } from "../../errors.ts";
import { taskRegistry } from "../../handlers/registry.ts";
import { taskQueuesOf } from "../../queues/task-queues.ts";
import { endTasks } from "../../tasks/end-from-outside.ts";
import { sendTasks } from "../../tasks/enqueue.ts";
import { enqueueTasks } from "../../tasks/enqueue-tasks.ts";
import { retryRequest } from "../../tasks/retry-by-hand.ts";
import { createRouter, databaseOf, visibilityOf } from "../context.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonOf, problemsOf } from "../openapi.ts";
import { idParam } from "../schemas.ts";
import { presentEnqueued } from "../tasks/present-enqueued.ts";
import { presentTask } from "../tasks/present-task.ts";
import { taskJson } from "../tasks/read-schemas.ts";
import { requireTask } from "../tasks/require-task.ts";
import { enqueuedJson } from "../tasks/schemas.ts";

export const changeTaskRoutes = createRouter();

/** What a cancelled task and its photo say. */
export const cancelledOnRequest = () => new AppError("task_cancelled", "The task was cancelled on request.");

changeTaskRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/tasks/{id}/cancel",
		tags: ["Tasks"],
		summary: "Cancel a task that has not ended",
		description:
			"One that has not started never runs. Of one that runs nothing is kept any more, and its handler is told within seconds. A photo whose processing is cancelled becomes failed, with that reason.",
		middleware: [requireScope("tasks:write")] as const,
		request: { params: idParam },
		responses: { 200: jsonOf(taskJson, "The cancelled task"), ...problemsOf(401, 403, 404, 409) },
	}),
	async (c) => {
		const db = databaseOf(c);
		const task = await requireTask(c, c.req.valid("param").id);
		const ending = { kind: "cancel", error: cancelledOnRequest() } as const;
		const { ended, toSend } = await endTasks(db, taskRegistry, [task], ending, Date.now());
		c.executionCtx.waitUntil(sendTasks(db, taskQueuesOf(c.env), toSend));
		const now = await requireTask(c, task.id);
		if (ended.length === 0) {
			throw new AppError("conflict", `The task has ended already (${now.state}): there is nothing to cancel.`);
		}
		return c.json(presentTask(now, visibilityOf(c)), 200);
	},
);

changeTaskRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/tasks/{id}/retry",
		tags: ["Tasks"],
		summary: "Try a failed or cancelled task again",
		description:
			"Makes a new task with the same arguments, linked to the old one by retry_of. A task is retried once: asked again, the answer is the task that the first call made.",
		middleware: [requireScope("tasks:write")] as const,
		request: { params: idParam },
		responses: { 202: jsonOf(enqueuedJson, "The new task"), ...problemsOf(400, 401, 403, 404, 409) },
	}),
	async (c) => {
		const db = databaseOf(c);
		const task = await requireTask(c, c.req.valid("param").id);
		const { answers, toSend } = await enqueueTasks(db, [retryRequest(taskRegistry, task)], Date.now());
		c.executionCtx.waitUntil(sendTasks(db, taskQueuesOf(c.env), toSend));
		const [answer] = answers;
		// A unique task that has not ended is found as its own equal.
		if (!answer || answer.id === task.id) {
			throw new AppError("conflict", whyNotRetried(task.state));
		}
		return c.json(presentEnqueued(answer), 202, { location: `/v1/tasks/${answer.id}` });
	},
);

function whyNotRetried(state: TaskState): string {
	if (state === "failed" || state === "cancelled") {
		return "This task is the callback of a group that has not ended yet: retry it when it has.";
	}
	const why = state === "succeeded" ? "has succeeded" : "has not ended yet";
	return `Only a failed or cancelled task can be retried, and this one ${why}.`;
}
