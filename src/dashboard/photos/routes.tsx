/** `/dashboard/photos…`: photos, their pictures, and what is done with them. */
import { databaseOf } from "../../api/context.ts";
import { choosePicture, originalPicture } from "../../api/pictures/choose-picture.ts";
import { servePicture } from "../../api/pictures/serve-picture.ts";
import { findNeighbours, listPhotos, listSourcesOf, readPhotoProgress } from "../../db/photo-lists.ts";
import { readPhotoTasks } from "../../db/photo-tasks.ts";
import { findPhoto, type Photo } from "../../db/photos.ts";
import { photoStates } from "../../db/schema.ts";
import { configurationOf } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { DEFAULT_MEMORY_BUDGET_BYTES } from "../../media/budget.ts";
import { callApi } from "../call-api.ts";
import { createPages, type DashboardContext } from "../context.ts";
import { renderPage } from "../layout/render-page.tsx";
import { done, refused } from "../session/notice.ts";
import { onSubmit } from "../session/on-submit.ts";
import { DeletePhotoPage } from "./delete-page.tsx";
import { foretellPlan } from "./foretell-plan.ts";
import { type PhotoFields, PhotoListPage } from "./list-page.tsx";
import { PhotoPage } from "./photo-page.tsx";
import { readProcessingFacts } from "./processing-facts.ts";

export const photoPages = createPages();

const PATH = "/dashboard/photos";
const PHOTOS_PER_PAGE = 24;
const TASKS_SHOWN = 10;
/** Photos whose work is told of in one answer. */
const MAX_FOLLOWED = 50;

photoPages.get(PATH, async (c) => {
	const state = photoStates.find((one) => one === c.req.query("state"));
	const fields: PhotoFields = {
		state: state ?? "",
		owner: (c.req.query("owner") ?? "").trim(),
		item_id: (c.req.query("item_id") ?? "").trim(),
		unattached: c.req.query("unattached") ? "on" : "",
	};
	const filter = {
		state,
		ownerId: fields.owner || undefined,
		itemId: fields.item_id || undefined,
		isUnattached: fields.unattached !== "" || undefined,
	};
	const before = c.req.query("cursor") || undefined;
	const { photos, nextCursor } = await listPhotos(databaseOf(c), filter, { before, limit: PHOTOS_PER_PAGE });
	return renderPage(
		c,
		{ title: "Photos", section: "Photos" },
		<PhotoListPage photos={photos} fields={fields} next={nextCursor} isFirstPage={before === undefined} />,
	);
});

/** How far the work on some photos is, for a page that has just uploaded them. Of those that are deleted nothing is said. */
photoPages.get(`${PATH}/progress`, async (c) => {
	const ids = (c.req.query("ids") ?? "").split(",").slice(0, MAX_FOLLOWED);
	const photos = await readPhotoProgress(databaseOf(c), ids);
	return c.json({
		photos: photos.map(({ id, state, error, taskState, progress }) => ({
			id,
			state,
			isWaiting: taskState !== "started",
			detail: error?.detail ?? null,
			progress,
		})),
	});
});

photoPages.get(`${PATH}/:id`, async (c) => {
	const db = databaseOf(c);
	const photo = await requirePhoto(c);
	const [tasks, neighbours, sources] = await Promise.all([
		readPhotoTasks(db, photo, TASKS_SHOWN),
		findNeighbours(db, photo),
		listSourcesOf(db, photo),
	]);
	const facts = readProcessingFacts(tasks.maker?.result);
	const { rendition } = configurationOf(c.env);
	const foretold = facts ? undefined : await foretellPlan(c.env.MEDIA, photo, rendition, DEFAULT_MEMORY_BUDGET_BYTES);
	return renderPage(
		c,
		{ title: photo.caption || `Photo ${photo.id.slice(0, 8)}`, section: "Photos", scripts: ["compare"] },
		<PhotoPage {...{ photo, facts, foretold, tasks, sources, neighbours }} />,
	);
});

photoPages.get(`${PATH}/:id/image`, async (c) =>
	servePicture(c, choosePicture(await requirePhoto(c), c.req.header("accept")), "inline"),
);
photoPages.get(`${PATH}/:id/original`, async (c) =>
	servePicture(c, originalPicture(await requirePhoto(c)), "attachment"),
);

photoPages.get(`${PATH}/:id/delete`, async (c) => {
	const photo = await requirePhoto(c);
	return renderPage(c, { title: "Delete a photo", section: "Photos" }, <DeletePhotoPage photo={photo} />);
});

onSubmit(photoPages, `${PATH}/:id/delete`, { name: "photo.delete" }, async (c) => {
	const photo = await requirePhoto(c);
	const answer = await callApi(c, "DELETE", `/v1/photos/${photo.id}`);
	if (!answer.isOk) return refused(c, `${PATH}/${photo.id}`, answer.error);
	return done(c, photo.itemId === null ? PATH : `/dashboard/items/${photo.itemId}`, "The photo is deleted.");
});

onSubmit(photoPages, `${PATH}/:id/process`, { name: "photo.process" }, async (c) => {
	const { id } = await requirePhoto(c);
	const answer = await callApi(c, "POST", "/v1/tasks/process_photo_to_avif", { json: { arguments: { photo_id: id } } });
	if (!answer.isOk) return refused(c, `${PATH}/${id}`, answer.error);
	return done(c, `${PATH}/${id}`, "Its AVIF is made again, with the settings of now.");
});

onSubmit(photoPages, `${PATH}/:id/attach`, { name: "photo.attach" }, async (c) => {
	const { id } = await requirePhoto(c);
	const itemId = (c.var.form.get("item_id") ?? "").trim();
	const path = `/v1/items/${encodeURIComponent(itemId)}/photos/attach`;
	const answer = await callApi(c, "POST", path, { json: { photo_ids: [id] } });
	return answer.isOk
		? done(c, `/dashboard/items/${itemId}`, "The photo is attached.")
		: refused(c, `${PATH}/${id}`, answer.error);
});

async function requirePhoto(c: DashboardContext): Promise<Photo> {
	const photo = await findPhoto(databaseOf(c), c.req.param("id") ?? "", "everything");
	if (!photo) throw new AppError("not_found", "There is no such photo. It may have been deleted.");
	return photo;
}
