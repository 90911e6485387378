/** The JSON of reading tasks: one of them, pages of them, what there is to run. */
import { z } from "@hono/zod-openapi";
import { attemptOutcomes, taskStates } from "../../db/schema.ts";
import { queueNames } from "../../tasks/define.ts";
import { id, pageQuery, progress, reason, time } from "../schemas.ts";

/** Longest text that is sought in errors. */
const MAX_SOUGHT_CHARACTERS = 200;

const someId = z.string().min(1).max(64).optional();
const moment = z.iso
	.datetime({ offset: true, error: "must be a moment in ISO 8601 with its zone, such as 2026-12-01T10:00:00Z" })
	.transform((text) => Date.parse(text))
	.optional();

/**
 * What tasks are chosen by; all that is given must fit. Strict, because a filter whose name is misspelled would find
 * everything.
 */
export const taskFilter = z.strictObject({
	state: z.enum(taskStates).optional(),
	name: z.string().min(1).max(100).optional(),
	queue: z.enum(queueNames).optional(),
	item_id: someId,
	photo_id: someId,
	group_id: someId,
	parent_id: someId,
	created_after: moment.openapi({ type: "string", format: "date-time", description: "Created then or later." }),
	created_before: moment.openapi({ type: "string", format: "date-time", description: "Created before." }),
	error: z
		.string()
		.min(1)
		.max(MAX_SOUGHT_CHARACTERS)
		.optional()
		.openapi({ description: "Text contained in the error's code or detail; a to z fit their capitals." }),
});

export const taskListQuery = taskFilter.extend(pageQuery.shape);

const reference = z.object({ id, name: z.string(), state: z.enum(taskStates) }).openapi("TaskReference");

const causes = z
	.array(z.string())
	.optional()
	.openapi({ description: "For administrators: what was thrown, and why, outermost first." });

const taskReason = reason.extend({ causes }).openapi("TaskReason");

/** What a list tells of a task, and what one alone tells too. */
export const listedTaskJson = z
	.object({
		id,
		name: z.string(),
		queue: z.string(),
		state: z.enum(taskStates),
		item_id: id.nullable(),
		photo_id: id.nullable(),
		parent_id: id.nullable().openapi({ description: "The task whose handler enqueued it." }),
		group_id: id.nullable().openapi({ description: "The group that it belongs to." }),
		callback_of: id.nullable().openapi({ description: "The group whose end starts it." }),
		retry_of: id.nullable().openapi({ description: "The ended task that it tries again." }),
		attempt_count: z.number().int(),
		max_attempts: z.number().int(),
		snooze_count: z
			.number()
			.int()
			.openapi({ description: "Attempts that put it off; not counted against max_attempts." }),
		lost_count: z.number().int().openapi({ description: "Attempts whose worker died; after two it is given up." }),
		progress: progress.nullable(),
		created_at: time,
		due_at: time.nullable().openapi({ description: "It starts no earlier; null while it waits for its group." }),
		sent_at: time.nullable(),
		started_at: time.nullable(),
		finished_at: time.nullable(),
		wait_ms: z.number().nullable().openapi({ description: "From its creation to the start of the last attempt." }),
		run_ms: z.number().nullable().openapi({ description: "How long the last attempt took." }),
		error: taskReason.nullable(),
	})
	.openapi("ListedTask");

export const taskPage = z
	.object({ tasks: z.array(listedTaskJson), next_cursor: z.string().nullable() })
	.openapi("TaskPage");

const attemptJson = z
	.object({
		number: z.number().int(),
		started_at: time,
		ended_at: time.nullable(),
		wait_ms: z.number().nullable().openapi({ description: "From when it was due to its start." }),
		duration_ms: z.number().nullable(),
		outcome: z.enum(attemptOutcomes).nullable(),
		error: taskReason.nullable(),
		peak_memory_bytes: z.number().int().nullable().openapi({ description: "Where its handler measured it." }),
		isolate: z.string().optional().openapi({ description: "For administrators: the isolate that it ran in." }),
	})
	.openapi("Attempt");

const groupJson = z
	.object({
		id,
		counts: z.partialRecord(z.enum(taskStates), z.number().int()),
		not_succeeded: z
			.array(reference.extend({ error: taskReason.nullable() }))
			.openapi({ description: "Members that have not succeeded, at most 100 of them, oldest first." }),
	})
	.openapi("TaskGroup");

export const taskJson = listedTaskJson
	.extend({
		arguments: z.unknown(),
		result: z.unknown(),
		idempotency_key: z.string().nullable(),
		attempts: z.array(attemptJson),
		parent: reference.nullable(),
		children: z.array(reference).openapi({ description: "The oldest 100; the list has them all, by parent_id." }),
		retried_as: id.nullable().openapi({ description: "The task that tries it again." }),
		group: groupJson.nullable().openapi({ description: "Of a callback: the group that it waits for." }),
	})
	.openapi("Task");

export const registeredTasksJson = z
	.object({
		tasks: z.array(
			z.object({
				name: z.string(),
				description: z.string(),
				queue: z.enum(queueNames),
				max_attempts: z.number().int(),
				backoff: z.object({ base_seconds: z.number(), max_seconds: z.number() }),
				soft_limit_seconds: z.number().openapi({ description: "After this the attempt's signal fires." }),
				hard_limit_seconds: z.number().openapi({ description: "After this nobody waits for it." }),
				lease_seconds: z.number().openapi({ description: "After this a silent worker is taken for dead." }),
				unique: z.object({ period_seconds: z.number() }).nullable().openapi({
					description: "Of equal ones only one waits or works, and one is made in this time; null for no limit.",
				}),
				result_life_seconds: z.number().openapi({ description: "How long an ended one is kept." }),
				is_internal: z.boolean().openapi({ description: "Enqueued by the system itself only." }),
				arguments: z.record(z.string(), z.unknown()).openapi({ description: "JSON Schema of the arguments." }),
			}),
		),
	})
	.openapi("RegisteredTasks");
