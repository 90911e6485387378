/** The bytes of photos: `/v1/photos/{id}/image` and `/v1/photos/{id}/original`. */
import { createRoute, z } from "@hono/zod-openapi";
import { findPhoto } from "../../db/photos.ts";
import { type ApiContext, createRouter, databaseOf, visibilityOf } from "../context.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { problemsOf } from "../openapi.ts";
import { choosePicture, originalPicture } from "../pictures/choose-picture.ts";
import { servePicture } from "../pictures/serve-picture.ts";
import { idParam } from "../schemas.ts";
import { noSuchPhoto } from "./photos.ts";

export const pictureRoutes = createRouter();

const picture = { schema: z.string().openapi({ format: "binary" }) };

const describePicture = <Path extends string>(path: Path, summary: string, description: string) =>
	createRoute({
		method: "get",
		path,
		tags: ["Photos"],
		summary,
		description,
		middleware: [requireScope("photos:read")] as const,
		request: {
			params: idParam,
			query: z.object({
				v: z.string().optional().openapi({
					description: "First 16 digits of the content's SHA-256: the answer may then be cached for ever.",
				}),
			}),
		},
		responses: {
			200: {
				description: "The picture",
				content: {
					"image/avif": picture,
					"image/gif": picture,
					"image/jpeg": picture,
					"image/png": picture,
					"image/webp": picture,
				},
			},
			206: { description: "The part asked for with Range" },
			304: { description: "Not changed since the ETag in If-None-Match" },
			...problemsOf(401, 403, 404, 416),
		},
	});

async function requirePhoto(c: ApiContext, id: string) {
	const photo = await findPhoto(databaseOf(c), id, visibilityOf(c));
	if (!photo) throw noSuchPhoto();
	return photo;
}

pictureRoutes.openapi(
	describePicture(
		"/v1/photos/{id}/image",
		"The best picture there is",
		"The AVIF once it exists and Accept allows it, else the original.",
	),
	async (c) => {
		const photo = await requirePhoto(c, c.req.valid("param").id);
		return (await servePicture(c, choosePicture(photo, c.req.header("accept")), "inline")) as never;
	},
);

pictureRoutes.openapi(
	describePicture(
		"/v1/photos/{id}/original",
		"The original as it was received",
		"The very bytes that were uploaded, with their metadata.",
	),
	async (c) => {
		const photo = await requirePhoto(c, c.req.valid("param").id);
		return (await servePicture(c, originalPicture(photo), "attachment")) as never;
	},
);
