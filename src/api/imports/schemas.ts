/** The JSON of imports, and of the sites that they come from. */
import { z } from "@hono/zod-openapi";
import { importStates } from "../../db/schema.ts";
import { id, reason, time } from "../schemas.ts";

/** As many as tasks in one call. */
const MAX_IMAGES_IN_CALL = 100;

const imageToImport = z
	.strictObject({
		url: z
			.string("must be a URL")
			.min(1)
			.max(4096)
			.openapi({ example: "https://cdn.footballkitarchive.com/2024/05/shirt.jpg" }),
		order: z.number().int().min(0).max(100_000).optional().openapi({
			description: "The photo's place; left out, behind the item's others.",
		}),
	})
	.openapi("ImageToImport");

export type ImageToImport = z.infer<typeof imageToImport>;

/** One may be given without a list around it. */
export const imagesToImport = z.preprocess(
	(body) => (Array.isArray(body) ? body : [body]),
	z.array(imageToImport).min(1).max(MAX_IMAGES_IN_CALL, `at most ${MAX_IMAGES_IN_CALL} pictures in one call`),
);

export const importJson = z
	.object({
		id,
		item_id: id,
		url: z.string(),
		order: z.number().int().nullable(),
		state: z.enum(importStates),
		error: reason.nullable(),
		photo_id: id.nullable().openapi({ description: "The photo that was made of it; it may have been deleted since." }),
		task_id: id,
		requested_at: time,
		updated_at: time,
	})
	.openapi("Import");

export const importsJson = z.object({ imports: z.array(importJson) }).openapi("Imports");

export const sourceStates = ["open", "closed", "on_trial"] as const;

export const sourceJson = z
	.object({
		host: z.string(),
		state: z.enum(sourceStates).openapi({
			description:
				"closed: nobody visits until closed_until, because it failed too often or asked for it. on_trial: after that, one visit at a time until one succeeds.",
		}),
		closed_until: time.nullable(),
		failures_in_row: z.number().int(),
		last_error: reason.nullable().openapi({
			description: "Of the site, or of the proxies on the way to it: then it is no failure of the site.",
		}),
		last_failure_at: time.nullable(),
		last_success_at: time.nullable(),
		visiting: z.number().int().openapi({ description: "Fetches in progress." }),
		waiting: z.number().int().openapi({ description: "Tasks with a moment of their own in the line." }),
		next_free_at: time.openapi({ description: "The first moment that no task has yet: how long the line is." }),
	})
	.openapi("Source");

export const sourcesJson = z
	.object({
		allowed_hosts: z.array(z.string()),
		max_at_once: z.number().int(),
		pause_ms: z.number().int(),
		sources: z.array(sourceJson),
	})
	.openapi("Sources");

export const hostParam = z.object({
	host: z
		.string()
		.min(1)
		.max(253)
		.openapi({ param: { name: "host", in: "path" }, example: "cdn.footballkitarchive.com" }),
});
