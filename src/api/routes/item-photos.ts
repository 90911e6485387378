/** `/v1/items/{id}/photos`: an item's photos together, their order, and whether they are done. */
import { createRoute } from "@hono/zod-openapi";
import { isConstraintFailure, runBatch } from "../../db/database.ts";
import { attachPhotosStatements, listPhotosOfItem, orderPhotos, readItemProcessing } from "../../db/photos.ts";
import { AppError } from "../../errors.ts";
import { answerWithEtag } from "../conditional.ts";
import { createRouter, databaseOf, visibilityOf } from "../context.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { limitJsonBody } from "../middleware/limit-json-body.ts";
import { requireJson } from "../middleware/require-json.ts";
import { jsonBody, jsonOf, problemsOf } from "../openapi.ts";
import { presentPhoto, presentProcessing } from "../present.ts";
import { noSuchItem, requireItem } from "../require-item.ts";
import { idParam, photoList, photosJson, processingJson } from "../schemas.ts";
import { acceptPhotos } from "../uploads/accept-photos.ts";
import { describeUpload } from "../uploads/describe-upload.ts";

export const itemPhotoRoutes = createRouter();

itemPhotoRoutes.openAPIRegistry.registerPath(
	describeUpload("/v1/items/{id}/photos", "Upload photos of an item", ["id"]),
);
itemPhotoRoutes.post("/v1/items/:id/photos", requireScope("photos:write"), async (c) =>
	acceptPhotos(c, await requireItem(c, c.req.param("id"))),
);

itemPhotoRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/items/{id}/photos/attach",
		tags: ["Photos"],
		summary: "Attach uploaded photos to an item, in the order given; its other photos go behind them",
		middleware: [requireScope("photos:write"), requireJson, limitJsonBody] as const,
		request: { params: idParam, body: jsonBody(photoList) },
		responses: {
			200: jsonOf(photosJson, "The item's photos in order"),
			...problemsOf(400, 401, 403, 404, 409, 413, 415),
		},
	}),
	async (c) => {
		const db = databaseOf(c);
		const item = await requireItem(c, c.req.valid("param").id);
		const { photo_ids: photoIds } = c.req.valid("json");
		const statements = attachPhotosStatements(db, item, photoIds, Date.now());
		const [attached] = (await runBatch(db, statements).catch((thrown) => {
			// The item was deleted since it was looked up.
			throw isConstraintFailure(thrown, "FOREIGN KEY") ? noSuchItem() : thrown;
		})) as { id: string }[][];
		if (attached?.length !== photoIds.length) {
			throw new AppError(
				"conflict",
				"Nothing was attached: some of these photos do not exist, are not the item owner's, or belong to another item.",
			);
		}
		const photos = await listPhotosOfItem(db, item.id);
		return c.json({ photos: photos.map(presentPhoto) }, 200);
	},
);

itemPhotoRoutes.openapi(
	createRoute({
		method: "put",
		path: "/v1/items/{id}/photos/order",
		tags: ["Photos"],
		summary: "Put all of an item's photos in the order given",
		middleware: [requireScope("photos:write"), requireJson, limitJsonBody] as const,
		request: { params: idParam, body: jsonBody(photoList) },
		responses: {
			200: jsonOf(photosJson, "The item's photos in order"),
			...problemsOf(400, 401, 403, 404, 409, 413, 415),
		},
	}),
	async (c) => {
		const db = databaseOf(c);
		const item = await requireItem(c, c.req.valid("param").id);
		const { photo_ids: photoIds } = c.req.valid("json");
		const ordered = await orderPhotos(db, item.id, photoIds, Date.now());
		if (ordered.length === 0) {
			throw new AppError("conflict", "Nothing was changed: the list must name each photo of the item exactly once.");
		}
		const photos = await listPhotosOfItem(db, item.id);
		return c.json({ photos: photos.map(presentPhoto) }, 200);
	},
);

itemPhotoRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/items/{id}/processing",
		tags: ["Items"],
		summary: "Whether an item's photos are done; made for polling",
		description:
			"Reading changes nothing. Send the ETag back as If-None-Match: as long as nothing changed, the answer is 304.",
		middleware: [requireScope("photos:read")] as const,
		request: { params: idParam },
		responses: {
			200: jsonOf(processingJson, "The state"),
			304: { description: "Nothing changed since that ETag" },
			...problemsOf(401, 403, 404),
		},
	}),
	async (c) => {
		const item = await readItemProcessing(databaseOf(c), c.req.valid("param").id, visibilityOf(c));
		if (!item) throw noSuchItem();
		return answerWithEtag(c, presentProcessing(item)) as never;
	},
);
