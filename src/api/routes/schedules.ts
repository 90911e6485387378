/** `/v1/schedules`: tasks that are enqueued by themselves. They concern the whole deployment, so they are for administrators. */
import { createRoute } from "@hono/zod-openapi";
import { sql } from "drizzle-orm";
import { dispatchSchedule, fireTick } from "../../cron/dispatch-schedules.ts";
import { isConstraintFailure, runBatch } from "../../db/database.ts";
import {
	changeSchedule,
	countRuns,
	type DueSchedule,
	deleteSchedule,
	findSchedule,
	findTick,
	insertSchedule,
	isClaimedBy,
	isNewTick,
	listSchedules,
	listTicks,
	type Schedule,
} from "../../db/schedules.ts";
import { AppError } from "../../errors.ts";
import { taskRegistry } from "../../handlers/registry.ts";
import { taskQueuesOf } from "../../queues/task-queues.ts";
import { describeSchedule } from "../../schedules/describe.ts";
import { timingSchema } from "../../schedules/timing.ts";
import { type EnqueuedTask, sendTasks } from "../../tasks/enqueue.ts";
import { type ApiContext, createRouter, databaseOf } from "../context.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { limitJsonBody } from "../middleware/limit-json-body.ts";
import { requireJson } from "../middleware/require-json.ts";
import { jsonBody, jsonOf, noContent, problemsOf } from "../openapi.ts";
import { changesOf, rowOfNew } from "../schedules/change-schedule.ts";
import { presentMoments, presentSchedule, presentTick } from "../schedules/present-schedule.ts";
import {
	newScheduleBody,
	previewBody,
	previewJson,
	runJson,
	scheduleChanges,
	scheduleJson,
	schedulePage,
	scheduleQuery,
	scheduleWithTicks,
	tickPage,
	tickQuery,
} from "../schedules/schemas.ts";
import { idParam } from "../schemas.ts";

export const scheduleRoutes = createRouter();

/** Shown with a schedule. */
const MOMENTS_SHOWN = 5;
const TICKS_SHOWN = 20;

scheduleRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/schedules",
		tags: ["Schedules"],
		summary: "All schedules by name, page by page",
		middleware: [requireScope("admin")] as const,
		request: { query: scheduleQuery },
		responses: { 200: jsonOf(schedulePage, "A page"), ...problemsOf(400, 401, 403) },
	}),
	async (c) => {
		const { cursor, limit } = c.req.valid("query");
		const rows = await listSchedules(databaseOf(c), { after: cursor, limit: limit + 1 });
		const page = rows.slice(0, limit);
		const last = rows.length > limit ? page.at(-1) : undefined;
		return c.json({ schedules: page.map(presentSchedule), next_cursor: last?.name ?? null }, 200);
	},
);

scheduleRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/schedules",
		tags: ["Schedules"],
		summary: "Make a schedule",
		description: "It fires from its next moment on, never for one that has passed.",
		middleware: [requireScope("admin"), requireJson, limitJsonBody] as const,
		request: { body: jsonBody(newScheduleBody) },
		responses: { 201: jsonOf(scheduleJson, "The schedule"), ...problemsOf(400, 401, 403, 404, 409, 413, 415) },
	}),
	async (c) => {
		const db = databaseOf(c);
		const row = rowOfNew(c.req.valid("json"), c.var.token.ownerId, Date.now());
		const [made] = (await runBatch(db, [insertSchedule(db, row)]).catch(explainName(row.name))) as Schedule[][];
		const schedule = presentSchedule(made?.[0] as Schedule);
		return c.json(schedule, 201, { location: `/v1/schedules/${schedule.id}` });
	},
);

scheduleRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/schedules/preview",
		tags: ["Schedules"],
		summary: "The next moments of a timing, and the timing in words; nothing is stored",
		middleware: [requireScope("admin"), requireJson, limitJsonBody] as const,
		request: { body: jsonBody(previewBody) },
		responses: { 200: jsonOf(previewJson, "The moments"), ...problemsOf(400, 401, 403, 413, 415) },
	}),
	(c) => {
		const { timing, from, count } = c.req.valid("json");
		const after = from === undefined ? Date.now() : Date.parse(from);
		return c.json({ in_words: describeSchedule(timing), moments: presentMoments(timing, after, count) }, 200);
	},
);

scheduleRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/schedules/{id}",
		tags: ["Schedules"],
		summary: "One schedule with its next moments and its latest ticks",
		middleware: [requireScope("admin")] as const,
		request: { params: idParam },
		responses: { 200: jsonOf(scheduleWithTicks, "The schedule"), ...problemsOf(401, 403, 404) },
	}),
	async (c) => {
		const schedule = await requireSchedule(c, c.req.valid("param").id);
		const ticks = await listTicks(databaseOf(c), schedule.id, { limit: TICKS_SHOWN });
		const timing = timingSchema.safeParse(schedule.timing);
		const isDue = schedule.isEnabled && timing.success;
		const nextMoments = isDue ? presentMoments(timing.data, Date.now(), MOMENTS_SHOWN) : [];
		return c.json({ ...presentSchedule(schedule), next_moments: nextMoments, ticks: ticks.map(presentTick) }, 200);
	},
);

scheduleRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/schedules/{id}/ticks",
		tags: ["Schedules"],
		summary: "A schedule's history, newest first, page by page",
		middleware: [requireScope("admin")] as const,
		request: { params: idParam, query: tickQuery },
		responses: { 200: jsonOf(tickPage, "A page"), ...problemsOf(400, 401, 403, 404) },
	}),
	async (c) => {
		const schedule = await requireSchedule(c, c.req.valid("param").id);
		const { cursor, limit } = c.req.valid("query");
		const rows = await listTicks(databaseOf(c), schedule.id, { before: cursor, limit: limit + 1 });
		const page = rows.slice(0, limit);
		const last = rows.length > limit ? page.at(-1) : undefined;
		return c.json(
			{ ticks: page.map(presentTick), next_cursor: last ? `${last.moment}${last.isByHand ? "-by-hand" : ""}` : null },
			200,
		);
	},
);

scheduleRoutes.openapi(
	createRoute({
		method: "patch",
		path: "/v1/schedules/{id}",
		tags: ["Schedules"],
		summary: "Change a schedule",
		description:
			"Another timing, and enabling, count from now: no moment that has passed is fired. The count of runs stays.",
		middleware: [requireScope("admin"), requireJson, limitJsonBody] as const,
		request: { params: idParam, body: jsonBody(scheduleChanges) },
		responses: { 200: jsonOf(scheduleJson, "The schedule"), ...problemsOf(400, 401, 403, 404, 409, 413, 415) },
	}),
	async (c) => c.json(presentSchedule(await change(c, c.req.valid("param").id, c.req.valid("json"))), 200),
);

for (const [verb, enabled] of [
	["enable", true],
	["disable", false],
] as const) {
	scheduleRoutes.openapi(
		createRoute({
			method: "post",
			path: `/v1/schedules/{id}/${verb}`,
			tags: ["Schedules"],
			summary: enabled ? "Let a schedule fire from its next moment on" : "Let a schedule fire no more",
			middleware: [requireScope("admin")] as const,
			request: { params: idParam },
			responses: { 200: jsonOf(scheduleJson, "The schedule"), ...problemsOf(401, 403, 404, 409) },
		}),
		async (c) => c.json(presentSchedule(await change(c, c.req.valid("param").id, { enabled })), 200),
	);
}

scheduleRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/schedules/{id}/run",
		tags: ["Schedules"],
		summary: "Enqueue a schedule's task now, whatever its timing, overlap and state",
		middleware: [requireScope("admin")] as const,
		request: { params: idParam },
		responses: { 202: jsonOf(runJson, "The task, and the tick in the history"), ...problemsOf(401, 403, 404, 409) },
	}),
	async (c) => {
		const db = databaseOf(c);
		const schedule = await requireSchedule(c, c.req.valid("param").id);
		const now = Date.now();
		const byHand = {
			scheduleId: schedule.id,
			moment: now,
			isByHand: true,
			outcome: "fired" as const,
			dealtWithAt: now,
		};
		// Of two in the same millisecond the second has no place in the history.
		const isThere = sql`${isClaimedBy(schedule.id, schedule.claim)} AND ${isNewTick(byHand)}`;
		const { task, insert, statements, error } = fireTick(
			db,
			taskRegistry,
			{ ...schedule, jitterSeconds: 0 },
			byHand,
			isThere,
			now,
		);
		if (!task || !insert) throw error ?? new Error("a tick without a task says why");
		const results = await runBatch(db, [...statements, countRuns(db, schedule.id, [task.id], sql`true`)]);
		const tick = await findTick(db, byHand);
		if (!tick || (tick.taskId !== task.id && tick.taskId !== null)) throw changedMeanwhile();
		if (tick.outcome !== "fired") {
			throw new AppError("conflict", "An equal task waits or works already. See GET /v1/tasks.");
		}
		const written = results[statements.indexOf(insert)] as EnqueuedTask[];
		c.executionCtx.waitUntil(sendTasks(db, taskQueuesOf(c.env), written));
		return c.json({ task_id: task.id, tick: presentTick(tick) }, 202, { location: `/v1/tasks/${task.id}` });
	},
);

scheduleRoutes.openapi(
	createRoute({
		method: "delete",
		path: "/v1/schedules/{id}",
		tags: ["Schedules"],
		summary: "Delete a schedule with its history; tasks that it enqueued stay",
		middleware: [requireScope("admin")] as const,
		request: { params: idParam },
		responses: { 204: noContent("Deleted"), ...problemsOf(401, 403, 404) },
	}),
	async (c) => {
		if (!(await deleteSchedule(databaseOf(c), c.req.valid("param").id))) throw noSuchSchedule();
		return c.body(null, 204);
	},
);

const noSuchSchedule = () => new AppError("not_found", "There is no such schedule.");
const changedMeanwhile = () =>
	new AppError("conflict", "The schedule was changed or fired at the same moment. Look at it, and try again.");

async function requireSchedule(c: ApiContext, id: string): Promise<DueSchedule> {
	const schedule = await findSchedule(databaseOf(c), id);
	if (!schedule) throw noSuchSchedule();
	return schedule;
}

/** Of one that fires at the same moment nothing is overwritten: it is read and changed again. Five tries may be needed to fire what it has to make up for. */
const TRIES_TO_CHANGE = 8;

async function change(c: ApiContext, id: string, changes: Parameters<typeof changesOf>[1]): Promise<Schedule> {
	for (let tries = 0; tries < TRIES_TO_CHANGE; tries++) {
		const schedule = await requireSchedule(c, id);
		const now = Date.now();
		const isDue = schedule.lookAt !== null && schedule.lookAt <= now;
		// One whose timing cannot be read is never dispatched, and has to be given another.
		if (isDue && timingSchema.safeParse(schedule.timing).success) {
			// What is due of the old timing is due, whatever comes after it; then the row is another.
			await dispatchSchedule(databaseOf(c), taskQueuesOf(c.env), taskRegistry, schedule, now);
			continue;
		}
		const changed = await changeSchedule(databaseOf(c), schedule, changesOf(schedule, changes, now), now).catch(
			explainName(changes.name ?? ""),
		);
		if (changed) return changed;
	}
	throw changedMeanwhile();
}

const explainName =
	(name: string) =>
	(thrown: unknown): never => {
		if (!isConstraintFailure(thrown, "UNIQUE", "schedules")) throw thrown;
		throw new AppError(
			"conflict",
			`There is a schedule named "${name}" already. Choose another name, or change that one.`,
		);
	};
