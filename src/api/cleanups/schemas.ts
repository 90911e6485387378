/** The JSON of cleanups: what is asked, and the report. */
import { z } from "@hono/zod-openapi";
import { cleanupStates, findKinds, findStates } from "../../db/schema.ts";
import { id, pageQuery, reason, time } from "../schemas.ts";

export const cleanupTasks = [
	"cleanup_orphaned_photos",
	"cleanup_old_incomplete_photos",
	"cleanup_all_orphaned_photos",
	"cleanup_task_results",
] as const;

export const newCleanupBody = z
	.strictObject({
		task: z.enum(cleanupTasks, { error: `must be one of ${cleanupTasks.join(", ")}` }),
		options: z
			.record(z.string(), z.unknown())
			.default({})
			.refine((options) => !("run" in options), "a run goes on by itself; begin another one without it")
			.openapi({
				description:
					"older_than_hours, dry_run, verbose, max_share, and of the first two incomplete_only: docs/cleanups.md.",
				example: { older_than_hours: 24, dry_run: true },
			}),
	})
	.openapi("NewCleanup");

export const runParam = z.object({
	id: z
		.string()
		.min(1)
		.max(64)
		.openapi({ param: { name: "id", in: "path" } }),
});

const count = z.number().int();
const counts = z.record(z.string(), count);

const byteCount = count.openapi({ description: "Of objects, as listed; of photos, as their rows say." });

export const cleanupJson = z
	.object({
		id: id.openapi({ description: "Of the task that began it, too." }),
		task: z.string(),
		options: z.record(z.string(), z.unknown()),
		asked_by: z.string(),
		state: z.enum(cleanupStates),
		error: reason.nullable(),
		expected: count.openapi({ description: "Photos there were when it began: for progress." }),
		looked_at: z.object({ photos: count, uploads: count, objects: count }),
		found: counts.openapi({ description: "By kind; *_missing are reported only." }),
		found_bytes: byteCount,
		removed: counts,
		removed_bytes: byteCount,
		skipped: counts.openapi({ description: "By reason: docs/cleanups.md." }),
		restored: count,
		not_restored: counts.openapi({ description: "By reason." }),
		expired: counts.openapi({ description: "Of cleanup_task_results: rows past their life, by table." }),
		started_at: time,
		ended_at: time.nullable(),
		duration_ms: count.openapi({ description: "Until now, while it is under way. Without an undo." }),
	})
	.openapi("Cleanup");

const findJson = z
	.object({
		subject: z.string().openapi({ description: "An object's key, or a row's id." }),
		kind: z.enum(findKinds),
		bytes: count,
		state: z.enum(findStates),
		reason: z.string().nullable(),
	})
	.openapi("CleanupFind");

export const cleanupReport = cleanupJson
	.extend({
		finds: z.array(findJson).nullable().openapi({ description: "Null unless the run, or the request, is verbose." }),
		next_cursor: z.string().nullable(),
	})
	.openapi("CleanupReport");

export const cleanupPage = z
	.object({ cleanups: z.array(cleanupJson), next_cursor: z.string().nullable() })
	.openapi("CleanupPage");

export const reportQuery = z.strictObject({
	verbose: z
		.enum(["true", "false"])
		.optional()
		.openapi({ description: "Whether the finds are told; left out, as the run." }),
	cursor: z
		.string()
		.max(1100)
		.transform((cursor) => cursor || undefined)
		.optional()
		.openapi({ type: "string", description: "next_cursor of the page before" }),
	limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export const cleanupListQuery = pageQuery;
