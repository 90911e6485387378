/** `/v1/photos`: photos by themselves, attached or not. Their pictures are served by pictures.ts. */
import { createRoute } from "@hono/zod-openapi";
import { eq } from "drizzle-orm";
import { runBatch } from "../../db/database.ts";
import { deletePhotoStatements, findPhoto, updatePhoto } from "../../db/photos.ts";
import { photos } from "../../db/schema.ts";
import { AppError } from "../../errors.ts";
import { schedulePhotoRemovals, settleRemoval, sweepRemovals } from "../../storage/removals.ts";
import { createRouter, databaseOf, visibilityOf } from "../context.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { limitJsonBody } from "../middleware/limit-json-body.ts";
import { requireJson } from "../middleware/require-json.ts";
import { jsonBody, jsonOf, noContent, problemsOf } from "../openapi.ts";
import { presentPhoto } from "../present.ts";
import { idParam, photoChanges, photoJson } from "../schemas.ts";
import { acceptPhotos } from "../uploads/accept-photos.ts";
import { describeUpload } from "../uploads/describe-upload.ts";

export const photoRoutes = createRouter();

/** One answer for a photo that is not there and for one of somebody else: which it is, is not told. */
export const noSuchPhoto = () => new AppError("not_found", "There is no such photo, or it is not yours.");

photoRoutes.openAPIRegistry.registerPath(
	describeUpload("/v1/photos", "Upload photos that are not yet attached to an item", []),
);
photoRoutes.post("/v1/photos", requireScope("photos:write"), (c) => acceptPhotos(c, undefined));

photoRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/photos/{id}",
		tags: ["Photos"],
		summary: "One photo: its state, its original, its rendition",
		middleware: [requireScope("photos:read")] as const,
		request: { params: idParam },
		responses: { 200: jsonOf(photoJson, "The photo"), ...problemsOf(401, 403, 404) },
	}),
	async (c) => {
		const photo = await findPhoto(databaseOf(c), c.req.valid("param").id, visibilityOf(c));
		if (!photo) throw noSuchPhoto();
		return c.json(presentPhoto(photo), 200);
	},
);

photoRoutes.openapi(
	createRoute({
		method: "patch",
		path: "/v1/photos/{id}",
		tags: ["Photos"],
		summary: "Change a photo's caption or order",
		middleware: [requireScope("photos:write"), requireJson, limitJsonBody] as const,
		request: { params: idParam, body: jsonBody(photoChanges) },
		responses: { 200: jsonOf(photoJson, "The photo as it is now"), ...problemsOf(400, 401, 403, 404, 413, 415) },
	}),
	async (c) => {
		const { id } = c.req.valid("param");
		const photo = await updatePhoto(databaseOf(c), id, visibilityOf(c), c.req.valid("json"), Date.now());
		if (!photo) throw noSuchPhoto();
		return c.json(presentPhoto(photo), 200);
	},
);

photoRoutes.openapi(
	createRoute({
		method: "delete",
		path: "/v1/photos/{id}",
		tags: ["Photos"],
		summary: "Delete a photo with its original and its rendition",
		middleware: [requireScope("photos:write")] as const,
		request: { params: idParam },
		responses: { 204: noContent("Deleted"), ...problemsOf(401, 403, 404) },
	}),
	async (c) => {
		const db = databaseOf(c);
		const photo = await findPhoto(db, c.req.valid("param").id, visibilityOf(c));
		if (!photo) throw noSuchPhoto();
		const now = Date.now();
		await runBatch(db, [
			...schedulePhotoRemovals(db, eq(photos.id, photo.id), now),
			...deletePhotoStatements(db, photo, now),
		]);
		// The rows that name the objects are committed: what this run does not reach, the sweep of each minute does.
		c.executionCtx.waitUntil(settleRemoval(sweepRemovals(db, c.env.MEDIA, now)));
		return c.body(null, 204);
	},
);
