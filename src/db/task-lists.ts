/**
 * Pages of tasks, newest or oldest first, of whatever was filtered by. However many tasks there are, a page looks at a bounded
 * number of them: one index gives the candidates in the order of their ids, the other filters are applied to those, and
 * where they run out before the page is full, the cursor tells where to go on.
 */
import { and, type Column, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { AFTER_EVERY_ID, firstIdOf } from "./ids.ts";
import type { Visibility } from "./items.ts";
import { type TaskState, tasks } from "./schema.ts";

/** All that is given must fit. */
export interface TaskFilter {
	state?: TaskState | undefined;
	name?: string | undefined;
	queue?: string | undefined;
	itemId?: string | undefined;
	photoId?: string | undefined;
	groupId?: string | undefined;
	parentId?: string | undefined;
	/** Made at this moment or later; milliseconds since 1970. */
	createdFrom?: number | undefined;
	/** Made before this moment. */
	createdBefore?: number | undefined;
	/** Contained in the error's code or detail; capitals do not count. */
	errorText?: string | undefined;
}

/** Which page is wanted. */
export interface PageWish {
	/** The id behind which the page begins: the last one that was shown or looked at. */
	before?: string | undefined;
	limit: number;
}

/** Of tasks. */
export interface TaskPageWish extends PageWish {
	/** The other way round. */
	isOldestFirst?: boolean | undefined;
}

/** What a list shows; arguments and results may be long, and are shown one by one only. */
const {
	arguments: _arguments,
	result: _result,
	leaseToken: _leaseToken,
	idempotencyKey: _idempotencyKey,
	uniqueKey: _uniqueKey,
	uniqueUntil: _uniqueUntil,
	...listed
} = getTableColumns(tasks);

/** A task as a list shows it. */
export type ListedTask = Pick<typeof tasks.$inferSelect, keyof typeof listed>;

const unqualified = ({ name }: Column): SQL => sql`${sql.identifier(name)}`;

/** The same for a selection from a subquery: drizzle knows columns of its own tables only. */
const selectedListed = Object.fromEntries(
	Object.entries(listed).map(([field, column]: [string, Column]) => [field, unqualified(column).mapWith(column)]),
) as unknown as { [Field in keyof ListedTask]: SQL<ListedTask[Field]> };

/** A page, and the way to the next. */
export interface TaskPage {
	tasks: ListedTask[];
	/** Where the next page begins; null when there is none. A page that is not full may have one behind it. */
	nextCursor: string | null;
}

/** A page looks at no more tasks than this: about 20 ms of D1. */
export const MAX_LOOKED_AT = 5000;

/** One page; one round trip, and a second one only for states of work in a system that is far behind. */
export async function listTasks(
	db: Database,
	filter: TaskFilter,
	visibility: Visibility,
	page: TaskPageWish,
): Promise<TaskPage> {
	const wanted = { ...filter, ...(visibility === "everything" ? {} : { ownerId: visibility.ownerId }) };
	if (isSoughtAmongLive(wanted)) {
		const live = await listAmongLive(db, wanted, page);
		if (live) return live;
	}
	return listAlongIndex(db, wanted, page);
}

type OwnedFilter = TaskFilter & { ownerId?: string | undefined };

/** An index in the order of ids below one value, and the filter that this value answers. */
interface IndexChoice {
	name: string;
	/** The condition that makes the index usable; the filter's own, or one that it implies. */
	condition: SQL;
	answers?: keyof OwnedFilter;
}

/** From the index that usually leaves the fewest candidates to the one that leaves all. */
function chooseIndex(filter: OwnedFilter): IndexChoice {
	const { parentId, groupId, itemId, ownerId, name, state } = filter;
	if (parentId !== undefined) {
		return { name: "tasks_by_parent", condition: eq(tasks.parentId, parentId), answers: "parentId" };
	}
	if (groupId !== undefined) {
		return { name: "tasks_by_group", condition: eq(tasks.groupId, groupId), answers: "groupId" };
	}
	if (itemId !== undefined) {
		return { name: "tasks_by_item", condition: eq(tasks.itemId, itemId), answers: "itemId" };
	}
	if (ownerId !== undefined) {
		return { name: "tasks_by_owner", condition: eq(tasks.ownerId, ownerId), answers: "ownerId" };
	}
	// Most tasks succeed: what did not is rarer than what has the same name.
	if (state === "failed" || state === "cancelled") return endedIn(state);
	if (name !== undefined) return { name: "tasks_by_name", condition: eq(tasks.name, name), answers: "name" };
	if (state === "succeeded") return endedIn(state);
	return { name: "sqlite_autoindex_tasks_1", condition: sql`true` };
}

/** SQLite takes the partial index only if the statement says literally that the rows are in it. */
const endedIn = (state: TaskState): IndexChoice => ({
	name: "tasks_ended",
	condition: sql`${tasks.state} = ${state} AND ${tasks.finishedAt} IS NOT NULL`,
	answers: "state",
});

async function listAlongIndex(db: Database, filter: OwnedFilter, page: TaskPageWish): Promise<TaskPage> {
	const { pageStatement, lookStatement, maxLookedAt } = alongIndex(db, filter, page);
	const [rows, [looked]] = await db.batch([pageStatement, lookStatement]);
	if (rows.length > page.limit || !looked || looked.count < maxLookedAt) return pageOf(rows, page);
	// The filters took what they found among as many as may be looked at; there may be more behind.
	return { tasks: rows, nextCursor: looked.last };
}

/** The statements of a page: the rows that fit, and how far they were looked for. */
function alongIndex(db: Database, filter: OwnedFilter, page: TaskPageWish) {
	const index = chooseIndex(filter);
	const rest = restOf(filter, index.answers);
	const maxLookedAt = rest === undefined ? page.limit + 1 : MAX_LOOKED_AT;
	const candidates = (columns: SQL) =>
		sql`(SELECT ${columns} FROM tasks INDEXED BY ${sql.raw(index.name)} WHERE ${and(index.condition, ...idRange(filter, page))} ORDER BY ${orderOf(page)} LIMIT ${maxLookedAt}) AS looked`;
	return {
		maxLookedAt,
		pageStatement: db
			.select(selectedListed)
			.from(candidates(sql`*`))
			.where(rest)
			.orderBy(orderOf(page))
			.limit(page.limit + 1),
		lookStatement: db
			.select({
				count: sql<number>`count(*)`,
				last: page.isOldestFirst ? sql<string | null>`max(id)` : sql<string | null>`min(id)`,
			})
			.from(candidates(sql`id`)),
	};
}

const isLive = (state: TaskState | undefined): boolean =>
	state !== undefined && state !== "succeeded" && state !== "failed" && state !== "cancelled";

/** Live tasks are few and may be old, so they are not looked for along an index that holds mostly ended ones. */
const isSoughtAmongLive = ({ state, parentId, groupId, itemId }: OwnedFilter): boolean =>
	isLive(state) && parentId === undefined && groupId === undefined && itemId === undefined;

/** A page of tasks that have not ended, or undefined when there are too many of those to look at. */
async function listAmongLive(db: Database, filter: OwnedFilter, page: TaskPageWish): Promise<TaskPage | undefined> {
	const { pageStatement, countStatement } = amongLive(db, filter, page);
	const [rows, [live]] = await db.batch([pageStatement, countStatement]);
	return live && live.count > MAX_LOOKED_AT ? undefined : pageOf(rows, page);
}

/** Tasks that have not ended, each kind of them up to a limit. */
export function selectLive(limit: number) {
	const awake = sql`SELECT * FROM tasks INDEXED BY tasks_to_wake WHERE wake_at IS NOT NULL LIMIT ${limit}`;
	const groups = sql`SELECT group_id FROM tasks INDEXED BY tasks_unended_of_group WHERE group_id IS NOT NULL AND finished_at IS NULL LIMIT ${limit}`;
	// Only a callback that waits for its group is neither to be woken nor ended.
	const waitingForGroup = sql`SELECT * FROM tasks WHERE callback_of IN (${groups}) AND wake_at IS NULL AND finished_at IS NULL`;
	return { awake, groups, waitingForGroup };
}

function amongLive(db: Database, filter: OwnedFilter, page: TaskPageWish) {
	const { awake, groups, waitingForGroup } = selectLive(MAX_LOOKED_AT + 1);
	const live =
		filter.state === "pending"
			? sql`(SELECT * FROM (${awake}) UNION ALL SELECT * FROM (${waitingForGroup})) AS looked`
			: sql`(${awake}) AS looked`;
	return {
		pageStatement: db
			.select(selectedListed)
			.from(live)
			.where(and(restOf(filter), ...idRange(filter, page)))
			.orderBy(orderOf(page))
			.limit(page.limit + 1),
		countStatement: db
			.select({ count: sql<number>`max((SELECT count(*) FROM (${awake})), (SELECT count(*) FROM (${groups})))` })
			.from(sql`(SELECT 1)`),
	};
}

const pageOf = (rows: ListedTask[], { limit }: TaskPageWish): TaskPage => {
	const shown = rows.slice(0, limit);
	return { tasks: shown, nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
};

const orderOf = ({ isOldestFirst = false }: TaskPageWish): SQL => (isOldestFirst ? sql`id ASC` : sql`id DESC`);

/** Both ends of the ids: of the page, and of the time. There is always an upper one, so that every index is searched. */
function idRange({ createdFrom, createdBefore }: OwnedFilter, { before, isOldestFirst = false }: TaskPageWish): SQL[] {
	const end = createdBefore === undefined ? AFTER_EVERY_ID : firstIdOf(createdBefore);
	const upper = !isOldestFirst && before !== undefined && before < end ? before : end;
	return [
		sql`id < ${upper}`,
		...(isOldestFirst && before !== undefined ? [sql`id > ${before}`] : []),
		...(createdFrom === undefined ? [] : [sql`id >= ${firstIdOf(createdFrom)}`]),
	];
}

/** The conditions that the index does not answer; undefined when it answers them all. */
function restOf(filter: OwnedFilter, answered?: keyof OwnedFilter): SQL | undefined {
	const columns = {
		ownerId: tasks.ownerId,
		state: tasks.state,
		name: tasks.name,
		queue: tasks.queue,
		itemId: tasks.itemId,
		photoId: tasks.photoId,
		groupId: tasks.groupId,
		parentId: tasks.parentId,
	};
	const equal = Object.entries(columns).map(([field, column]) => {
		const value = filter[field as keyof typeof columns];
		return value === undefined || field === answered ? undefined : sql`${unqualified(column)} = ${value}`;
	});
	return and(...equal, filter.errorText === undefined ? undefined : errorContains(filter.errorText));
}

/** `instr` has no limit to what it seeks; D1's LIKE takes 50 bytes. The causes are no part: not all may see them. */
const errorContains = (text: string): SQL =>
	sql`instr(lower(json_extract(error, '$.code') || ' ' || json_extract(error, '$.detail')), lower(${text})) > 0`;
