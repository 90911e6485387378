/** What the driver and the Worker of the simulated year agree on. All times are milliseconds since 1970. */

export type CallMoment = "before" | "after";

/** One run of the Cron Trigger. */
export interface RunOrder {
	/** The moment that the platform says it is of; a late run has an old one. */
	now: number;
	/** Dies at this call to D1 or a queue: it and all that would follow fail. Null: it lives. */
	diesAt: { call: number; moment: CallMoment } | null;
	/** This call fails, and the run goes on. */
	fails: { call: number; moment: CallMoment } | null;
	/** The whole sweep instead of the parts that concern schedules and their tasks. */
	isWhole: boolean;
}

/** A request to the API. */
export interface RequestOrder {
	method: "POST" | "PATCH" | "DELETE";
	path: string;
	body?: unknown;
}

/** What happens at one moment: tasks start and end, then somebody runs schedules by hand, then everything else at once. */
export interface StepOrder {
	/** What the clock shows. */
	now: number;
	startedTasks: string[];
	endedTasks: string[];
	byHand: RequestOrder[];
	runs: RunOrder[];
	/** Answered while the runs are under way. */
	requests: RequestOrder[];
	/** Of the log, what was read already. */
	logRead: number;
}

export interface StepReport {
	byHand: ApiAnswer[];
	requests: ApiAnswer[];
	/** Whether each run met the fault that was ordered, and what. */
	faults: (string | null)[];
	/** Messages that reached a queue. */
	sent: { taskId: string; delaySeconds: number }[];
	log: LogEntry[];
}

export interface ApiAnswer {
	status: number;
	body: unknown;
}

/** Written by triggers of the database, so nothing that happens to these tables is missing, whoever does it. */
export type LogEntry =
	| { id: number; kind: "claim" | "count" | "deleted"; scheduleId: string; row: LoggedSchedule }
	| { id: number; kind: "tick"; scheduleId: string; row: LoggedTick }
	| { id: number; kind: "task"; scheduleId: ""; row: { id: string; dueAt: number } };

export interface LoggedSchedule {
	since: number;
	dealtWithUntil: number | null;
	heldMoment: number | null;
	lookAt: number | null;
	runCount: number;
	isEnabled: number;
	updatedAt: number;
}

export interface LoggedTick {
	moment: number;
	isByHand: number;
	outcome: "fired" | "held" | "skipped" | "failed";
	reason: string | null;
	lastMoment: number | null;
	count: number;
	taskId: string | null;
	dealtWithAt: number;
}

const scheduleRow = (row: "NEW" | "OLD") =>
	`json_object('since', ${row}.since, 'dealtWithUntil', ${row}.dealt_with_until, 'heldMoment', ${row}.held_moment, 'lookAt', ${row}.look_at, 'runCount', ${row}.run_count, 'isEnabled', ${row}.is_enabled, 'updatedAt', ${row}.updated_at)`;
const tickRow =
	"json_object('moment', NEW.moment, 'isByHand', NEW.is_by_hand, 'outcome', NEW.outcome, 'reason', NEW.reason, 'lastMoment', NEW.last_moment, 'count', NEW.count, 'taskId', NEW.task_id, 'dealtWithAt', NEW.dealt_with_at)";
const log = (kind: string, scheduleId: string, row: string) =>
	`BEGIN INSERT INTO year_log (kind, schedule_id, row) VALUES (${kind}, ${scheduleId}, ${row}); END`;

export const logSql: readonly string[] = [
	"CREATE TABLE year_log (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, schedule_id TEXT NOT NULL, row TEXT NOT NULL)",
	`CREATE TRIGGER year_schedules AFTER UPDATE ON schedules ${log("iif(OLD.claim = NEW.claim, 'count', 'claim')", "NEW.id", scheduleRow("NEW"))}`,
	`CREATE TRIGGER year_deleted AFTER DELETE ON schedules ${log("'deleted'", "OLD.id", scheduleRow("OLD"))}`,
	`CREATE TRIGGER year_ticks_written AFTER INSERT ON ticks ${log("'tick'", "NEW.schedule_id", tickRow)}`,
	`CREATE TRIGGER year_ticks_changed AFTER UPDATE ON ticks ${log("'tick'", "NEW.schedule_id", tickRow)}`,
	`CREATE TRIGGER year_tasks AFTER INSERT ON tasks ${log("'task'", "''", "json_object('id', NEW.id, 'dueAt', NEW.due_at)")}`,
];

/** Names of the tasks of the year. Of `uniqueTask` one waits or works for each word. */
export const plainTask = "year_plain";
export const uniqueTask = "year_unique";

/** What may be broken on purpose, to see that it is found out: a file of src, what it says, and what it says then. */
export const sabotages = {
	/** A dispatcher takes what another has taken. */
	claim: {
		file: "db/schedules.ts",
		sound: "eq(schedules.claim, known), eq(schedules.isEnabled, true)",
		broken: "sql`true`, eq(schedules.isEnabled, true)",
	},
	/** Claim, tasks and ticks are written one after another. */
	batch: {
		file: "cron/dispatch-schedules.ts",
		sound: "const results = await runBatch(db, statements);",
		broken: "const results = []; for (const each of statements) results.push(await each);",
	},
	/** Nobody sends again what was not sent. */
	send: {
		file: "tasks/sweep.ts",
		sound: "const sent = await sendTasks(",
		broken: "const sent = await (async () => [])(",
	},
	/** Who is enabled again makes up for the time between. */
	since: {
		file: "api/schedules/change-schedule.ts",
		sound: "const since = beginsAnew ? now : schedule.since;",
		broken: "const since = schedule.since;",
	},
	/** Nobody looks again at a tick that waits for the end of another. */
	held: {
		file: "cron/dispatch-schedules.ts",
		sound: "held === null ? plan.nextMoment :",
		broken: "held !== undefined ? plan.nextMoment :",
	},
} as const;
export type Sabotage = keyof typeof sabotages;
