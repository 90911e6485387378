/** Reading one task for people; writing tasks is the business of src/tasks. */
import { and, asc, count, eq, ne, type SQL, sql } from "drizzle-orm";
import { MAX_LISTED_MEMBERS } from "../tasks/groups.ts";
import type { Database } from "./database.ts";
import type { Visibility } from "./items.ts";
import { attempts, type StoredError, type TaskState, tasks } from "./schema.ts";

/** A task as another one refers to it. */
export interface TaskReference {
	id: string;
	name: string;
	state: TaskState;
}

/** A task with its attempts and relations. */
export type TaskWithAttempts = typeof tasks.$inferSelect & {
	/** Oldest first. */
	attempts: (typeof attempts.$inferSelect)[];
	parent: TaskReference | null;
	/** At most `MAX_CHILDREN`, oldest first. */
	children: TaskReference[];
	/** The task that tries it again. */
	retriedAs: string | null;
	/** Of a callback: its group. */
	group: TaskGroup | null;
	/** Of a member of a group: what its end starts. */
	callback: TaskReference | null;
};

/** The group that a callback waits for. */
export interface TaskGroup {
	id: string;
	counts: Partial<Record<TaskState, number>>;
	/** Those of the oldest members that have not succeeded, at most `MAX_LISTED_MEMBERS`. */
	notSucceeded: (TaskReference & { error: StoredError | null })[];
}

/** How many children of a task are shown; the list of tasks shows them all, by `parent_id`. */
const MAX_CHILDREN = 100;
/** A group is counted up to here. */
const MAX_COUNTED_MEMBERS = 10_000;

const reference = { id: tasks.id, name: tasks.name, state: tasks.state };

const visibleTasks = (visibility: Visibility): SQL | undefined =>
	visibility === "everything" ? undefined : eq(tasks.ownerId, visibility.ownerId);

/** A task with its attempts and what it belongs to; one round trip. */
export async function findTask(
	db: Database,
	id: string,
	visibility: Visibility,
): Promise<TaskWithAttempts | undefined> {
	const isVisible = visibleTasks(visibility);
	const ofTask = (column: string) => sql`(SELECT ${sql.identifier(column)} FROM tasks AS this WHERE this.id = ${id})`;
	const isMember = sql`${tasks.groupId} = ${ofTask("callback_of")}`;
	const [found, tried, parents, children, retries, counts, notSucceeded, callbacks] = await db.batch([
		db
			.select()
			.from(tasks)
			.where(and(eq(tasks.id, id), isVisible)),
		db.select().from(attempts).where(eq(attempts.taskId, id)).orderBy(asc(attempts.number)),
		db
			.select(reference)
			.from(tasks)
			.where(and(sql`${tasks.id} = ${ofTask("parent_id")}`, isVisible)),
		db
			.select(reference)
			.from(tasks)
			.where(and(eq(tasks.parentId, id), isVisible))
			.orderBy(asc(tasks.id))
			.limit(MAX_CHILDREN),
		db.select({ id: tasks.id }).from(tasks).where(eq(tasks.retryOf, id)),
		db
			.select({ state: sql<TaskState>`state`, count: count() })
			.from(
				sql`(SELECT state FROM tasks INDEXED BY tasks_by_group WHERE group_id = ${ofTask("callback_of")} LIMIT ${MAX_COUNTED_MEMBERS}) AS members`,
			)
			.groupBy(sql`state`),
		db
			.select({ ...reference, error: tasks.error })
			.from(tasks)
			.where(and(isMember, ne(tasks.state, "succeeded"), isVisible))
			.orderBy(asc(tasks.id))
			.limit(MAX_LISTED_MEMBERS),
		db
			.select(reference)
			.from(tasks)
			.where(and(sql`${tasks.callbackOf} = ${ofTask("group_id")}`, isVisible)),
	]);
	const [task] = found;
	return (
		task && {
			...task,
			attempts: tried,
			parent: parents[0] ?? null,
			children,
			retriedAs: retries[0]?.id ?? null,
			group: task.callbackOf === null ? null : groupOf(task.callbackOf, counts, notSucceeded),
			callback: callbacks[0] ?? null,
		}
	);
}

const groupOf = (
	id: string,
	counts: { state: TaskState; count: number }[],
	notSucceeded: TaskGroup["notSucceeded"],
): TaskGroup => ({
	id,
	counts: Object.fromEntries(counts.map(({ state, count }) => [state, count])),
	notSucceeded,
});
