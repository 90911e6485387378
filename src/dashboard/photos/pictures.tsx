/** A photo's original and its AVIF, side by side; with script one lies over the other, and a slider uncovers it. */
import { VERSION_LENGTH } from "../../api/present.ts";
import type { Photo } from "../../db/photos.ts";
import { inBytes } from "../parts/units.ts";
import { altOf, imageUrl, originalUrl } from "./picture-url.ts";

export function Pictures({ photo }: { photo: Photo }) {
	const alt = altOf(photo);
	const original = `Original, ${inBytes(photo.originalBytes)}`;
	if (photo.renditionSha256 === null) {
		return (
			<div class="pictures">
				<Picture src={originalUrl(photo)} alt={alt} caption={original} />
			</div>
		);
	}
	// What a script made of it stays as it is, slider and all, until it is another AVIF: then it has another name.
	const id = `pictures-${photo.renditionSha256.slice(0, VERSION_LENGTH)}`;
	return (
		<div class="pictures compare" data-compare="" id={id} hx-morph-skip="">
			<Picture src={originalUrl(photo)} alt={`${alt}, original`} caption={original} />
			<Picture src={imageUrl(photo)} alt={`${alt}, AVIF`} caption={`AVIF, ${inBytes(photo.renditionBytes ?? 0)}`} />
		</div>
	);
}

const Picture = ({ src, alt, caption }: { src: string; alt: string; caption: string }) => (
	<figure>
		<img src={src} alt={alt} decoding="async" />
		<figcaption>{caption}</figcaption>
	</figure>
);
