/** `/v1/items`: what a collector owns. */
import { createRoute } from "@hono/zod-openapi";
import { eq } from "drizzle-orm";
import { runBatch } from "../../db/database.ts";
import { deleteItemStatements, insertItem, listItems, newItem, updateItem } from "../../db/items.ts";
import { listPhotosOfItem } from "../../db/photos.ts";
import { photos } from "../../db/schema.ts";
import { nameForRemoval, openUploadsOf } from "../../db/uploads.ts";
import { AppError } from "../../errors.ts";
import { schedulePhotoRemovals, settleRemoval, sweepRemovals } from "../../storage/removals.ts";
import { createRouter, databaseOf, visibilityOf } from "../context.ts";
import { answerResponse, readIdempotencyKey } from "../idempotency.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { limitJsonBody } from "../middleware/limit-json-body.ts";
import { requireJson } from "../middleware/require-json.ts";
import { idempotencyHeader, jsonBody, jsonOf, noContent, problemsOf } from "../openapi.ts";
import { presentItem, presentPhoto } from "../present.ts";
import { noSuchItem, requireItem } from "../require-item.ts";
import { idParam, itemChanges, itemJson, itemPage, itemWithPhotos, newItemBody, pageQuery } from "../schemas.ts";

export const itemRoutes = createRouter();

itemRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/items",
		tags: ["Items"],
		summary: "Create an item",
		middleware: [requireScope("photos:write"), requireJson, limitJsonBody] as const,
		request: { headers: idempotencyHeader, body: jsonBody(newItemBody) },
		responses: { 201: jsonOf(itemJson, "The item"), ...problemsOf(400, 401, 403, 408, 413, 415, 422) },
	}),
	async (c) => {
		const { owner_id: wishedOwner, type, name } = c.req.valid("json");
		const { token } = c.var;
		if (wishedOwner !== undefined && wishedOwner !== token.ownerId && !token.scopes.includes("admin")) {
			throw new AppError("insufficient_scope", "Only a token with the scope admin creates items for another owner.");
		}
		const idempotent = await readIdempotencyKey(c);
		if (idempotent.first) return idempotent.first as never;
		const db = databaseOf(c);
		const item = newItem({ ownerId: wishedOwner ?? token.ownerId, type, name }, Date.now());
		const answer = { status: 201 as const, location: `/v1/items/${item.id}`, body: presentItem(item) };
		try {
			await runBatch(db, [insertItem(db, item), ...idempotent.remember(answer)]);
		} catch (thrown) {
			if (idempotent.isRepeated(thrown)) return (await idempotent.repeat()) as never;
			throw thrown;
		}
		return answerResponse(answer) as never;
	},
);

itemRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/items",
		tags: ["Items"],
		summary: "Your items, newest first, page by page",
		middleware: [requireScope("photos:read")] as const,
		request: { query: pageQuery },
		responses: { 200: jsonOf(itemPage, "A page"), ...problemsOf(400, 401, 403) },
	}),
	async (c) => {
		const { cursor, limit } = c.req.valid("query");
		// One more than asked for tells whether there is a next page.
		const rows = await listItems(databaseOf(c), visibilityOf(c), { before: cursor, limit: limit + 1 });
		const page = rows.slice(0, limit);
		return c.json(
			{ items: page.map(presentItem), next_cursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null },
			200,
		);
	},
);

itemRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/items/{id}",
		tags: ["Items"],
		summary: "One item with its photos in order",
		middleware: [requireScope("photos:read")] as const,
		request: { params: idParam },
		responses: { 200: jsonOf(itemWithPhotos, "The item"), ...problemsOf(401, 403, 404) },
	}),
	async (c) => {
		const db = databaseOf(c);
		const item = await requireItem(c, c.req.valid("param").id);
		const photos = await listPhotosOfItem(db, item.id);
		return c.json({ ...presentItem(item), photos: photos.map(presentPhoto) }, 200);
	},
);

itemRoutes.openapi(
	createRoute({
		method: "patch",
		path: "/v1/items/{id}",
		tags: ["Items"],
		summary: "Change an item's type or name",
		middleware: [requireScope("photos:write"), requireJson, limitJsonBody] as const,
		request: { params: idParam, body: jsonBody(itemChanges) },
		responses: { 200: jsonOf(itemJson, "The item as it is now"), ...problemsOf(400, 401, 403, 404, 413, 415) },
	}),
	async (c) => {
		const { id } = c.req.valid("param");
		const item = await updateItem(databaseOf(c), id, visibilityOf(c), c.req.valid("json"), Date.now());
		if (!item) throw noSuchItem();
		return c.json(presentItem(item), 200);
	},
);

itemRoutes.openapi(
	createRoute({
		method: "delete",
		path: "/v1/items/{id}",
		tags: ["Items"],
		summary: "Delete an item with its photos and their objects",
		middleware: [requireScope("photos:write")] as const,
		request: { params: idParam },
		responses: { 204: noContent("Deleted"), ...problemsOf(401, 403, 404) },
	}),
	async (c) => {
		const db = databaseOf(c);
		const item = await requireItem(c, c.req.valid("param").id);
		const now = Date.now();
		await runBatch(db, [
			...schedulePhotoRemovals(db, eq(photos.itemId, item.id), now),
			nameForRemoval(db, openUploadsOf(item.id), now),
			...deleteItemStatements(db, item.id, now),
		]);
		// The rows that name the objects are committed: what this run does not reach, the sweep of each minute does.
		c.executionCtx.waitUntil(settleRemoval(sweepRemovals(db, c.env.MEDIA, now)));
		return c.body(null, 204);
	},
);
