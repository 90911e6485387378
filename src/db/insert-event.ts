/** Writing events: facts that others may want to know, in the batch that makes them true. */
import { type SQL, sql } from "drizzle-orm";
import type { Database, Statement } from "./database.ts";
import { isSql } from "./insert-row-where.ts";
import { type EventType, events } from "./schema.ts";

export interface NewEvent {
	type: EventType;
	/** Values or SQL: what an event is about may be known to the database only. */
	ownerId: string | SQL;
	itemId?: string | SQL | null;
	photoId?: string | SQL | null;
	taskId?: string | null;
	data: Record<string, unknown> | SQL;
}

/** @param source `FROM … WHERE …`, or only `WHERE …`: an event is written for each row of it */
export function insertEvent(db: Database, event: NewEvent, source: SQL, now: number): Statement {
	const { type, ownerId, itemId = null, photoId = null, taskId = null, data } = event;
	const json = isSql(data) ? data : JSON.stringify(data);
	// Every column in the table's order: that is how drizzle writes an insert from a select.
	return db
		.insert(events)
		.select(sql`SELECT NULL, ${type}, ${ownerId}, ${itemId}, ${photoId}, ${taskId}, ${json}, ${now}, NULL ${source}`);
}
