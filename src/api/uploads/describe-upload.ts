/** The upload routes in the OpenAPI document. They read their body themselves: validation by schema would hold it in memory. */
import { type RouteConfig, z } from "@hono/zod-openapi";
import { imageFormats } from "../../media/inspect/formats.ts";
import { chromaSubsamplings } from "../../media/settings.ts";
import { idempotencyHeader, jsonOf, problemsOf } from "../openapi.ts";
import { idParam, photosJson, uploadQuery } from "../schemas.ts";
import { MAX_FILES_PER_REQUEST } from "./stage-upload.ts";

const picture = z.string().openapi({ format: "binary" });

const asRawBody = Object.fromEntries(Object.values(imageFormats).map(({ mime }) => [mime, { schema: picture }]));

/** @param parameters names of path parameters: `id` or none */
export const describeUpload = (path: string, summary: string, parameters: ["id"] | []): RouteConfig => ({
	method: "post",
	path,
	tags: ["Photos"],
	summary,
	description: `Send one picture as the raw body, or up to ${MAX_FILES_PER_REQUEST} as multipart/form-data. The type is decided by the bytes. Of an animation the first picture is used. How the AVIF is made may be said in the query or in fields of the form, for all pictures of the request. Every upload makes new photos, whatever was sent before: the same bytes with other settings become another photo. With Idempotency-Key a repeated request gets the first answer for 24 hours; a request is known by its method, path and query, so make a new key for each upload.`,
	request: {
		...(parameters.length > 0 ? { params: idParam } : {}),
		query: uploadQuery,
		headers: idempotencyHeader,
		body: {
			required: true,
			content: {
				...asRawBody,
				"multipart/form-data": {
					schema: z.object({
						file: z.array(picture).max(MAX_FILES_PER_REQUEST),
						order: z.string().optional(),
						caption: z.string().optional(),
						quality: z.string().optional(),
						speed: z.string().optional(),
						max_width: z.string().optional(),
						max_height: z.string().optional(),
						chroma_subsampling: z.enum(chromaSubsamplings).optional(),
					}),
				},
			},
		},
	},
	responses: {
		202: {
			...jsonOf(photosJson, "Received; each photo names the task that processes it"),
			headers: z.object({ Location: z.string().openapi({ description: "The photo, or the item's processing state" }) }),
		},
		...problemsOf(400, 401, 403, 404, 408, 411, 413, 415, 422),
	},
});
