/** The JSON of what the operator watches: statistics, queues, dead letters. */
import { z } from "@hono/zod-openapi";
import { taskStates } from "../../db/schema.ts";
import { queueNames } from "../../tasks/define.ts";
import { id, time } from "../schemas.ts";

const MAX_WINDOW_MINUTES = 7 * 24 * 60;

export const windowQuery = z.strictObject({
	minutes: z.coerce
		.number("must be a whole number")
		.int("must be a whole number")
		.min(1, `must be 1 to ${MAX_WINDOW_MINUTES}`)
		.max(MAX_WINDOW_MINUTES, `must be 1 to ${MAX_WINDOW_MINUTES}`)
		.default(60)
		.openapi({ description: "How far back; beyond two hours it begins with a whole hour." }),
});

const count = z.number().int();
const percentiles = z
	.object({ p50: z.number().nullable(), p95: z.number().nullable(), p99: z.number().nullable() })
	.openapi("Percentiles", { description: "Milliseconds, right within 10 %; null where nothing was measured." });

const oldest = z
	.object({ task_id: id, waiting_since: time, seconds: z.number() })
	.openapi("OldestWaiting", { description: "The task that has been due for longest and that nobody has taken." });

const stages = {
	waiting: count.openapi({ description: "Due, and not taken yet." }),
	delayed: count.openapi({ description: "Not to be started yet: a countdown, or the wait before another attempt." }),
	working: count,
	oldest_waiting: oldest.nullable(),
};

const atLeast = z
	.boolean()
	.openapi({ description: "More than 10,000 tasks wait or work: their numbers are of the first 10,000 only." });

export const statisticsJson = z
	.object({
		from: time.openapi({ description: "Ends are counted from here." }),
		to: time,
		at_least: atLeast,
		tasks: z.array(
			z.object({
				name: z.string(),
				is_registered: z.boolean(),
				ended: z.object({ succeeded: count, failed: count, cancelled: count }),
				ended_per_minute: z.number(),
				/** From when it was due to the start of its last attempt. */
				wait_ms: percentiles,
				/** That attempt. */
				run_ms: percentiles,
				...stages,
			}),
		),
	})
	.openapi("Statistics");

export const queuesJson = z
	.object({
		at_least: atLeast,
		queues: z.array(
			z.object({
				name: z.enum(queueNames),
				...stages,
				ended_lately: count.openapi({ description: "In the last five whole minutes and what has passed of this one." }),
				ended_per_minute: z.number(),
				dead_letters_last_day: count.openapi({ description: "Among the newest 1,000 of all queues." }),
				paused: z
					.object({ since: time, by: z.string() })
					.nullable()
					.openapi({ description: "Nothing is sent or begun while it is." }),
			}),
		),
	})
	.openapi("Queues");

export const queueParam = z.object({ queue: z.enum(queueNames).openapi({ param: { name: "queue", in: "path" } }) });

export const deadLetterQuery = z.strictObject({
	cursor: z
		.union([z.string().regex(/^\d{1,15}$/), z.literal("")], "must be the next_cursor of the page before")
		.transform((cursor) => (cursor === "" ? undefined : Number(cursor)))
		.optional()
		.openapi({ type: "string", description: "next_cursor of the page before" }),
	limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const deadLetterPage = z
	.object({
		dead_letters: z.array(
			z.object({
				message_id: z.string(),
				queue: z.string(),
				task_id: z.string().nullable(),
				task: z
					.object({ name: z.string(), state: z.enum(taskStates) })
					.nullable()
					.openapi({ description: "What became of the task; null when it is not known, or no longer kept." }),
				body: z.unknown(),
				deliveries: count,
				received_at: time,
			}),
		),
		next_cursor: z.string().nullable(),
	})
	.openapi("DeadLetterPage");
