/** Trying an ended task again: a new task with the same arguments, linked to the old one. */
import { sql } from "drizzle-orm";
import { tasks } from "../db/schema.ts";
import { AppError } from "../errors.ts";
import type { TaskRow } from "./claim.ts";
import type { TaskRegistry } from "./define.ts";
import type { TaskRequest } from "./enqueue-tasks.ts";

/**
 * Written only where the old task did not succeed, and once: a second request is answered with the first's task. The new
 * one belongs to no group, because the old one's may have ended.
 *
 * @throws AppError `unknown_task` or `invalid_request` where this version could not run it
 */
export function retryRequest<Services>(registry: TaskRegistry<Services>, old: TaskRow): TaskRequest {
	const { id, name, ownerId, maxAttempts, itemId, photoId, parentId } = old;
	const definition = registry.get(name);
	if (!definition) throw new AppError("unknown_task", `This version of the system knows no task named "${name}".`);
	const args = definition.arguments.safeParse(old.arguments);
	if (!args.success) {
		throw new AppError(
			"invalid_request",
			`The arguments of the old task do not fit ${name} any more. Enqueue a new one.`,
		);
	}
	return {
		definition,
		arguments: args.data,
		options: { ownerId, maxAttempts, itemId, photoId, retryOf: id, ...(parentId === null ? {} : { parentId }) },
		// A callback that was cancelled is not tried again before its group has ended.
		condition: sql`EXISTS (SELECT 1 FROM ${tasks} WHERE ${tasks.id} = ${id} AND ${tasks.state} IN ('failed', 'cancelled')
			AND NOT EXISTS (SELECT 1 FROM tasks AS member WHERE member.group_id = ${tasks.callbackOf} AND member.finished_at IS NULL))`,
	};
}
