/** Reading tasks for people; writing them is the business of src/tasks. */
import { and, asc, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import type { Visibility } from "./items.ts";
import { attempts, tasks } from "./schema.ts";

export type TaskWithAttempts = typeof tasks.$inferSelect & { attempts: (typeof attempts.$inferSelect)[] };

/** A task with every attempt, oldest first; one round trip. */
export async function findTask(
	db: Database,
	id: string,
	visibility: Visibility,
): Promise<TaskWithAttempts | undefined> {
	const [found, tried] = await db.batch([
		db
			.select()
			.from(tasks)
			.where(and(eq(tasks.id, id), visibility === "everything" ? undefined : eq(tasks.ownerId, visibility.ownerId))),
		db.select().from(attempts).where(eq(attempts.taskId, id)).orderBy(asc(attempts.number)),
	]);
	const [task] = found;
	return task && { ...task, attempts: tried };
}
