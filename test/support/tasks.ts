/** Time travel for tasks: rows are moved in D1, so that no test waits for a lease or a delay. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { openDatabase } from "../../src/db/database.ts";
import { attempts, tasks } from "../../src/db/schema.ts";

export type TaskRow = typeof tasks.$inferSelect;

const database = () => openDatabase(env.DB);

export async function readTaskRow(id: string): Promise<TaskRow> {
	const row = await database().select().from(tasks).where(eq(tasks.id, id)).get();
	if (!row) throw new Error(`no task ${id}`);
	return row;
}

export const readAttempts = (taskId: string) =>
	database().select().from(attempts).where(eq(attempts.taskId, taskId)).orderBy(attempts.number);

export const changeTaskRow = (id: string, changes: Partial<TaskRow>) =>
	database().update(tasks).set(changes).where(eq(tasks.id, id));

/** As if the wait before the next attempt were over. */
export const makeDue = (id: string) => changeTaskRow(id, { dueAt: Date.now() });

/** As if the attempt that holds the task had been silent for longer than its lease. */
export const expireLease = (id: string) => changeTaskRow(id, { wakeAt: Date.now() - 1 });

export const countTasks = () => database().$count(tasks);
