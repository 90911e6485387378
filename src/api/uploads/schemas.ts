/** The JSON of uploads that go straight into the bucket. */
import { z } from "@hono/zod-openapi";
import { uploadStates } from "../../db/schema.ts";
import { imageFormats } from "../../media/inspect/formats.ts";
import { chromaSubsamplings, renditionLimits } from "../../media/settings.ts";
import { id, pageQuery, reason, time } from "../schemas.ts";

const acceptedTypes = Object.values(imageFormats).map(({ mime }) => mime);

const wholeNumber = ({ minimum, maximum }: { minimum: number; maximum: number }) =>
	z.number().int().min(minimum).max(maximum).optional();

export const newUpload = z
	.strictObject({
		bytes: z.number().int().min(1).openapi({ description: "The file's length." }),
		type: z.enum(acceptedTypes, `must be one of ${acceptedTypes.join(", ")}`),
		sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be the file's SHA-256, 64 digits of lower-case hexadecimal"),
		item_id: z.string().min(1).max(64).optional().openapi({ description: "Left out, the photo is not yet attached." }),
		order: z.number().int().min(0).max(100_000).optional().openapi({
			description: "The photo's place; left out, behind the item's others.",
		}),
		caption: z.string().max(500).optional(),
		quality: wholeNumber(renditionLimits.quality),
		speed: wholeNumber(renditionLimits.speed),
		max_width: wholeNumber(renditionLimits.maxWidth),
		max_height: wholeNumber(renditionLimits.maxHeight),
		chroma_subsampling: z.enum(chromaSubsamplings).optional(),
	})
	.openapi("NewUpload");

export const uploadJson = z
	.object({
		id,
		photo_id: id.openapi({
			description:
				"The photo that it becomes; once it is received, the photo that it became: one that the item had already, if that is of the same bytes.",
		}),
		item_id: id.nullable(),
		owner_id: z.string(),
		state: z.enum(uploadStates).openapi({
			description:
				"expected: nothing was heard of the object yet. receiving: it is there and is being checked. received: it is a photo. failed: see error.",
		}),
		error: reason.nullable(),
		type: z.string().nullable().openapi({ description: "As announced; null of what was found in an inbox." }),
		bytes: z.number().int(),
		sha256: z.string().nullable(),
		order: z.number().int().nullable(),
		caption: z.string(),
		task_id: id.nullable(),
		created_at: time,
		expires_at: time.openapi({ description: "Until then it may be put." }),
	})
	.openapi("Upload");

export const announcedUpload = uploadJson
	.extend({
		upload: z
			.object({
				method: z.literal("PUT"),
				url: z.string().openapi({ description: "A secret: whoever has it may put the file." }),
				headers: z.record(z.string(), z.string()).openapi({
					description:
						"To be sent exactly so. A browser sends content-length by itself and lets nobody set it, which comes to the same.",
				}),
				expires_at: time,
			})
			.nullable()
			.openapi({
				description: "How to put the file. Null in the answer to a repeated request once it cannot be put any more.",
			}),
	})
	.openapi("AnnouncedUpload");

export const uploadsQuery = pageQuery.extend({
	owner_id: z.string().min(1).max(128).optional().openapi({
		description: "Whose; left out, your own. Another's only with the scope admin.",
	}),
});

export const uploadPage = z
	.object({
		uploads: z.array(uploadJson),
		next_cursor: z.string().nullable(),
		usage: z
			.object({
				owner_id: z.string(),
				photos: z.number().int().openapi({ description: "The owner's photos, and uploads that are not photos yet." }),
				bytes: z.number().int().openapi({ description: "Of the originals, and of what those uploads announced." }),
				max_photos: z.number().int().nullable().openapi({ description: "Null where no uploads are announced." }),
				max_bytes: z.number().int().nullable(),
			})
			.openapi({ description: "What of the owner's quota is used, whatever page this is." }),
	})
	.openapi("UploadPage");
