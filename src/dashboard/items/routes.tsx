/** `/dashboard/items…`: items, and the ways in for their photos. */
import { databaseOf } from "../../api/context.ts";
import { type ItemPlaces, readItemContents, readPhotoCounts } from "../../db/item-contents.ts";
import { findItem, type Item, listItemsWithCounts } from "../../db/items.ts";
import { itemTypes } from "../../db/schema.ts";
import { AppError } from "../../errors.ts";
import { callApi, type RawBody } from "../call-api.ts";
import { createPages, type DashboardContext } from "../context.ts";
import { renderPage } from "../layout/render-page.tsx";
import { done, refused } from "../session/notice.ts";
import { onSubmit } from "../session/on-submit.ts";
import { DeleteItemPage } from "./delete-page.tsx";
import { ItemPage } from "./item-page.tsx";
import { ItemListPage, type ItemValues } from "./list-page.tsx";
import { readPhotoPlace } from "./photo-place.ts";

export const itemPages = createPages();

const PATH = "/dashboard/items";
const ITEMS_PER_PAGE = 50;

const noValues: ItemValues = { name: "", type: itemTypes[0], owner_id: "" };

itemPages.get(PATH, (c) => renderList(c, noValues));

async function renderList(c: DashboardContext, values: ItemValues, fault?: string): Promise<Response> {
	const before = c.req.query("cursor") || undefined;
	const rows = await listItemsWithCounts(databaseOf(c), { before, limit: ITEMS_PER_PAGE + 1 });
	const items = rows.slice(0, ITEMS_PER_PAGE);
	const next = rows.length > ITEMS_PER_PAGE ? (items.at(-1)?.id ?? null) : null;
	return renderPage(
		c,
		{ title: "Items", section: "Items", status: fault === undefined ? 200 : 422 },
		<ItemListPage items={items} next={next} isFirstPage={before === undefined} values={values} fault={fault} />,
	);
}

onSubmit(itemPages, `${PATH}/new`, { name: "item.create" }, async (c) => {
	const text = (name: keyof ItemValues) => (c.var.form.get(name) ?? "").trim();
	const values = { name: text("name"), type: text("type"), owner_id: text("owner_id") };
	const { owner_id, ...json } = values;
	const answer = await callApi<{ id: string }>(c, "POST", "/v1/items", {
		json: { ...json, ...(owner_id !== "" && { owner_id }) },
	});
	if (answer.isOk) return done(c, `${PATH}/${answer.body.id}`, "The item is made.");
	return { response: await renderList(c, values, answer.error.detail), error: answer.error };
});

itemPages.get(`${PATH}/:id`, async (c) => renderItem(c, await requireItem(c), "", undefined));

async function renderItem(c: DashboardContext, item: Item, importUrls: string, importFault: string | undefined) {
	const places: ItemPlaces = {
		photosAfter: readPhotoPlace(c.req.query("photos")),
		importsBefore: c.req.query("imports") || undefined,
	};
	const contents = await readItemContents(databaseOf(c), item.id, places);
	return renderPage(
		c,
		{
			title: item.name || "Item",
			section: "Items",
			scripts: ["upload"],
			status: importFault === undefined ? 200 : 422,
		},
		<ItemPage item={item} contents={contents} places={places} importUrls={importUrls} importFault={importFault} />,
	);
}

onSubmit(itemPages, `${PATH}/:id/upload`, { name: "photo.upload", isUpload: true }, async (c) => {
	const path = `${PATH}/${c.req.param("id")}`;
	const answer = await callApi<{ photos: { id: string }[] }>(c, "POST", `/v1/items/${c.req.param("id")}/photos`, {
		raw: bodyOf(c),
	});
	// What is sent by script reads its answer itself.
	if (c.req.header("x-csrf-token")) {
		const body = answer.isOk
			? { photos: answer.body.photos.map(({ id }) => ({ id })) }
			: { detail: answer.error.detail };
		return { response: Response.json(body, { status: answer.status }), error: answer.isOk ? undefined : answer.error };
	}
	if (!answer.isOk) return refused(c, path, answer.error);
	const count = answer.body.photos.length;
	return done(c, path, count === 1 ? "The picture has arrived." : `${count} pictures have arrived.`);
});

/** As it comes: it is never in memory whole. */
function bodyOf(c: DashboardContext): RawBody {
	const names = ["content-type", "content-length"] as const;
	const headers = Object.fromEntries(
		names.flatMap((name) => [[name, c.req.header(name) ?? ""]]).filter(([, value]) => value),
	);
	return { stream: c.req.raw.body, headers };
}

onSubmit(itemPages, `${PATH}/:id/import`, { name: "photo.import" }, async (c) => {
	const item = await requireItem(c);
	const text = c.var.form.get("urls") ?? "";
	const urls = text.split(/\s+/).filter(Boolean);
	const answer = await callApi(c, "POST", `/v1/items/${item.id}/photos/import`, { json: urls.map((url) => ({ url })) });
	if (answer.isOk)
		return done(c, `${PATH}/${item.id}`, urls.length === 1 ? "The import has begun." : "The imports have begun.");
	return { response: await renderItem(c, item, text, answer.error.detail), error: answer.error };
});

itemPages.get(`${PATH}/:id/delete`, async (c) => {
	const item = await requireItem(c);
	const { photos } = await readPhotoCounts(databaseOf(c), item.id);
	return renderPage(
		c,
		{ title: "Delete an item", section: "Items" },
		<DeleteItemPage item={item} photoCount={photos} />,
	);
});

onSubmit(itemPages, `${PATH}/:id/delete`, { name: "item.delete" }, async (c) => {
	const { id, name } = await requireItem(c);
	const answer = await callApi(c, "DELETE", `/v1/items/${id}`);
	return answer.isOk ? done(c, PATH, `${name || "The item"} is deleted.`) : refused(c, `${PATH}/${id}`, answer.error);
});

const noSuchItem = () => new AppError("not_found", "There is no such item. It may have been deleted.");

async function requireItem(c: DashboardContext): Promise<Item> {
	const item = await findItem(databaseOf(c), c.req.param("id") ?? "", "everything");
	if (!item) throw noSuchItem();
	return item;
}
