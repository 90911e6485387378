/** The engine's own dispatcher, sweep and API, one step after another as the driver orders. */

import { env as workerEnv } from "cloudflare:workers";
import { app } from "../../../src/api/app.ts";
import { dispatchSchedules } from "../../../src/cron/dispatch-schedules.ts";
import { sweep } from "../../../src/cron/sweep.ts";
import { openDatabase } from "../../../src/db/database.ts";
import { taskQueuesOf } from "../../../src/queues/task-queues.ts";
import { sweepTasks } from "../../../src/tasks/sweep.ts";
import { failingBindings } from "../../../test/support/failing-bindings.ts";
import type { ApiAnswer, LogEntry, RequestOrder, RunOrder, StepOrder, StepReport } from "../contract.ts";
import { setClock } from "./clock.ts";
import { taskRegistry } from "./kinds.ts";

// What the engine logs of each fault would drown everything else.
console.log = console.info = console.warn = console.error = () => {};

let authorization = "";

const routes: Record<string, (body: never) => Promise<unknown>> = {
	"/authorize": async (token: string) => {
		authorization = `Bearer ${token}`;
	},
	"/query": async (statements: string[]) => {
		const results = await workerEnv.DB.batch(statements.map((statement) => workerEnv.DB.prepare(statement)));
		return results.map(({ results: rows }) => rows);
	},
	"/step": takeStep,
};

export default {
	async fetch(request) {
		try {
			const answer = await routes[new URL(request.url).pathname]?.((await request.json()) as never);
			return Response.json(answer ?? null);
		} catch (thrown) {
			return new Response(String((thrown as Error).stack), { status: 500 });
		}
	},
} satisfies ExportedHandler<Env>;

async function takeStep(order: StepOrder): Promise<StepReport> {
	setClock(order.now);
	const sent: StepReport["sent"] = [];
	const env = { ...workerEnv, ...recordingQueues(sent) } as Env;
	await settleTasks(order);
	const byHand: ApiAnswer[] = [];
	for (const request of order.byHand) byHand.push(await ask(env, request));
	const [faults, requests] = await Promise.all([
		Promise.all(order.runs.map((run) => runMinute(env, run))),
		Promise.all(order.requests.map((request) => ask(env, request))),
	]);
	const { results } = await workerEnv.DB.prepare(
		"SELECT id, kind, schedule_id AS scheduleId, row FROM year_log WHERE id > ? ORDER BY id",
	)
		.bind(order.logRead)
		.all<Omit<LogEntry, "row"> & { row: string }>();
	const log = results.map((entry) => ({ ...entry, row: JSON.parse(entry.row) }) as LogEntry);
	return { byHand, requests, faults, sent, log };
}

async function settleTasks({ now, startedTasks, endedTasks }: StepOrder): Promise<void> {
	if (startedTasks.length + endedTasks.length === 0) return;
	const among = "id IN (SELECT value FROM json_each(?2)) AND finished_at IS NULL";
	await workerEnv.DB.batch([
		workerEnv.DB.prepare(`UPDATE tasks SET state = 'started', started_at = ?1, wake_at = NULL WHERE ${among}`).bind(
			now,
			JSON.stringify(startedTasks),
		),
		workerEnv.DB.prepare(`UPDATE tasks SET state = 'succeeded', finished_at = ?1, wake_at = NULL WHERE ${among}`).bind(
			now,
			JSON.stringify(endedTasks),
		),
	]);
}

/** @returns the fault that it met */
async function runMinute(env: Env, { now, diesAt, fails, isWhole }: RunOrder): Promise<string | null> {
	let fault: string | null = null;
	const meet = (kind: string, call: string, moment: "before" | "after") => {
		fault = `${kind} ${moment} ${call.startsWith("DB.") ? "D1" : "queue"}`;
		return moment;
	};
	const failing = failingBindings(
		env,
		(call, number) => {
			if (diesAt && number === diesAt.call) return meet("killed", call, diesAt.moment);
			if (diesAt && number > diesAt.call) return "before";
			return number === fails?.call ? meet("failed", call, fails.moment) : false;
		},
		"before",
		["DB", "PHOTOS_QUEUE", "TRANSFERS_QUEUE", "TASKS_QUEUE"],
	);
	const failingEnv = { ...env, ...failing.env };
	try {
		if (isWhole) await sweep(failingEnv, now, taskRegistry);
		else await runSchedules(failingEnv, now);
	} catch {
		// The platform only notes that a run failed.
	}
	return fault;
}

/** The parts of the sweep that concern schedules and their tasks; each fails alone. */
async function runSchedules(env: Env, now: number): Promise<void> {
	const db = openDatabase(env.DB);
	await dispatchSchedules(db, taskQueuesOf(env), taskRegistry, now).catch(() => {});
	await sweepTasks(db, taskQueuesOf(env), taskRegistry, now);
}

async function ask(env: Env, { method, path, body }: RequestOrder): Promise<ApiAnswer> {
	const promised: Promise<unknown>[] = [];
	const context = {
		waitUntil: (work: Promise<unknown>) => promised.push(work),
		passThroughOnException() {},
		props: {},
	} as unknown as ExecutionContext;
	const headers = { authorization, "content-type": "application/json" };
	const request = new Request(`https://year.example${path}`, { method, headers, body: JSON.stringify(body ?? {}) });
	const response = await app.fetch(request, env, context);
	await Promise.all(promised);
	return { status: response.status, body: response.status === 204 ? null : await response.json() };
}

function recordingQueues(sent: StepReport["sent"]): Pick<Env, "PHOTOS_QUEUE" | "TRANSFERS_QUEUE" | "TASKS_QUEUE"> {
	const metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } };
	const queue = {
		async sendBatch(messages: Iterable<MessageSendRequest<{ task_id: string }>>) {
			for (const { body, delaySeconds = 0 } of messages) sent.push({ taskId: body.task_id, delaySeconds });
			return { metadata };
		},
	} as unknown as Queue;
	return { PHOTOS_QUEUE: queue, TRANSFERS_QUEUE: queue, TASKS_QUEUE: queue };
}
