/** Photos as pictures. */
import type { Photo } from "../../db/photos.ts";
import { inBytes } from "../parts/units.ts";
import { State } from "../parts/values.tsx";
import { altOf, imageUrl } from "./picture-url.ts";

export function PhotoGrid({ photos }: { photos: readonly Photo[] }) {
	return (
		<ul class="grid">
			{photos.map((photo) => (
				<li id={`photo-${photo.id}`}>
					<a href={`/dashboard/photos/${photo.id}`}>
						<span class="thumb">
							{/* Shown by the browser in its own size; the AVIF is the smallest picture there is. */}
							<img src={imageUrl(photo)} alt={altOf(photo)} loading="lazy" decoding="async" />
						</span>
						<span class="grid-line">
							<State of={photo.state} /> <span class="hint">{sizesOf(photo)}</span>
						</span>
						{photo.caption && <span class="grid-caption">{photo.caption}</span>}
					</a>
				</li>
			))}
		</ul>
	);
}

const sizesOf = ({ originalBytes, renditionBytes }: Photo): string =>
	renditionBytes === null ? inBytes(originalBytes) : `${inBytes(originalBytes)} → ${inBytes(renditionBytes)}`;
