/** Asks before an item goes with all that it has. */
import type { Item } from "../../db/items.ts";
import { ActionForm } from "../parts/form.tsx";
import { PageHead } from "../parts/page-parts.tsx";
import { inPhotoCount } from "./item-page.tsx";

const PATH = "/dashboard/items";

export function DeleteItemPage({ item, photoCount }: { item: Item; photoCount: number }) {
	const path = `${PATH}/${item.id}`;
	return (
		<>
			<PageHead title={`Delete ${item.name || "this item"}?`} />
			<section class="card">
				<p>{`Its ${inPhotoCount(photoCount)} ${photoCount === 1 ? "photo goes" : "photos go"} with it, originals and renditions, at once and for good. Work on them is cancelled.`}</p>
				<div class="actions">
					<ActionForm action={`${path}/delete`} label="Delete it" look="danger" />
					<a href={path}>Keep it</a>
				</div>
			</section>
		</>
	);
}
