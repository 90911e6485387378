/** The task that a schedule enqueues. */
import { type SQL, sql } from "drizzle-orm";
import type { Schedule } from "../db/schedules.ts";
import { AppError } from "../errors.ts";
import type { TaskRegistry } from "./define.ts";
import type { TaskOptions } from "./enqueue.ts";
import type { TaskRequest } from "./enqueue-tasks.ts";

/** @throws AppError `unknown_task` or `invalid_request` where this version could not run it */
export function scheduledTask<Services>(
	registry: TaskRegistry<Services>,
	schedule: Pick<Schedule, "task" | "arguments" | "ownerId">,
	options: Pick<TaskOptions, "id" | "dueAt">,
	condition: SQL = sql`true`,
): TaskRequest {
	const definition = registry.get(schedule.task);
	if (!definition || definition.isInternal) {
		throw new AppError(
			"unknown_task",
			`There is no task named "${schedule.task}". GET /v1/tasks/registered lists those there are.`,
		);
	}
	const args = definition.arguments.safeParse(schedule.arguments);
	if (!args.success) {
		const faults = args.error.issues.map(({ path, message }) => ({
			field: ["arguments", ...path].join("."),
			expected: message,
		}));
		const told = faults.map(({ field, expected }) => `${field}: ${expected}`).join("; ");
		throw new AppError("invalid_request", `Some fields do not fit: ${told}.`, { extensions: { faults } });
	}
	const { itemId = null, photoId = null } = definition.subject?.(args.data) ?? {};
	return {
		definition,
		arguments: args.data,
		options: { ...options, ownerId: schedule.ownerId, itemId, photoId },
		condition,
	};
}
