/** Asks before a photo goes. */
import type { Photo } from "../../db/photos.ts";
import { ActionForm } from "../parts/form.tsx";
import { PageHead } from "../parts/page-parts.tsx";
import { altOf, imageUrl } from "./picture-url.ts";

export function DeletePhotoPage({ photo }: { photo: Photo }) {
	const path = `/dashboard/photos/${photo.id}`;
	return (
		<>
			<PageHead title="Delete this photo?" />
			<section class="card">
				<p>
					Its original and its AVIF go with it, at once and for good: this is no cleanup, nothing lies in the trash.
				</p>
				<img class="small" src={imageUrl(photo)} alt={altOf(photo)} />
				<div class="actions">
					<ActionForm action={`${path}/delete`} label="Delete it" look="danger" />
					<a href={path}>Keep it</a>
				</div>
			</section>
		</>
	);
}
