/** How many tasks are in each state, as far as that is cheap to know. */
import { sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { type TaskState, taskStates } from "./schema.ts";
import { selectLive } from "./task-lists.ts";

/** So many of those that have not ended are counted together, and so many of each state of ended ones. */
export const MAX_COUNTED = 1000;

const endedStates = ["succeeded", "failed", "cancelled"] as const satisfies TaskState[];

/** Tasks in one state. */
export interface StateCount {
	count: number;
	/** There may be more. */
	isAtLeast: boolean;
}

/** One round trip, however many tasks there are. */
export async function countStates(db: Database): Promise<Record<TaskState, StateCount>> {
	const { awake, waitingForGroup } = selectLive(MAX_COUNTED + 1);
	const live = sql`SELECT state, count(*) AS count FROM (SELECT * FROM (${awake}) UNION ALL SELECT * FROM (${waitingForGroup})) GROUP BY state`;
	const ended = endedStates.map(
		(state) =>
			sql`SELECT ${state} AS state, count(*) AS count FROM (SELECT id FROM tasks INDEXED BY tasks_ended WHERE state = ${state} AND finished_at IS NOT NULL LIMIT ${MAX_COUNTED + 1})`,
	);
	const rows = await db.all<{ state: TaskState; count: number }>(sql.join([live, ...ended], sql` UNION ALL `));
	const counts = new Map(rows.map(({ state, count }) => [state, count]));
	const countOf = (state: TaskState) => counts.get(state) ?? 0;
	const isEnded = (state: TaskState) => (endedStates as readonly TaskState[]).includes(state);
	const liveCount = taskStates.filter((state) => !isEnded(state)).reduce((sum, state) => sum + countOf(state), 0);
	return Object.fromEntries(
		taskStates.map((state) => {
			const isAtLeast = (isEnded(state) ? countOf(state) : liveCount) > MAX_COUNTED;
			return [state, { count: Math.min(countOf(state), MAX_COUNTED), isAtLeast }];
		}),
	) as Record<TaskState, StateCount>;
}
