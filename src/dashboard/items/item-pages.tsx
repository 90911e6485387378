/** What collectors own, and one item with its photos, its imports and its uploads. */
import type { Import } from "../../db/imports.ts";
import type { Item } from "../../db/items.ts";
import type { ItemWithCount } from "../../db/photo-lists.ts";
import type { Photo, readItemProcessing } from "../../db/photos.ts";
import { itemTypes } from "../../db/schema.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { ActionForm, CsrfField, describedBy, Field } from "../parts/form.tsx";
import { Live } from "../parts/live.tsx";
import { Empty, Facts, PageHead, Pager, TableFrame } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import { Moment, State } from "../parts/values.tsx";
import { PhotoGrid } from "../photos/photo-grid.tsx";

const PATH = "/dashboard/items";

export interface ItemValues {
	name: string;
	type: string;
	owner_id: string;
}

interface ItemListProps {
	items: readonly ItemWithCount[];
	next: string | null;
	isFirstPage: boolean;
	values: ItemValues;
	fault: string | undefined;
}

export function ItemListPage({ items, next, isFirstPage, values, fault }: ItemListProps) {
	return (
		<>
			<PageHead title="Items" lead="What collectors own, newest first." />
			<Live id="items" everySeconds={10}>
				{items.length === 0 ? (
					<Empty>There are no items yet. The back end makes them; for a try, make one below.</Empty>
				) : (
					<TableFrame label="Items">
						<table>
							<thead>
								<tr>
									<th scope="col">Name</th>
									<th scope="col">Type</th>
									<th scope="col" class="number">
										Photos
									</th>
									<th scope="col">State</th>
									<th scope="col">Owner</th>
									<th scope="col">Created</th>
								</tr>
							</thead>
							<tbody>
								{items.map(({ id, name, type, photoCount, isProcessingPhotos, ownerId, createdAt }) => (
									<tr id={`item-${id}`}>
										<th scope="row">
											<a href={`${PATH}/${id}`}>{name || "without a name"}</a>
										</th>
										<td>{type}</td>
										<td class="number">{inCount(photoCount)}</td>
										<td>{isProcessingPhotos && <State of="processing" />}</td>
										<td>{ownerId}</td>
										<td>
											<Moment at={createdAt} />
										</td>
									</tr>
								))}
							</tbody>
						</table>
					</TableFrame>
				)}
			</Live>
			<Pager first={isFirstPage ? undefined : PATH} next={next === null ? null : pageUrl(PATH, { cursor: next })} />
			<NewItemForm values={values} fault={fault} />
		</>
	);
}

function NewItemForm({ values, fault }: { values: ItemValues; fault: string | undefined }) {
	if (!usePage().operator.canChange) return null;
	const hint = "Whose it is. Empty for yourself.";
	return (
		<section class="card">
			<h2>New item</h2>
			<form method="post" action={`${PATH}/new`}>
				<CsrfField />
				<Field name="name" label="Name" fault={fault}>
					<input
						id="name"
						name="name"
						required
						maxlength={200}
						value={values.name}
						aria-describedby={describedBy("name", { fault })}
					/>
				</Field>
				<Field name="type" label="Type">
					<select id="type" name="type">
						{itemTypes.map((type) => (
							<option value={type} selected={values.type === type}>
								{type}
							</option>
						))}
					</select>
				</Field>
				<Field name="owner_id" label="Owner" hint={hint}>
					<input
						id="owner_id"
						name="owner_id"
						maxlength={128}
						value={values.owner_id}
						aria-describedby={describedBy("owner_id", { hint })}
					/>
				</Field>
				<button class="main" type="submit">
					Make it
				</button>
			</form>
		</section>
	);
}

interface ItemPageProps {
	item: Item;
	photos: readonly Photo[];
	imports: readonly Import[];
	processing: NonNullable<Awaited<ReturnType<typeof readItemProcessing>>>;
	importUrls: string;
	importFault: string | undefined;
}

export function ItemPage({ item, photos, imports, processing, importUrls, importFault }: ItemPageProps) {
	const { canChange } = usePage().operator;
	const failed = photos.filter(({ state }) => state === "failed").length;
	return (
		<>
			<PageHead title={item.name || "Item without a name"} lead={<code>{item.id}</code>}>
				<a class="button" href={pageUrl("/dashboard/tasks", { item_id: item.id })}>
					Its tasks
				</a>
				{canChange && (
					<a class="button" href={`${PATH}/${item.id}/delete`}>
						Delete…
					</a>
				)}
			</PageHead>
			{canChange && <UploadForm itemId={item.id} />}
			<Live id="item" everySeconds={processing.isProcessing ? 2 : 10}>
				<section class="card">
					<Facts
						of={[
							["State", <State of={processing.isProcessing ? "processing" : "done"} />],
							["Type", item.type],
							["Owner", item.ownerId],
							["Photos", inCount(photos.length)],
							failed > 0 && ["Of them failed", inCount(failed)],
							["Created", <Moment at={item.createdAt} />],
						]}
					/>
				</section>
				{photos.length === 0 ? <Empty>It has no photos yet.</Empty> : <PhotoGrid photos={photos} />}
				{imports.length > 0 && <ImportTable imports={imports} />}
			</Live>
			{canChange && <ImportForm itemId={item.id} urls={importUrls} fault={importFault} />}
		</>
	);
}

/** Without script a plain form; with it, files may be dropped here, and each has its progress. */
function UploadForm({ itemId }: { itemId: string }) {
	const { csrfToken } = usePage();
	const action = `${PATH}/${itemId}/upload`;
	return (
		<form
			class="card drop"
			method="post"
			enctype="multipart/form-data"
			action={`${action}?csrf=${csrfToken}`}
			data-upload={action}
			data-csrf={csrfToken}
		>
			<Field name="files" label="Upload pictures" hint="JPEG, PNG, WebP, GIF or AVIF, up to 15 MiB each.">
				<input
					id="files"
					name="photos"
					type="file"
					multiple
					required
					accept="image/jpeg,image/png,image/webp,image/gif,image/avif"
					aria-describedby="files-hint"
				/>
			</Field>
			<button class="main" type="submit">
				Upload
			</button>
			<ul class="uploads" aria-live="polite" />
		</form>
	);
}

function ImportForm({ itemId, urls, fault }: { itemId: string; urls: string; fault: string | undefined }) {
	const hint = "One address a line. Only hosts that this deployment allows are visited.";
	return (
		<section class="card">
			<h2>Import pictures of other sites</h2>
			<form method="post" action={`${PATH}/${itemId}/import`}>
				<CsrfField />
				<Field name="urls" label="Addresses" hint={hint} fault={fault}>
					<textarea
						id="urls"
						name="urls"
						required
						spellcheck={false}
						aria-describedby={describedBy("urls", { hint, fault })}
					>
						{urls}
					</textarea>
				</Field>
				<button class="main" type="submit">
					Import
				</button>
			</form>
		</section>
	);
}

function ImportTable({ imports }: { imports: readonly Import[] }) {
	return (
		<TableFrame label="Imports">
			<table>
				<caption>Imports</caption>
				<thead>
					<tr>
						<th scope="col">Address</th>
						<th scope="col">State</th>
						<th scope="col">Asked for</th>
						<th scope="col">Why it failed</th>
					</tr>
				</thead>
				<tbody>
					{imports.map(({ id, url, state, taskId, requestedAt, error, photoId }) => (
						<tr id={`import-${id}`}>
							<th scope="row">
								<code class="long">{url}</code>
							</th>
							<td>
								<a
									href={state === "imported" && photoId ? `/dashboard/photos/${photoId}` : `/dashboard/tasks/${taskId}`}
								>
									<State of={state} />
								</a>
							</td>
							<td>
								<Moment at={requestedAt} />
							</td>
							<td>{error?.detail}</td>
						</tr>
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}

export function DeleteItemPage({ item, photoCount }: { item: Item; photoCount: number }) {
	const path = `${PATH}/${item.id}`;
	return (
		<>
			<PageHead title={`Delete ${item.name || "this item"}?`} />
			<section class="card">
				<p>{`Its ${inCount(photoCount)} ${photoCount === 1 ? "photo goes" : "photos go"} with it, originals and renditions, at once and for good. Work on them is cancelled.`}</p>
				<div class="actions">
					<ActionForm action={`${path}/delete`} label="Delete it" look="danger" />
					<a href={path}>Keep it</a>
				</div>
			</section>
		</>
	);
}
