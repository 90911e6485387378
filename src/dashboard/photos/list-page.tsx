/** All photos, newest first. */

import type { Photo } from "../../db/photos.ts";
import { type PhotoState, photoStates } from "../../db/schema.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { Live } from "../parts/live.tsx";
import { Empty, PageHead, Pager } from "../parts/page-parts.tsx";
import { PhotoGrid } from "./photo-grid.tsx";

export interface PhotoFields {
	state: PhotoState | "";
	owner: string;
	item_id: string;
	unattached: string;
}

interface PhotoListProps {
	photos: readonly Photo[];
	fields: PhotoFields;
	next: string | null;
	isFirstPage: boolean;
}

const PATH = "/dashboard/photos";

export function PhotoListPage({ photos, fields, next, isFirstPage }: PhotoListProps) {
	const isFiltered = Object.values(fields).some((value) => value !== "");
	return (
		<>
			<PageHead title="Photos" lead="Newest first, each as the AVIF that was made of it.">
				{usePage().operator.canChange && (
					<a class="button" href="/dashboard/items">
						Upload to an item
					</a>
				)}
			</PageHead>
			<form class="filters" action={PATH} method="get">
				<div>
					<label for="state">State</label>
					<select id="state" name="state">
						<option value="">any state</option>
						{photoStates.map((state) => (
							<option value={state} selected={fields.state === state}>
								{state}
							</option>
						))}
					</select>
				</div>
				<div>
					<label for="owner">Owner</label>
					<input id="owner" name="owner" value={fields.owner} maxlength={128} />
				</div>
				<div>
					<label for="item_id">Item</label>
					<input id="item_id" name="item_id" value={fields.item_id} maxlength={64} />
				</div>
				<label class="check">
					<input type="checkbox" name="unattached" checked={fields.unattached !== ""} /> Of no item
				</label>
				<button type="submit" class="main">
					Show
				</button>
				{isFiltered && <a href={PATH}>All photos</a>}
			</form>
			<Live id="photos" everySeconds={10}>
				{photos.length === 0 ? <Empty>{emptyWords(isFiltered, next !== null)}</Empty> : <PhotoGrid photos={photos} />}
			</Live>
			<Pager
				first={isFirstPage ? undefined : pageUrl(PATH, { ...fields })}
				next={next === null ? null : pageUrl(PATH, { ...fields, cursor: next })}
			/>
		</>
	);
}

function emptyWords(isFiltered: boolean, hasMore: boolean): string {
	if (hasMore) return "None of the photos that were looked at fits. Go on to older ones below.";
	return isFiltered
		? "No photo fits these filters."
		: "There are no photos yet. Open an item, and drop pictures onto its page.";
}
