/** `/v1/stats`, `/v1/queues`, `/v1/dead-letters`, `/v1/sources`: how the whole system does. Of everybody's work, so for administrators. */
import { createRoute } from "@hono/zod-openapi";
import { SYSTEM_OWNER } from "../../cron/default-schedules.ts";
import { listDeadLetters } from "../../db/dead-letters.ts";
import { pauseQueue, resumeQueue } from "../../db/paused-queues.ts";
import { readQueues, readStatistics } from "../../db/task-statistics.ts";
import { tellToken } from "../../db/tokens.ts";
import { listSources, reopenSource } from "../../db/visits.ts";
import { configurationOf } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { taskRegistry } from "../../handlers/registry.ts";
import { wakeResumedQueue } from "../../handlers/wake-resumed-queue.ts";
import { taskQueuesOf } from "../../queues/task-queues.ts";
import { sendTasks } from "../../tasks/enqueue.ts";
import { enqueueTasks } from "../../tasks/enqueue-tasks.ts";
import { sweepTasks } from "../../tasks/sweep.ts";
import { createRouter, databaseOf } from "../context.ts";
import { presentSources } from "../imports/present-sources.ts";
import { hostParam, sourcesJson } from "../imports/schemas.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonOf, noContent, problemsOf } from "../openapi.ts";
import {
	deadLetterPage,
	deadLetterQuery,
	queueParam,
	queuesJson,
	statisticsJson,
	windowQuery,
} from "../tasks/operator-schemas.ts";
import { presentDeadLetter, presentQueues, presentStatistics } from "../tasks/present-statistics.ts";

export const operatorRoutes = createRouter();

operatorRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/stats",
		tags: ["Operation"],
		summary: "Each kind of task: what ended, how long it waited and ran, what waits and works now",
		description: "Read from counts by the minute, kept up as tasks end: it is quick however many tasks there are.",
		middleware: [requireScope("admin")] as const,
		request: { query: windowQuery },
		responses: { 200: jsonOf(statisticsJson, "The statistics"), ...problemsOf(400, 401, 403) },
	}),
	async (c) => {
		const now = Date.now();
		const statistics = await readStatistics(databaseOf(c), c.req.valid("query").minutes, now);
		return c.json(presentStatistics(statistics, [...taskRegistry.keys()], now), 200);
	},
);

operatorRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/queues",
		tags: ["Operation"],
		summary: "Each queue: what waits and works, how fast it goes, what was given up",
		middleware: [requireScope("admin")] as const,
		responses: { 200: jsonOf(queuesJson, "The queues"), ...problemsOf(401, 403) },
	}),
	async (c) => {
		const now = Date.now();
		return c.json(presentQueues(await readQueues(databaseOf(c), now), now), 200);
	},
);

operatorRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/queues/{queue}/pause",
		tags: ["Operation"],
		summary: "Send nothing to a queue, and begin nothing that comes from it",
		description: "Tasks are written all the same, and wait. What runs goes on. A queue that is paused stays so.",
		middleware: [requireScope("admin")] as const,
		request: { params: queueParam },
		responses: { 204: noContent("It is paused"), ...problemsOf(400, 401, 403) },
	}),
	async (c) => {
		await pauseQueue(databaseOf(c), c.req.valid("param").queue, tellToken(c.var.token), Date.now());
		return c.body(null, 204);
	},
);

/** As the sweep, 500 tasks each; what is still unsent then, the sweeps of the next minutes send. */
const SWEEPS_BEHIND_RESUMING = 3;

operatorRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/queues/{queue}/resume",
		tags: ["Operation"],
		summary: "Send to a queue again, what has waited first",
		middleware: [requireScope("admin")] as const,
		request: { params: queueParam },
		responses: { 204: noContent("It is not paused"), ...problemsOf(400, 401, 403) },
	}),
	async (c) => {
		const db = databaseOf(c);
		const { queue } = c.req.valid("param");
		const now = Date.now();
		const { isMoreAsleep } = await resumeQueue(db, queue, now);
		const goesOn = { definition: wakeResumedQueue, arguments: { queue }, options: { ownerId: SYSTEM_OWNER } };
		const { toSend } = await enqueueTasks(db, isMoreAsleep ? [goesOn] : [], now);
		c.executionCtx.waitUntil(
			(async () => {
				await sendTasks(db, taskQueuesOf(c.env), toSend, now);
				for (let sweeps = 0, more = true; more && sweeps < SWEEPS_BEHIND_RESUMING; sweeps++) {
					({ more } = await sweepTasks(db, taskQueuesOf(c.env), taskRegistry, Date.now()));
				}
			})(),
		);
		return c.body(null, 204);
	},
);

operatorRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/dead-letters",
		tags: ["Operation"],
		summary: "Messages that the platform gave up on, newest first, page by page",
		description:
			"Usually the worker died each time. Their tasks are brought back by the sweep, and given up after two deaths.",
		middleware: [requireScope("admin")] as const,
		request: { query: deadLetterQuery },
		responses: { 200: jsonOf(deadLetterPage, "A page"), ...problemsOf(400, 401, 403) },
	}),
	async (c) => {
		const { cursor, limit } = c.req.valid("query");
		const rows = await listDeadLetters(databaseOf(c), { before: cursor, limit: limit + 1 });
		const page = rows.slice(0, limit);
		const last = rows.length > limit ? page.at(-1) : undefined;
		return c.json({ dead_letters: page.map(presentDeadLetter), next_cursor: last ? String(last.place) : null }, 200);
	},
);

operatorRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/sources",
		tags: ["Operation"],
		summary: "Each site that pictures are imported from: who is there, who waits, whether it is closed and why",
		middleware: [requireScope("admin")] as const,
		responses: { 200: jsonOf(sourcesJson, "The sites"), ...problemsOf(401, 403) },
	}),
	async (c) => {
		const now = Date.now();
		const sources = await listSources(databaseOf(c), now);
		return c.json(presentSources(sources, configurationOf(c.env).imports, now), 200);
	},
);

operatorRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/sources/{host}/reopen",
		tags: ["Operation"],
		summary: "Let a closed site be visited again at once",
		description: "Tasks that wait for its opening keep their moments; what is imported from now on may begin.",
		middleware: [requireScope("admin")] as const,
		request: { params: hostParam },
		responses: { 204: noContent("It is open"), ...problemsOf(401, 403, 404) },
	}),
	async (c) => {
		const { host } = c.req.valid("param");
		if (!(await reopenSource(databaseOf(c), host, Date.now()))) {
			throw new AppError("not_found", "Nothing was ever imported from such a site.");
		}
		return c.body(null, 204);
	},
);
