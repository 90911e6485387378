/** `POST /v1/tasks…`: work to be done. */
import { createRoute } from "@hono/zod-openapi";
import { v7 as newId } from "uuid";
import type { EnqueueAnswer, TaskRequest } from "../../tasks/enqueue-tasks.ts";
import { type ApiContext, createRouter, databaseOf, visibilityOf } from "../context.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { limitJsonBody } from "../middleware/limit-json-body.ts";
import { requireJson } from "../middleware/require-json.ts";
import { idempotencyHeader, jsonBody, jsonOf, problemsOf } from "../openapi.ts";
import { nameParam } from "../schemas.ts";
import { enqueueRequests, readTaskKey } from "../tasks/enqueue-requests.ts";
import { presentEnqueued } from "../tasks/present-enqueued.ts";
import { type NamedTask, readTaskRequests } from "../tasks/read-requests.ts";
import { enqueuedJson, enqueuedTasksJson, newTaskBody, newTasksBody } from "../tasks/schemas.ts";

export const enqueueTaskRoutes = createRouter();

enqueueTaskRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/tasks",
		tags: ["Tasks"],
		summary: "Enqueue up to 100 tasks, all or none; with a callback they are a group",
		middleware: [requireScope("tasks:write"), requireJson, limitJsonBody] as const,
		request: { headers: idempotencyHeader, body: jsonBody(newTasksBody) },
		responses: {
			202: jsonOf(enqueuedTasksJson, "The tasks, in the order given"),
			...problemsOf(400, 401, 403, 404, 413, 415, 422),
		},
	}),
	async (c) => {
		const { tasks, callback } = c.req.valid("json");
		const key = readTaskKey(c);
		const named: NamedTask[] = tasks.map((task, index) => ({
			...task,
			path: `tasks.${index}.`,
			...(task.idempotency_key === undefined && key !== undefined ? { idempotency_key: `${key}#${index}` } : {}),
		}));
		const callbackKey = key === undefined ? {} : { idempotency_key: `${key}#callback` };
		if (callback) named.push({ ...callback, ...callbackKey, path: "callback." });
		const requests = await readRequests(c, named);
		const groupId = callback && newId();
		if (groupId !== undefined) nameGroup(requests, groupId);
		const answers = await enqueueRequests(c, requests, groupId === undefined ? [] : [groupId]);
		const callbackAnswer = callback && answers.pop();
		return c.json(
			{
				tasks: answers.map(presentEnqueued),
				group_id: callbackAnswer?.callbackOf ?? null, // of a repeated request the one that the first made
				callback: callbackAnswer ? presentEnqueued(callbackAnswer) : null,
			},
			202,
		);
	},
);

enqueueTaskRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/tasks/{name}",
		tags: ["Tasks"],
		summary: "Enqueue a task",
		description: "With countdown or eta it waits; both may lie further ahead than a queue could wait.",
		middleware: [requireScope("tasks:write"), requireJson, limitJsonBody] as const,
		request: { params: nameParam, headers: idempotencyHeader, body: jsonBody(newTaskBody) },
		responses: {
			202: jsonOf(enqueuedJson, "The task"),
			...problemsOf(400, 401, 403, 404, 413, 415, 422),
		},
	}),
	async (c) => {
		const task = c.req.valid("json");
		const key = readTaskKey(c);
		const named = { idempotency_key: key, ...task, name: c.req.valid("param").name, path: "" };
		const [answer] = await enqueueRequests(c, await readRequests(c, [named]), []);
		return c.json(presentEnqueued(answer as EnqueueAnswer), 202, { location: `/v1/tasks/${answer?.id}` });
	},
);

const readRequests = (c: ApiContext, named: NamedTask[]): Promise<TaskRequest[]> =>
	readTaskRequests(databaseOf(c), named, { ownerId: c.var.token.ownerId, visibility: visibilityOf(c) }, Date.now());

/** The last request is the callback; all others are the group. */
function nameGroup(requests: TaskRequest[], groupId: string): void {
	const callback = requests.length - 1;
	for (const [index, { options }] of requests.entries()) {
		if (index === callback) options.callbackOf = groupId;
		else options.groupId = groupId;
	}
}
