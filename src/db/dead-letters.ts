/** Reading messages that the platform gave up on. */
import { eq, getTableColumns, lt, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { deadLetters, tasks } from "./schema.ts";

/** SQLite numbers rows as they arrive: newest first needs no index. */
const place: SQL<number> = sql<number>`dead_letters.rowid`;

/** A message that was given up, with its place and its task. */
export type DeadLetter = Awaited<ReturnType<typeof listDeadLetters>>[number];

/** One page, newest first, with what became of their tasks. @param page.before the place behind which it begins */
export const listDeadLetters = (db: Database, page: { before?: number | undefined; limit: number }) =>
	db
		.select({
			...getTableColumns(deadLetters),
			place,
			task: { name: tasks.name, state: tasks.state, error: tasks.error },
		})
		.from(deadLetters)
		.leftJoin(tasks, eq(tasks.id, deadLetters.taskId))
		.where(lt(place, page.before ?? Number.MAX_SAFE_INTEGER))
		.orderBy(sql`${place} DESC`)
		.limit(page.limit);
