/** The JSON of the API, for validation, types and the OpenAPI document at once. */
import { z } from "@hono/zod-openapi";
import { itemTypes, photoStates, taskStates } from "../db/schema.ts";
import { chromaSubsamplings, renditionLimits } from "../media/settings.ts";

export const time = z.iso.datetime().openapi({ example: "2026-11-23T10:00:00.000Z" });
export const id = z.string().openapi({ example: "019d1c7e-5a00-7000-8000-000000000000" });
/** Longest list of photos in one call; the JSON body's limit allows for more ids than an item ever had. */
const photoIds = z
	.array(z.string().min(1).max(64))
	.min(1)
	.max(500)
	.refine((list) => new Set(list).size === list.length, "each photo may be named once");

export const idParam = z.object({
	id: z
		.string()
		.min(1)

		.openapi({ param: { name: "id", in: "path" } }),
});

export const nameParam = z.object({
	name: z
		.string()
		.min(1)
		.max(100)
		.openapi({ param: { name: "name", in: "path" }, example: "process_photo_to_avif" }),
});

export const itemFields = z.object({
	type: z.enum(itemTypes),
	name: z.string().trim().min(1).max(200),
});

export const newItemBody = itemFields
	.extend({
		owner_id: z
			.string()
			.min(1)
			.max(128)
			.optional()
			.openapi({ description: "Only with the scope admin; else the token's owner." }),
	})
	.openapi("NewItem");

export const itemChanges = itemFields
	.partial()
	.refine((changes) => Object.keys(changes).length > 0, "name at least one field to change: type, name")
	.openapi("ItemChanges");

export const photoChanges = z
	.object({ order: z.number().int().min(0).max(100_000), caption: z.string().max(500) })
	.partial()
	.refine((changes) => Object.keys(changes).length > 0, "name at least one field to change: order, caption")
	.openapi("PhotoChanges");

export const photoList = z.object({ photo_ids: photoIds }).openapi("PhotoList");

/** @param reason why there is no more than the maximum, for who asked for more */
const wholeNumber = ({ minimum, maximum }: { minimum: number; maximum: number }, reason = "") =>
	z.coerce
		.number("must be a whole number")
		.int("must be a whole number")
		.min(minimum, `must be ${minimum} to ${maximum}${reason}`)
		.max(maximum, `must be ${minimum} to ${maximum}${reason}`)
		.optional();

/**
 * What an upload may say of its photos, in its query or its form's fields.
 *
 * @param most the deployment's box, which no request may exceed
 */
export const uploadQueryWithin = (most: { maxWidth: number; maxHeight: number }) => {
	const ofDeployment = ", the limit of this deployment";
	const { quality, speed, maxWidth, maxHeight } = renditionLimits;
	return z.object({
		order: z.coerce.number().int().min(0).max(100_000).optional(),
		caption: z.string().max(500).optional(),
		quality: wholeNumber(quality).openapi({ description: "Of the AVIF; left out, the deployment's." }),
		speed: wholeNumber(speed).openapi({ description: "libaom's; higher is faster. Left out, the deployment's." }),
		max_width: wholeNumber({ ...maxWidth, maximum: most.maxWidth }, ofDeployment).openapi({
			description: "Pixels that the upright AVIF is fitted into. Left out, the deployment's, which is also the limit.",
		}),
		max_height: wholeNumber({ ...maxHeight, maximum: most.maxHeight }, ofDeployment).openapi({
			description: "See max_width.",
		}),
		chroma_subsampling: z
			.enum(chromaSubsamplings, `must be ${chromaSubsamplings.join(" or ")}`)
			.optional()
			.openapi({ description: "4:4:4 keeps thin coloured lines, for more bytes. Left out, the deployment's." }),
	});
};

/** As the OpenAPI document shows it: the limits that hold for every deployment. */
export const uploadQuery = uploadQueryWithin({
	maxWidth: renditionLimits.maxWidth.maximum,
	maxHeight: renditionLimits.maxHeight.maximum,
});

export const pageQuery = z.object({
	cursor: z
		.union([z.uuid(), z.literal("")], "must be the next_cursor of the page before")
		.transform((cursor) => cursor || undefined)
		.optional()
		.openapi({ type: "string", description: "next_cursor of the page before" }),
	limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const reason = z.object({ code: z.string(), detail: z.string() }).openapi("Reason");

const storedImage = z.object({
	type: z.string(),
	bytes: z.number().int(),
	sha256: z.string(),
	width: z.number().int().nullable().openapi({ description: "Upright; null until the photo was inspected." }),
	height: z.number().int().nullable(),
	url: z.string(),
});

export const photoJson = z
	.object({
		id,
		item_id: id.nullable(),
		owner_id: z.string(),
		order: z.number().int(),
		caption: z.string(),
		state: z.enum(photoStates),
		error: reason.nullable(),
		original: storedImage,
		rendition: storedImage.nullable(),
		requested_settings: z
			.object({
				quality: z.number().int().nullable(),
				speed: z.number().int().nullable(),
				max_width: z.number().int().nullable(),
				max_height: z.number().int().nullable(),
				chroma_subsampling: z.enum(chromaSubsamplings).nullable(),
			})
			.openapi({
				description:
					"What the upload asked for. Null follows the deployment's settings at the time of processing; the task's result says what was used.",
			}),
		image_url: z.string().openapi({
			description: "The best there is: the AVIF once it exists. Content-addressed, so cacheable for ever.",
		}),
		task_id: id,
		created_at: time,
		processed_at: time.nullable(),
	})
	.openapi("Photo");

export const itemJson = z
	.object({
		id,
		owner_id: z.string(),
		type: z.enum(itemTypes),
		name: z.string(),
		is_processing_photos: z.boolean(),
		created_at: time,
		updated_at: time,
	})
	.openapi("Item");

export const itemWithPhotos = itemJson.extend({ photos: z.array(photoJson) }).openapi("ItemWithPhotos");
export const itemPage = z.object({ items: z.array(itemJson), next_cursor: z.string().nullable() }).openapi("ItemPage");
export const photosJson = z.object({ photos: z.array(photoJson) }).openapi("Photos");

/** What a handler reported last. */
export const progress = z
	.object({ done: z.number(), total: z.number(), note: z.string().optional() })
	.openapi("Progress");

export const processingJson = z
	.object({
		item_id: id,
		is_processing: z.boolean(),
		has_photos: z.boolean(),
		photo_count: z.number().int(),
		photos_processing: z.number().int(),
		photos_in_work: z
			.array(
				z.object({
					id,
					order: z.number().int(),
					task: z
						.object({
							id,
							state: z.enum(taskStates),
							attempt: z.number().int().openapi({ description: "From 1; 0 while it waits for its first one." }),
							max_attempts: z.number().int(),
							progress: progress.nullable(),
						})
						.nullable(),
				}),
			)
			.openapi({ description: "The photos that are being processed, and how far each is." }),
		photos_failed: z.array(z.object({ id, order: z.number().int(), code: z.string(), reason: z.string() })),
		imports_in_work: z.number().int().openapi({ description: "Pictures of other sites that are on their way." }),
		imports_failed: z.array(z.object({ url: z.string(), code: z.string(), reason: z.string() })).openapi({
			description: "Pictures of other sites that could not be had, the newest 50. Import them again, or leave them.",
		}),
		uploads_in_work: z.number().int().openapi({ description: "Objects put into the bucket that are being checked." }),
		uploads_failed: z
			.array(z.object({ id, order: z.number().int().nullable(), code: z.string(), reason: z.string() }))
			.openapi({ description: "Objects that became no photo. Upload them again, or leave them." }),
		all_processed: z
			.boolean()
			.openapi({ description: "There are photos, none failed, and none is in work or on its way." }),
	})
	.openapi("ItemProcessing");

export const problemJson = z
	.object({
		type: z.string(),
		title: z.string(),
		status: z.number().int(),
		detail: z.string(),
		instance: z.string(),
		code: z.string().openapi({ description: "Stable: branch on this." }),
		request_id: z.string(),
		faults: z
			.array(z.object({ field: z.string(), expected: z.string() }))
			.optional()
			.openapi({ description: "With invalid_request: which fields do not fit." }),
	})
	.openapi("Problem");
