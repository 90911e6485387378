/** What the system does: what ended lately, from counts by the minute and the hour, and what waits and works now. */
import { gte, type SQL, sql } from "drizzle-orm";
import { addHistogram, type Histogram } from "../tasks/duration-buckets.ts";
import { MINUTE_MS } from "../tasks/statistics.ts";
import { KEPT_BY_MINUTE_MS } from "../tasks/statistics-by-hour.ts";
import type { Database } from "./database.ts";
import { listPausedQueues, type PausedQueue } from "./paused-queues.ts";
import { type TaskState, taskStatistics } from "./schema.ts";

/** So many tasks that have not ended are counted; where there are more, numbers say "at least". */
const MAX_COUNTED_LIVE = 10_000;
/** So many of the newest dead letters are looked at. */
const MAX_COUNTED_DEAD_LETTERS = 1000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LATELY_MS = 5 * MINUTE_MS;

/** `waiting`: due, and nobody has taken it. `delayed`: not to be started yet. `working`: an attempt holds it. */
type Stage = "waiting" | "delayed" | "working";

/** Tasks of one kind in one stage. */
interface LiveCount {
	name: string;
	queue: string;
	stage: Stage;
	count: number;
	/** Of the one that has been due for longest. */
	dueAt: number;
	taskId: string;
}

interface Oldest {
	taskId: string;
	/** Since when it could have been started. */
	since: number;
}

/** What ended of one kind of task. */
export interface KindEnds {
	name: string;
	ended: Partial<Record<TaskState, number>>;
	waits: Histogram;
	runs: Histogram;
}

/** Of one kind of task. */
export interface KindStatistics extends KindEnds {
	now: Record<Stage, number>;
	oldestWaiting: Oldest | null;
}

/** Of all kinds, within a window. */
export interface Statistics {
	/** The moment from which ends are counted. */
	from: number;
	/** True where more tasks wait or work than were counted. */
	isAtLeast: boolean;
	kinds: KindStatistics[];
}

/** Of each kind of task that ended since then, or that waits or works; one round trip. */
export async function readStatistics(db: Database, minutes: number, now: number): Promise<Statistics> {
	const from = startOfWindow(minutes, now);
	const [ended, live] = await db.batch([
		db.select().from(taskStatistics).where(gte(taskStatistics.minute, from)),
		countLive(db, now),
	]);
	const ends = addUp(ended);
	const kinds = new Map(ends.map((kind) => [kind.name, { ...emptyKind(kind.name), ...kind }]));
	for (const counted of live) {
		const kind = kinds.get(counted.name) ?? emptyKind(counted.name);
		kinds.set(counted.name, kind);
		kind.now[counted.stage] += counted.count;
		if (counted.stage === "waiting") kind.oldestWaiting = older(kind.oldestWaiting, counted);
	}
	return { from, isAtLeast: isBeyondCount(live), kinds: [...kinds.values()] };
}

/** What ended of each kind since that moment, by name; one round trip. */
export async function readEndsSince(db: Database, from: number): Promise<KindEnds[]> {
	const rows = await db.select().from(taskStatistics).where(gte(taskStatistics.minute, from));
	return addUp(rows).sort((one, other) => (one.name < other.name ? -1 : 1));
}

function addUp(rows: readonly (typeof taskStatistics.$inferSelect)[]): KindEnds[] {
	const kinds = new Map<string, KindEnds>();
	for (const { name, state, count, waits, runs } of rows) {
		const kind = kinds.get(name) ?? { name, ended: {}, waits: {}, runs: {} };
		kinds.set(name, kind);
		kind.ended[state] = (kind.ended[state] ?? 0) + count;
		addHistogram(kind.waits, waits);
		addHistogram(kind.runs, runs);
	}
	return [...kinds.values()];
}

/** Older counts are kept by the hour only: a window that reaches them begins with an hour. */
function startOfWindow(minutes: number, now: number): number {
	const from = now - (now % MINUTE_MS) - minutes * MINUTE_MS;
	return minutes * MINUTE_MS <= KEPT_BY_MINUTE_MS ? from : from - (from % HOUR_MS);
}

const emptyKind = (name: string): KindStatistics => ({
	name,
	ended: {},
	waits: {},
	runs: {},
	now: { waiting: 0, delayed: 0, working: 0 },
	oldestWaiting: null,
});

const older = (known: Oldest | null, { taskId, dueAt }: LiveCount): Oldest =>
	known && known.since <= dueAt ? known : { taskId, since: dueAt };

const isBeyondCount = (live: LiveCount[]): boolean =>
	live.reduce((sum, { count }) => sum + count, 0) > MAX_COUNTED_LIVE;

/** What has not ended and waits for no group, by kind and stage. With `min`, SQLite takes the other columns from its row. */
function countLive(db: Database, now: number) {
	const stage = sql<Stage>`CASE WHEN state = 'started' THEN 'working' WHEN due_at > ${now} THEN 'delayed' ELSE 'waiting' END`;
	const live = sql`SELECT id, name, queue, state, due_at FROM tasks INDEXED BY tasks_to_wake WHERE wake_at IS NOT NULL LIMIT ${MAX_COUNTED_LIVE + 1}`;
	return db
		.select({
			name: sql<string>`name`,
			queue: sql<string>`queue`,
			stage: stage.as("stage"),
			count: sql<number>`count(*)`,
			dueAt: sql<number>`min(due_at)`,
			taskId: sql<string>`id`,
		})
		.from(sql`(${live}) AS live`)
		.groupBy(sql`name`, sql`queue`, sql`stage`);
}

/** Of one queue. */
export interface QueueStatistics {
	now: Record<Stage, number>;
	oldestWaiting: Oldest | null;
	endedLately: number;
	deadLettersLastDay: number;
	/** Since when and by whom; null where it is not paused. */
	paused: PausedQueue | null;
}

/** Of all queues. */
export interface Queues {
	/** The moment from which `endedLately` counts: five whole minutes and what has passed of this one. */
	from: number;
	isAtLeast: boolean;
	/** The queue's numbers; of one where nothing is and was, all are 0. */
	of(queue: string): QueueStatistics;
}

/** What each queue has to do and did; one round trip. */
export async function readQueues(db: Database, now: number): Promise<Queues> {
	const from = now - (now % MINUTE_MS) - LATELY_MS;
	const newest = sql`SELECT queue, received_at FROM dead_letters WHERE rowid > 0 ORDER BY rowid DESC LIMIT ${MAX_COUNTED_DEAD_LETTERS}`;
	const [live, ended, dead, paused] = await db.batch([
		countLive(db, now),
		db
			.select({ queue: taskStatistics.queue, count: sum(taskStatistics.count) })
			.from(taskStatistics)
			.where(gte(taskStatistics.minute, from))
			.groupBy(taskStatistics.queue),
		db
			.select({ queue: sql<string>`queue`, count: sql<number>`count(*)` })
			.from(sql`(${newest}) AS newest`)
			.where(sql`received_at >= ${now - DAY_MS}`)
			.groupBy(sql`queue`),
		listPausedQueues(db),
	]);
	const countOf = (rows: { queue: string; count: number }[], queue: string) =>
		rows.find((row) => row.queue === queue)?.count ?? 0;
	return {
		from,
		isAtLeast: isBeyondCount(live),
		of(queue) {
			const stages = { waiting: 0, delayed: 0, working: 0 };
			let oldestWaiting: Oldest | null = null;
			for (const counted of live.filter((row) => row.queue === queue)) {
				stages[counted.stage] += counted.count;
				if (counted.stage === "waiting") oldestWaiting = older(oldestWaiting, counted);
			}
			return {
				now: stages,
				oldestWaiting,
				endedLately: countOf(ended, queue),
				deadLettersLastDay: countOf(dead, `${queue}-dead-letters`),
				paused: paused.find((row) => row.queue === queue) ?? null,
			};
		},
	};
}

const sum = (column: typeof taskStatistics.count): SQL<number> => sql<number>`sum(${column})`;
