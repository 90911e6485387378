/** One item with its photos, what was imported for it, and the ways in for more. */
import { type ItemContents, type ItemPlaces, MAX_PHOTOS_COUNTED } from "../../db/item-contents.ts";
import type { Item } from "../../db/items.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { Live } from "../parts/live.tsx";
import { Empty, Facts, PageHead, Pager } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import { Moment, State } from "../parts/values.tsx";
import { PhotoGrid } from "../photos/photo-grid.tsx";
import { ImportTable, UploadTable } from "./arrivals.tsx";
import { inAddress } from "./photo-place.ts";
import { ImportForm, UploadForm } from "./ways-in.tsx";

const PATH = "/dashboard/items";

interface ItemPageProps {
	item: Item;
	contents: ItemContents;
	/** Where the lists begin. */
	places: ItemPlaces;
	importUrls: string;
	importFault: string | undefined;
}

export function ItemPage({ item, contents, places, importUrls, importFault }: ItemPageProps) {
	const { canChange } = usePage().operator;
	const { counts, photos, imports, uploads, nextPhotos, nextImports } = contents;
	const path = `${PATH}/${item.id}`;
	return (
		<>
			<PageHead title={item.name || "Item without a name"} lead={<code>{item.id}</code>}>
				<a class="button" href={pageUrl("/dashboard/tasks", { item_id: item.id })}>
					Its tasks
				</a>
				<a class="button" href={pageUrl("/dashboard/photos", { item_id: item.id })}>
					Filter its photos
				</a>
				{canChange && (
					<a class="button" href={`${path}/delete`}>
						Delete…
					</a>
				)}
			</PageHead>
			{canChange && <UploadForm itemId={item.id} />}
			<Live id="item" everySeconds={item.isProcessingPhotos ? 2 : 10}>
				<section class="card">
					<Facts
						of={[
							["State", <State of={item.isProcessingPhotos ? "processing" : "done"} />],
							["Type", item.type],
							["Owner", item.ownerId],
							["Photos", inPhotoCount(counts.photos)],
							counts.failed > 0 && ["Of them failed", inPhotoCount(counts.failed)],
							["Created", <Moment at={item.createdAt} />],
						]}
					/>
				</section>
				{photos.length === 0 ? <Empty>{noPhotos(places)}</Empty> : <PhotoGrid photos={photos} />}
				<Pager
					first={places.photosAfter && path}
					next={nextPhotos ? pageUrl(path, { photos: inAddress(nextPhotos) }) : null}
					label="Pages of its photos"
					words={{ first: "First photos", next: "More photos" }}
				/>
				{uploads.length > 0 && <UploadTable uploads={uploads} />}
				{imports.length > 0 && <ImportTable imports={imports} />}
				<Pager
					first={places.importsBefore && path}
					next={nextImports === undefined ? null : pageUrl(path, { imports: nextImports })}
					label="Pages of its imports"
					words={{ first: "Newest imports", next: "Older imports" }}
				/>
			</Live>
			{canChange && <ImportForm itemId={item.id} urls={importUrls} fault={importFault} />}
		</>
	);
}

/** More than are counted are said to be more. */
export const inPhotoCount = (count: number): string =>
	count > MAX_PHOTOS_COUNTED ? `${inCount(MAX_PHOTOS_COUNTED)}+` : inCount(count);

const noPhotos = ({ photosAfter }: ItemPlaces): string =>
	photosAfter ? "It has no photos behind that one." : "It has no photos yet.";
