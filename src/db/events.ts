/** Reading and forgetting events. They are written by insert-event.ts, their delivery by delivery.ts. */
import { and, asc, desc, eq, gt, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import type { Visibility } from "./items.ts";
import { type EventType, events, tasks } from "./schema.ts";

/** What happened, as it is stored. */
export type Event = typeof events.$inferSelect;

/** An event with the state of its delivery: null before there is one, and once its task is no longer kept. */
export interface EventWithDelivery extends Event {
	delivery: Pick<typeof tasks.$inferSelect, "state" | "attemptCount" | "dueAt" | "finishedAt" | "error"> | null;
}

/** All that is given must fit. */
export interface EventFilter {
	type?: EventType | undefined;
	itemId?: string | undefined;
	/** `none`: no task delivers it. `failed`: the one that did gave up. */
	delivery?: "none" | "failed" | undefined;
}

/** True in SQL of an event that may be seen; undefined where all may. */
export const visibleEvents = (visibility: Visibility): SQL | undefined =>
	visibility === "everything" ? undefined : eq(events.ownerId, visibility.ownerId);

export const findEvent = (db: Database, id: number): Promise<Event | undefined> =>
	db.select().from(events).where(eq(events.id, id)).get();

const withDelivery = (db: Database) =>
	db
		.select({
			event: events,
			delivery: {
				state: tasks.state,
				attemptCount: tasks.attemptCount,
				dueAt: tasks.dueAt,
				finishedAt: tasks.finishedAt,
				error: tasks.error,
			},
		})
		.from(events)
		.leftJoin(tasks, eq(tasks.id, events.deliveryTaskId));

export async function findEventWithDelivery(
	db: Database,
	id: number,
	visibility: Visibility,
): Promise<EventWithDelivery | undefined> {
	const row = await withDelivery(db)
		.where(and(eq(events.id, id), visibleEvents(visibility)))
		.get();
	return row && { ...row.event, delivery: row.delivery };
}

/** One page, newest first. `before` is the last id seen. */
export async function listEvents(
	db: Database,
	visibility: Visibility,
	{ type, itemId, delivery }: EventFilter,
	page: { before?: number | undefined; limit: number },
): Promise<EventWithDelivery[]> {
	const rows = await withDelivery(db)
		.where(
			and(
				visibleEvents(visibility),
				type && isOfType(type),
				itemId === undefined ? undefined : eq(events.itemId, itemId),
				delivery && isDelivery[delivery],
				page.before === undefined ? undefined : lt(events.id, page.before),
			),
		)
		.orderBy(desc(events.id))
		.limit(page.limit);
	return rows.map((row) => ({ ...row.event, delivery: row.delivery }));
}

/** Failures are rare and have an index of their own; SQLite takes it where the query says what the index does. */
const isOfType = (type: EventType): SQL | undefined =>
	type === "item.processed"
		? eq(events.type, type)
		: and(eq(events.type, type), sql`${events.type} <> 'item.processed'`);

const isDelivery = {
	none: isNull(events.deliveryTaskId),
	// Found from the few tasks that failed, by their index: from the events, every one would have to be looked at. The
	// plus keeps SQLite from the index on names, under which every delivery is.
	failed: sql`${tasks.state} = 'failed' AND ${events.id} IN (
		SELECT json_extract(failed.arguments, '$.event_id') FROM tasks AS failed
		WHERE failed.state = 'failed' AND failed.finished_at IS NOT NULL AND +failed.name = 'deliver_webhook')`,
} satisfies Record<NonNullable<EventFilter["delivery"]>, SQL>;

/** How long an event is kept, whatever became of its delivery. */
export const EVENT_LIFE_MS = 30 * 24 * 3_600_000;

/** Removes the oldest events, at most `limit`, if they are from before that moment. Resumable. */
export async function forgetEvents(db: Database, before: number, limit: number): Promise<number> {
	// Every id is above 0; said so, SQLite searches for the first ones and does not plan to go through all of them.
	const oldest = db.select({ id: events.id }).from(events).where(gt(events.id, 0)).orderBy(asc(events.id)).limit(limit);
	const { meta } = await db.delete(events).where(and(sql`${events.id} IN ${oldest}`, lt(events.createdAt, before)));
	return meta.changes;
}
