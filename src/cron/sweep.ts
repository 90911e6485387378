/** The run of each minute: what was missed is done, what is due is removed, what is old is forgotten. */
import { sql } from "drizzle-orm";
import { emptyTrash } from "../cleanups/empty-trash.ts";
import { forgetOldestRun } from "../db/cleanups.ts";
import { type Database, openDatabase } from "../db/database.ts";
import { EVENT_LIFE_MS, forgetEvents } from "../db/events.ts";
import { forgetTicks, TICK_LIFE_MS } from "../db/schedules.ts";
import { idempotencyKeys } from "../db/schema.ts";
import { forgetTickets } from "../db/visits.ts";
import { configurationOf } from "../env.ts";
import { toAppError } from "../errors.ts";
import { dispatchEvents } from "../handlers/dispatch-events.ts";
import { dispatchDueSchedules } from "../handlers/dispatch-schedules.ts";
import { taskRegistry } from "../handlers/registry.ts";
import type { Services } from "../handlers/services.ts";
import { errorFields, logEvent } from "../log.ts";
import { taskQueuesOf } from "../queues/task-queues.ts";
import { sweepRemovals } from "../storage/removals.ts";
import type { TaskRegistry } from "../tasks/define.ts";
import { sendTasks } from "../tasks/enqueue.ts";
import { enqueueTasks } from "../tasks/enqueue-tasks.ts";
import { expireResults } from "../tasks/expire.ts";
import { sweepTasks } from "../tasks/sweep.ts";
import { SYSTEM_OWNER } from "./default-schedules.ts";
import { dispatchSchedules } from "./dispatch-schedules.ts";
import { seedSchedules } from "./seed-schedules.ts";
import { sweepUploads } from "./sweep-uploads.ts";

/** How long a repeated POST is answered with the first answer. */
const IDEMPOTENCY_KEY_LIFE_MS = 24 * 3_600_000;
/** How long the report of a cleanup is kept, once nothing of it is in the trash any more. */
const CLEANUP_LIFE_MS = 90 * 24 * 3_600_000;
const MAX_FINDS_FORGOTTEN_PER_RUN = 1000;
const MAX_EVENTS_FORGOTTEN_PER_RUN = 1000;
const MAX_TICKS_FORGOTTEN_PER_RUN = 1000;
const MAX_KEYS_FORGOTTEN_PER_RUN = 1000;
/** Of the 1,000 queries that a run has, each takes one, and each 50 take three more. */
const MAX_EVENTS_DISPATCHED_PER_RUN = 200;

/** Each part is bounded and resumable; one that fails does not keep the others from running. */
export async function sweep(env: Env, now: number, registry: TaskRegistry<Services> = taskRegistry): Promise<void> {
	const db = openDatabase(env.DB);
	const startedAt = Date.now();
	await attempt("default_schedules", () => seedSchedules(db, now));
	const dispatched = await attempt("schedules", () => dispatchSchedules(db, taskQueuesOf(env), registry, now));
	if (dispatched?.isMoreDue) await attempt("more_schedules", () => dispatchTheRest(db, env, registry, now));
	const tasks = await attempt("tasks", () => sweepTasks(db, taskQueuesOf(env), registry, now));
	// Before removals, which take what nobody wanted in time.
	const uploads = await attempt("uploads", () => sweepUploads(db, env.MEDIA, taskQueuesOf(env), now));
	const objectsRemoved = await attempt("removals", () => sweepRemovals(db, env.MEDIA, now));
	const trashEmptied = await attempt("trash", () => emptyTrash(db, env.MEDIA, now));
	const expired = await attempt("results", () => expireResults(db, registry, now));
	const eventsDispatched = await attempt("events", () => dispatchIfConfigured(db, env, now));
	await attempt("old_events", () => forgetEvents(db, now - EVENT_LIFE_MS, MAX_EVENTS_FORGOTTEN_PER_RUN));
	await attempt("ticks", () => forgetTicks(db, now - TICK_LIFE_MS, MAX_TICKS_FORGOTTEN_PER_RUN));
	await attempt("cleanups", () => forgetOldestRun(db, now - CLEANUP_LIFE_MS, MAX_FINDS_FORGOTTEN_PER_RUN));
	await attempt("tickets", () => forgetTickets(db, now));
	await attempt("idempotency_keys", () => forgetIdempotencyKeys(db, now - IDEMPOTENCY_KEY_LIFE_MS));
	logEvent("info", "sweep.done", {
		ticks_fired: dispatched?.fired,
		tasks,
		uploads,
		objects_removed: objectsRemoved,
		trash_emptied: trashEmptied,
		expired,
		events_dispatched: eventsDispatched,
		duration_ms: Date.now() - startedAt,
	});
}

async function attempt<Result>(part: string, work: () => Promise<Result>): Promise<Result | undefined> {
	try {
		return await work();
	} catch (thrown) {
		logEvent("error", "sweep.failed", { part, error: errorFields(toAppError(thrown)) });
		return undefined;
	}
}

/** At once, in invocations with queries of their own: a tick that waited for minutes would count as missed. */
async function dispatchTheRest(db: Database, env: Env, registry: TaskRegistry<Services>, now: number): Promise<void> {
	const definition = registry.get(dispatchDueSchedules.name);
	if (!definition) return;
	const request = { definition, arguments: {}, options: { ownerId: SYSTEM_OWNER } };
	const { toSend } = await enqueueTasks(db, [request], now);
	await sendTasks(db, taskQueuesOf(env), toSend, now);
}

async function dispatchIfConfigured(db: Database, env: Env, now: number): Promise<number> {
	if (configurationOf(env).webhook === null) return 0;
	return dispatchEvents(db, taskQueuesOf(env), now, MAX_EVENTS_DISPATCHED_PER_RUN);
}

const forgetIdempotencyKeys = (db: Database, before: number) =>
	db
		.delete(idempotencyKeys)
		.where(
			sql`rowid IN (SELECT rowid FROM idempotency_keys WHERE created_at < ${before} ORDER BY created_at LIMIT ${MAX_KEYS_FORGOTTEN_PER_RUN})`,
		);
