/** `/v1/uploads`: pictures that clients put straight into the bucket. Said before, checked afterwards. */
import { createRoute } from "@hono/zod-openapi";
import { runBatch } from "../../db/database.ts";
import { findUpload, giveUpUpload, listOpenUploads, readUsage } from "../../db/uploads.ts";
import { configurationOf, type DirectUploadSettings } from "../../env.ts";
import { AppError, toAppError } from "../../errors.ts";
import { errorFields, logEvent } from "../../log.ts";
import { type ApiContext, createRouter, databaseOf, visibilityOf } from "../context.ts";
import { answerResponse, readIdempotencyKey } from "../idempotency.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { limitJsonBody } from "../middleware/limit-json-body.ts";
import { requireJson } from "../middleware/require-json.ts";
import { idempotencyHeader, jsonBody, jsonOf, noContent, problemsOf } from "../openapi.ts";
import { requireItem } from "../require-item.ts";
import { idParam } from "../schemas.ts";
import { newUploadRow, writeAnnouncement } from "../uploads/announce-upload.ts";
import { presentAnnounced, presentUpload } from "../uploads/present-upload.ts";
import { announcedUpload, newUpload, uploadJson, uploadPage, uploadsQuery } from "../uploads/schemas.ts";
import { parseWishes } from "../uploads/upload-wishes.ts";

export const uploadRoutes = createRouter();

/** One answer for an upload that is not there and for one of somebody else: which it is, is not told. */
const noSuchUpload = () => new AppError("not_found", "There is no such upload, or it is not yours.");

uploadRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/uploads",
		tags: ["Uploads"],
		summary: "Announce a picture, and get the URL by which it is put straight into the bucket",
		description:
			"The URL takes one file: of the length, type and SHA-256 that were announced, until it expires. A second put of it is refused (412): the file is there. Then ask GET /v1/uploads/{id} until it is received. A request that is repeated with its Idempotency-Key gets a URL of the same upload.",
		middleware: [requireScope("photos:write"), requireJson, limitJsonBody] as const,
		request: { headers: idempotencyHeader, body: jsonBody(newUpload) },
		responses: {
			201: jsonOf(announcedUpload, "The upload, and how to put the file"),
			...problemsOf(400, 401, 403, 404, 409, 413, 415, 422),
		},
	}),
	async (c) => {
		const { bytes, type, sha256, item_id, order, caption, ...wishes } = c.req.valid("json");
		const settings = requireDirectUploads(c);
		requireSize(bytes, configurationOf(c.env).maxUploadBytes);
		const { rendition } = parseWishes(
			Object.fromEntries(Object.entries(wishes).map(([name, value]) => [name, String(value)])),
			configurationOf(c.env).rendition,
		);
		const idempotent = await readIdempotencyKey(c);
		if (idempotent.first) return (await answerAgain(c, settings, idempotent.first)) as never;
		const item = item_id === undefined ? undefined : await requireItem(c, item_id);
		const upload = newUploadRow(
			{
				ownerId: item?.ownerId ?? c.var.token.ownerId,
				itemId: item?.id ?? null,
				bytes,
				declaredType: type,
				declaredSha256: sha256,
				order: order ?? null,
				caption: caption ?? "",
				renditionWishes: rendition,
			},
			Date.now(),
		);
		try {
			await writeAnnouncement(databaseOf(c), upload, settings, idempotent);
		} catch (thrown) {
			if (idempotent.isRepeated(thrown)) return (await answerAgain(c, settings, await idempotent.repeat())) as never;
			throw thrown;
		}
		const body = await presentAnnounced(upload, settings, Date.now());
		return answerResponse({ status: 201, location: `/v1/uploads/${upload.id}`, body }) as never;
	},
);

uploadRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/uploads",
		tags: ["Uploads"],
		summary: "Your uploads that are not photos yet, page by page, and what is used of the quota",
		description:
			"Those that are expected or being received, which count against the quota; one that is expected can be given up. What became of one that has ended, its id tells for 30 days.",
		middleware: [requireScope("photos:read")] as const,
		request: { query: uploadsQuery },
		responses: { 200: jsonOf(uploadPage, "A page"), ...problemsOf(400, 401, 403) },
	}),
	async (c) => {
		const { cursor, limit, owner_id: ownerId = c.var.token.ownerId } = c.req.valid("query");
		if (ownerId !== c.var.token.ownerId && visibilityOf(c) !== "everything") {
			throw new AppError("insufficient_scope", "Only a token with the scope admin sees another owner's uploads.");
		}
		const db = databaseOf(c);
		const [used, rows] = await Promise.all([
			readUsage(db, ownerId),
			// One more than asked for tells whether there is a next page.
			listOpenUploads(db, ownerId, { before: cursor, limit: limit + 1 }),
		]);
		const page = rows.slice(0, limit);
		const { quota = null } = configurationOf(c.env).directUploads ?? {};
		const usage = {
			owner_id: ownerId,
			...used,
			max_photos: quota?.photos ?? null,
			max_bytes: quota?.bytes ?? null,
		};
		const next_cursor = rows.length > limit ? (page.at(-1)?.id ?? null) : null;
		return c.json({ uploads: page.map(presentUpload), next_cursor, usage }, 200);
	},
);

uploadRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/uploads/{id}",
		tags: ["Uploads"],
		summary: "What became of an upload",
		middleware: [requireScope("photos:read")] as const,
		request: { params: idParam },
		responses: { 200: jsonOf(uploadJson, "The upload"), ...problemsOf(401, 403, 404) },
	}),
	async (c) => {
		const upload = await findUpload(databaseOf(c), c.req.valid("param").id, visibilityOf(c));
		if (!upload) throw noSuchUpload();
		return c.json(presentUpload(upload), 200);
	},
);

uploadRoutes.openapi(
	createRoute({
		method: "delete",
		path: "/v1/uploads/{id}",
		tags: ["Uploads"],
		summary: "Give up an upload that is still expected; what was put is removed",
		middleware: [requireScope("photos:write")] as const,
		request: { params: idParam },
		responses: { 204: noContent("Given up"), ...problemsOf(401, 403, 404, 409) },
	}),
	async (c) => {
		const db = databaseOf(c);
		const upload = await findUpload(db, c.req.valid("param").id, visibilityOf(c));
		if (!upload) throw noSuchUpload();
		const [, givenUp] = (await runBatch(db, giveUpUpload(db, upload.id, Date.now()))) as [unknown, unknown[]];
		if (givenUp.length === 0) {
			throw new AppError(
				"conflict",
				"The upload is no longer expected: its file is there or it has ended. Delete the photo that it became instead.",
			);
		}
		// Until the URL has expired the object may come back: the name that is left in removals takes it then.
		c.executionCtx.waitUntil(removeObject(c.env.MEDIA, upload.objectKey));
		return c.body(null, 204);
	},
);

function requireDirectUploads(c: ApiContext): DirectUploadSettings {
	const { directUploads } = configurationOf(c.env);
	if (directUploads) return directUploads;
	throw new AppError(
		"direct_uploads_not_configured",
		"This deployment takes no uploads straight into its bucket: R2_BUCKET_URL is not set. See docs/deploy.md, or POST the picture to /v1/photos.",
	);
}

function requireSize(bytes: number, maxBytes: number): void {
	if (bytes <= maxBytes) return;
	throw new AppError(
		"body_too_large",
		`The file is larger than ${maxBytes / 1024 / 1024} MiB. Send a smaller picture.`,
		{
			extensions: { max_bytes: maxBytes },
		},
	);
}

/** The first answer as it is now, with a URL signed anew: the first one's may have expired. */
async function answerAgain(c: ApiContext, settings: DirectUploadSettings, first: Response): Promise<Response> {
	const { id } = await first.json<{ id: string }>();
	const upload = await findUpload(databaseOf(c), id, visibilityOf(c));
	if (!upload) {
		throw new AppError(
			"not_found",
			"The upload that this Idempotency-Key names was given up, or its item deleted. Announce it anew with another key.",
		);
	}
	const body = await presentAnnounced(upload, settings, Date.now());
	const location = `/v1/uploads/${upload.id}`;
	return answerResponse({ status: 201, location, body }, { "idempotent-replayed": "true" });
}

async function removeObject(bucket: R2Bucket, key: string): Promise<void> {
	try {
		await bucket.delete(key);
	} catch (thrown) {
		logEvent("warn", "removal.failed", { error: errorFields(toAppError(thrown)) });
	}
}
