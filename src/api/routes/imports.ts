/** `/v1/items/{id}/photos/import` and `…/imports`: pictures of other sites that an item is to have. */
import { createRoute } from "@hono/zod-openapi";
import { type Import, type ImportName, listImports } from "../../db/imports.ts";
import { comparableUrl, judgeUrl, type UrlRule, urlRules } from "../../download/judge-url.ts";
import { urlRefused } from "../../download/source-errors.ts";
import { configurationOf } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { downloadExternalImageAndAttach } from "../../handlers/download-external-image-and-attach.ts";
import { type ApiContext, createRouter, databaseOf, visibilityOf } from "../context.ts";
import { type ImageToImport, imagesToImport, importsJson } from "../imports/schemas.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { limitJsonBody } from "../middleware/limit-json-body.ts";
import { requireJson } from "../middleware/require-json.ts";
import { idempotencyHeader, jsonBody, jsonOf, problemsOf } from "../openapi.ts";
import { presentImport } from "../present.ts";
import { requireItem } from "../require-item.ts";
import { idParam } from "../schemas.ts";
import { enqueueRequests, readTaskKey } from "../tasks/enqueue-requests.ts";
import { readTaskRequests } from "../tasks/read-requests.ts";

export const importRoutes = createRouter();

importRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/items/{id}/photos/import",
		tags: ["Photos"],
		summary: "Import pictures of other sites as photos of an item, up to 100, all or none",
		description:
			"One `{url, order}` or a list of them. Each URL of an item gives one photo: asked for again, the site is asked whether the picture changed, and the photo follows it.",
		middleware: [requireScope("photos:write"), requireJson, limitJsonBody] as const,
		request: { params: idParam, headers: idempotencyHeader, body: jsonBody(imagesToImport) },
		responses: {
			202: jsonOf(importsJson, "The imports, in the order given"),
			...problemsOf(400, 401, 403, 404, 413, 415, 422),
		},
	}),
	async (c) => {
		const images = c.req.valid("json");
		requireAllowed(images, c);
		const db = databaseOf(c);
		const item = await requireItem(c, c.req.valid("param").id);
		const key = readTaskKey(c);
		const named = images.map(({ url, order }, index) => ({
			name: downloadExternalImageAndAttach.name,
			arguments: {
				app_label: "collection",
				model_name: item.type,
				object_id: item.id,
				image_url: url,
				order: order ?? null,
			},
			...(key === undefined ? {} : { idempotency_key: `${key}#${index}` }),
			path: `${index}.`,
		}));
		const asker = { ownerId: c.var.token.ownerId, visibility: visibilityOf(c) };
		await enqueueRequests(c, await readTaskRequests(db, named, asker, Date.now()));
		const imports = new Map((await listImports(db, item.id)).map((row) => [row.url, row]));
		const asked = images.map(({ url }) => requireWritten(imports, { itemId: item.id, url: comparableUrl(url) }));
		return c.json({ imports: asked.map(presentImport) }, 202, { location: `/v1/items/${item.id}/imports` });
	},
);

importRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/items/{id}/imports",
		tags: ["Photos"],
		summary: "What became of an item's imports",
		middleware: [requireScope("photos:read")] as const,
		request: { params: idParam },
		responses: { 200: jsonOf(importsJson, "The imports, oldest first"), ...problemsOf(401, 403, 404) },
	}),
	async (c) => {
		const item = await requireItem(c, c.req.valid("param").id);
		return c.json({ imports: (await listImports(databaseOf(c), item.id)).map(presentImport) }, 200);
	},
);

/** @throws AppError the rule that refuses the first URL that is refused, and all of them as faults */
function requireAllowed(images: readonly ImageToImport[], c: ApiContext): void {
	const { allowedHosts } = configurationOf(c.env).imports;
	const refused = images.flatMap(({ url }, index) => {
		const judgement = judgeUrl(url, allowedHosts);
		return judgement.isAllowed ? [] : [{ index, rule: judgement.rule }];
	});
	const [first] = refused;
	if (!first) return;
	const faults = refused.map(({ index, rule }) => ({ field: `${index}.url`, expected: expectation(rule), code: rule }));
	const { detail } = urlRefused(first.rule);
	const others = refused.length > 1 ? ` ${refused.length - 1} more are refused too.` : "";
	const nothing = images.length > 1 ? " Nothing was imported." : "";
	throw new AppError(first.rule, `${detail}${others}${nothing}`, { extensions: { faults } });
}

const expectation = (rule: UrlRule): string => `the URL of a picture on an allowed host, but ${urlRules[rule]}`;

function requireWritten(imports: ReadonlyMap<string, Import>, { itemId, url }: ImportName): Import {
	const row = imports.get(url);
	if (!row) throw new Error(`the import of ${itemId} was not found although its task was enqueued`);
	return row;
}
