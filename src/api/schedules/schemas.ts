/** The JSON of schedules and their ticks. */
import { z } from "@hono/zod-openapi";
import { tickOutcomes } from "../../db/schema.ts";
import { MAX_JITTER_SECONDS } from "../../schedules/jitter.ts";
import { overlapPolicies } from "../../schedules/overlap.ts";
import { MAX_MISFIRE_LIMIT, misfirePolicies } from "../../schedules/plan-ticks.ts";
import { timingFields, timingSchema } from "../../schedules/timing.ts";
import { id, time } from "../schemas.ts";

const MAX_PREVIEWED = 50;

const fields = z.strictObject({
	name: z.string().trim().min(1).max(100),
	description: z.string().max(500),
	task: z.string().min(1).max(100).openapi({ example: "cleanup_orphaned_photos" }),
	arguments: z.record(z.string(), z.unknown()),
	timing: timingSchema.openapi({
		description:
			"crontab with an expression of five fields, interval with every, unit and anchor_at, or one_off with at; each in a time_zone. See docs/schedules.md.",
	}),
	misfire: z.enum(misfirePolicies).openapi({
		description:
			"What becomes of moments that nobody dealt with in time: none fires, one stands for all, or all up to misfire_limit.",
	}),
	misfire_limit: z.number().int().min(1).max(MAX_MISFIRE_LIMIT),
	overlap: z.enum(overlapPolicies).openapi({
		description: "What becomes of a tick while a former one's task has not ended.",
	}),
	jitter_seconds: z.number().int().min(0).max(MAX_JITTER_SECONDS),
	enabled: z.boolean(),
});

export const newScheduleBody = z
	.strictObject({
		...fields.shape,
		description: fields.shape.description.default(""),
		arguments: fields.shape.arguments.default({}),
		misfire: fields.shape.misfire.default("once"),
		misfire_limit: fields.shape.misfire_limit.default(10),
		overlap: fields.shape.overlap.default("skip"),
		jitter_seconds: fields.shape.jitter_seconds.default(0),
		enabled: fields.shape.enabled.default(true),
	})
	.openapi("NewSchedule");

export const scheduleChanges = fields
	.partial()
	.refine((changes) => Object.keys(changes).length > 0, "name at least one field to change")
	.openapi("ScheduleChanges");

export const previewBody = z
	.strictObject({
		timing: timingSchema,
		from: z.iso.datetime({ offset: true }).optional().openapi({ description: "Left out, now." }),
		count: z.number().int().min(1).max(MAX_PREVIEWED).default(5),
	})
	.openapi("SchedulePreview");

export const momentJson = z
	.object({
		at: time,
		local: z.string().openapi({ description: "As the clocks of the time zone show it." }),
		offset: z.string(),
		note: z.string().nullable().openapi({ description: "Where a change of the clocks moved or doubled something." }),
	})
	.openapi("Moment");

export const previewJson = z.object({ in_words: z.string(), moments: z.array(momentJson) }).openapi("PreviewedMoments");

export const tickJson = z
	.object({
		moment: time.openapi({ description: "When it was due." }),
		by_hand: z.boolean(),
		outcome: z.enum(tickOutcomes),
		reason: z.string().nullable(),
		last_moment: time.nullable().openapi({ description: "Of moments that were skipped together, the last." }),
		count: z.number().int(),
		task_id: id.nullable(),
		dealt_with_at: time,
		delay_ms: z.number().int(),
	})
	.openapi("Tick");

export const scheduleJson = z
	.object({
		id,
		name: z.string(),
		description: z.string(),
		task: z.string(),
		arguments: z.record(z.string(), z.unknown()),
		timing: timingFields.openapi("Timing"),
		in_words: z.string(),
		misfire: z.enum(misfirePolicies),
		misfire_limit: z.number().int(),
		overlap: z.enum(overlapPolicies),
		jitter_seconds: z.number().int(),
		enabled: z.boolean(),
		next_at: time.nullable().openapi({ description: "Null where it is disabled, or never due again." }),
		held_moment: time.nullable().openapi({ description: "A tick that waits for the end of the one before." }),
		run_count: z.number().int(),
		default_name: z.string().nullable(),
		created_at: time,
		updated_at: time,
	})
	.openapi("Schedule");

export const scheduleWithTicks = scheduleJson
	.extend({ next_moments: z.array(momentJson), ticks: z.array(tickJson) })
	.openapi("ScheduleWithTicks");

export const schedulePage = z
	.object({ schedules: z.array(scheduleJson), next_cursor: z.string().nullable() })
	.openapi("SchedulePage");

export const tickPage = z.object({ ticks: z.array(tickJson), next_cursor: z.string().nullable() }).openapi("TickPage");

const limit = z.coerce.number().int().min(1).max(100).default(20);
export const scheduleQuery = z.strictObject({
	cursor: z
		.string()
		.max(100)
		.transform((cursor) => cursor || undefined)
		.optional()
		.openapi({ description: "next_cursor of the page before" }),
	limit,
});
export const tickQuery = z.strictObject({
	cursor: z
		.union([z.string().regex(/^\d{1,15}(?:-by-hand)?$/), z.literal("")], "must be the next_cursor of the page before")
		.transform((cursor) =>
			cursor === "" ? undefined : { moment: Number.parseInt(cursor, 10), isByHand: cursor.endsWith("-by-hand") },
		)
		.optional()
		.openapi({ type: "string", description: "next_cursor of the page before" }),
	limit,
});

export const runJson = z.object({ task_id: id, tick: tickJson }).openapi("ScheduleRun");
