/** The task that an address names. */
import { findTask, type TaskWithAttempts } from "../../db/tasks.ts";
import { AppError } from "../../errors.ts";
import { type ApiContext, databaseOf, visibilityOf } from "../context.ts";

/** @throws AppError `not_found` where it is not there, or another owner's */
export async function requireTask(c: ApiContext, id: string): Promise<TaskWithAttempts> {
	const task = await findTask(databaseOf(c), id, visibilityOf(c));
	if (!task) throw new AppError("not_found", "There is no such task, or it is not yours.");
	return task;
}
