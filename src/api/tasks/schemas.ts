/** The JSON of enqueuing and changing tasks. */
import { z } from "@hono/zod-openapi";
import { taskStates } from "../../db/schema.ts";
import { id } from "../schemas.ts";

/** The longest a task may be put off. */
export const MAX_DELAY_DAYS = 365;
const MAX_COUNTDOWN_SECONDS = MAX_DELAY_DAYS * 24 * 3600;
/** Tasks in one call: as many as a queue takes messages. */
export const MAX_TASKS_IN_CALL = 100;

const key = z
	.string()
	.regex(/^[\x21-\x7e]{1,200}$/, "must be 1 to 200 visible ASCII characters, for example a UUID")
	.openapi({ description: "The same key of the same owner names the same task: it is enqueued once." });

/** Strict, as all bodies of tasks are: a misspelt `countdown` would start the task at once. */
const taskFields = z.strictObject({
	arguments: z.record(z.string(), z.unknown()).default({}),
	countdown: z
		.number()
		.min(0)
		.max(MAX_COUNTDOWN_SECONDS, `must be at most ${MAX_DELAY_DAYS} days of seconds`)
		.optional()
		.openapi({ description: "Seconds until it may start." }),
	eta: z.iso
		.datetime({ offset: true, error: "must be a moment in ISO 8601 with its zone, such as 2026-12-01T10:00:00Z" })
		.optional()
		.openapi({ description: `When it may start; at once if that has passed, at most ${MAX_DELAY_DAYS} days ahead.` }),
	idempotency_key: key.optional(),
	max_attempts: z.number().int().min(1).max(25).optional(),
});

const oneMoment = (fields: { countdown?: number | undefined; eta?: string | undefined }) =>
	fields.countdown === undefined || fields.eta === undefined;
const oneMomentFault = { path: ["eta"], error: "give countdown or eta, not both" };

export const newTaskBody = taskFields.refine(oneMoment, oneMomentFault).openapi("NewTask");

const namedTask = taskFields.extend({ name: z.string().min(1).max(100) }).refine(oneMoment, oneMomentFault);

export const newTasksBody = z
	.strictObject({
		tasks: z.array(namedTask).min(1).max(MAX_TASKS_IN_CALL, `at most ${MAX_TASKS_IN_CALL} tasks in one call`),
		callback: z
			.strictObject({
				name: z.string().min(1).max(100),
				arguments: z.record(z.string(), z.unknown()).default({}),
				max_attempts: z.number().int().min(1).max(25).optional(),
			})
			.optional()
			.openapi({ description: "Makes the tasks a group; this one starts once, when all of them have ended." }),
	})
	.refine(
		({ tasks, callback }) => callback === undefined || tasks.every((task) => task.idempotency_key === undefined),
		{ path: ["callback"], error: "tasks of a group have no keys of their own: send the header Idempotency-Key" },
	)
	.openapi("NewTasks");

export type NewTaskFields = z.infer<typeof taskFields>;

export const enqueuedJson = z
	.object({
		id,
		name: z.string(),
		state: z.enum(taskStates),
		due_at: z.iso.datetime().nullable().openapi({ description: "Null while it waits for its group." }),
		is_new: z.boolean().openapi({ description: "False where an equal task was there already." }),
	})
	.openapi("EnqueuedTask");

export const enqueuedTasksJson = z
	.object({ tasks: z.array(enqueuedJson), group_id: id.nullable(), callback: enqueuedJson.nullable() })
	.openapi("EnqueuedTasks");
