/** Enqueuing on request: rows, effects and what stood in the way, for up to a hundred tasks in one transaction. */
import { and, eq, or, type SQL, sql } from "drizzle-orm";
import { type Database, runBatch, type Statement } from "../db/database.ts";
import { type TaskState, tasks } from "../db/schema.ts";
import type { AnyTaskDefinition } from "./define.ts";
import { type EnqueuedTask, insertTask, releaseUniqueKey, type TaskOptions } from "./enqueue.ts";
import { joinGroup, startCallbacks } from "./groups.ts";

/** A task to be made. Its arguments fit the definition's schema, or `insertTask` throws. */
export interface TaskRequest {
	// biome-ignore lint/suspicious/noExplicitAny: what a handler works with is nothing to who enqueues
	definition: AnyTaskDefinition<any>;
	arguments: unknown;
	options: TaskOptions & { ownerId: string };
	/** Of writing it, as SQL. */
	condition?: SQL;
}

/** The task that a request made, or found. */
export interface EnqueueAnswer {
	id: string;
	name: string;
	state: TaskState;
	dueAt: number;
	/** The group that it waits for. */
	callbackOf: string | null;
	/** False where an equal task was there already: that one is answered. */
	isNew: boolean;
}

export interface Enqueued {
	/** In the order of the requests; undefined where a condition did not hold and no equal task is there. */
	answers: (EnqueueAnswer | undefined)[];
	/** What has to be sent now that it is committed. */
	toSend: EnqueuedTask[];
}

/** Writes all tasks or none; one round trip. @param groupIds groups that these tasks make whole */
export async function enqueueTasks(
	db: Database,
	requests: readonly TaskRequest[],
	now: number,
	groupIds: readonly string[] = [],
): Promise<Enqueued> {
	const writes = requests.map((request) => writeTask(db, request, now));
	// A group whose tasks all belong to another one already has nobody whose end could start its callback.
	const whole = groupIds.map((id) => startCallbacks(db, sql`${id}`, now));
	const results = await runBatch(db, [...writes.flatMap(({ statements }) => statements), ...whole]);
	let at = 0;
	const answers: Enqueued["answers"] = [];
	const toSend: EnqueuedTask[] = [];
	for (const { statements, task, insertAt } of writes) {
		const [inserted, equal] = [results[at + insertAt], results[at + statements.length - 1]] as [unknown[], FoundTask[]];
		at += statements.length;
		const [found] = equal;
		const isNew = inserted.length > 0;
		answers.push(found && { ...found, isNew });
		if (isNew && found?.state === "sent") toSend.push(task);
	}
	return { answers, toSend: [...toSend, ...(results.slice(at).flat() as EnqueuedTask[])] };
}

type FoundTask = Omit<EnqueueAnswer, "isNew">;

/** The statements of one request, for a batch of others; the last one looks up what it made or found. */
export function writeTask(
	db: Database,
	{ definition, arguments: args, options, condition }: TaskRequest,
	now: number,
): { task: EnqueuedTask; statements: Statement[]; insertAt: number } {
	const { task, statement, uniqueKey } = insertTask(db, definition, args, options, now, condition);
	const isEnqueued = sql`EXISTS (SELECT 1 FROM ${tasks} WHERE ${tasks.id} = ${task.id})`;
	const release = uniqueKey === null ? [] : [releaseUniqueKey(db, uniqueKey, now, options.retryOf)];
	const isNamed = or(
		eq(tasks.id, task.id),
		options.retryOf === undefined ? undefined : eq(tasks.retryOf, options.retryOf),
		options.idempotencyKey === undefined
			? undefined
			: and(eq(tasks.ownerId, options.ownerId), eq(tasks.idempotencyKey, options.idempotencyKey)),
	) as SQL;
	const isEqual = or(isNamed, uniqueKey === null ? undefined : eq(tasks.uniqueKey, uniqueKey));
	return {
		task,
		statements: [
			...release,
			statement,
			...(options.groupId === undefined || uniqueKey === null ? [] : [joinGroup(db, options.groupId, uniqueKey)]),
			...(definition.effectsOfEnqueue?.(db, args, task.id, isEnqueued, now) ?? []),
			db
				.select({
					id: tasks.id,
					name: tasks.name,
					state: tasks.state,
					dueAt: tasks.dueAt,
					callbackOf: tasks.callbackOf,
				})
				.from(tasks)
				.where(isEqual)
				// What the caller named comes before what only is alike.
				.orderBy(sql`${isNamed} DESC`)
				.limit(1),
		],
		insertAt: release.length,
	};
}
