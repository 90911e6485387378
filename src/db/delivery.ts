/** Which task delivers an event: given to it in the transaction that writes the task, so that there is never a second. */
import { and, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Database, Statement } from "./database.ts";
import { type Event, visibleEvents } from "./events.ts";
import type { Visibility } from "./items.ts";
import { events, tasks } from "./schema.ts";

/** The newest events that no task delivers, from the partial index that holds only such. */
export const listUndelivered = (db: Database, limit: number): Promise<Event[]> =>
	db.select().from(events).where(isNull(events.deliveryTaskId)).orderBy(desc(events.id)).limit(limit);

/** Gives events that still have none the tasks named. @param taskIds by event; they travel as one parameter */
export function claimDeliveries(db: Database, taskIds: ReadonlyMap<number, string>): Statement {
	const pairs = JSON.stringify([...taskIds].map(([eventId, taskId]) => ({ event_id: eventId, task_id: taskId })));
	const eventIds = sql`(SELECT json_extract(value, '$.event_id') FROM json_each(${pairs}))`;
	const taskId = sql`(SELECT json_extract(value, '$.task_id') FROM json_each(${pairs}) WHERE json_extract(value, '$.event_id') = ${events.id})`;
	return db
		.update(events)
		.set({ deliveryTaskId: taskId })
		.where(and(sql`${events.id} IN ${eventIds}`, isNull(events.deliveryTaskId)));
}

/** Gives an event another task, unless one that has not ended delivers it. Returns its id where that was done. */
export const claimRedelivery = (db: Database, eventId: number, taskId: string, visibility: Visibility): Statement =>
	db
		.update(events)
		.set({ deliveryTaskId: taskId })
		.where(
			and(
				eq(events.id, eventId),
				visibleEvents(visibility),
				sql`NOT EXISTS (SELECT 1 FROM ${tasks} WHERE ${tasks.id} = ${events.deliveryTaskId} AND ${tasks.finishedAt} IS NULL)`,
			),
		)
		.returning({ id: events.id });

/** Gives an event the task that tries its delivery again. @param isEnqueued true in SQL once that task is there */
export const linkDelivery = (db: Database, eventId: number, taskId: string, isEnqueued: SQL): Statement =>
	db
		.update(events)
		.set({ deliveryTaskId: taskId })
		.where(and(eq(events.id, eventId), isEnqueued));

/** True in SQL where that task was given to the event. */
export const isDeliveredBy = (eventId: number, taskId: string): SQL =>
	sql`EXISTS (SELECT 1 FROM ${events} WHERE ${events.id} = ${eventId} AND ${events.deliveryTaskId} = ${taskId})`;
