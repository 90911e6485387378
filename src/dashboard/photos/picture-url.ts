/** Where a page's pictures come from: through the session, and cacheable for ever under the hash of what they show. */
import { VERSION_LENGTH } from "../../api/present.ts";
import type { Photo } from "../../db/photos.ts";

export const originalUrl = ({ id, originalSha256 }: Photo): string =>
	`/dashboard/photos/${id}/original?v=${originalSha256.slice(0, VERSION_LENGTH)}`;

/** The AVIF, or the original while there is none. */
export const imageUrl = ({ id, renditionSha256, originalSha256 }: Photo): string =>
	`/dashboard/photos/${id}/image?v=${(renditionSha256 ?? originalSha256).slice(0, VERSION_LENGTH)}`;

/** What is said in place of a picture. */
export const altOf = ({ caption, order }: Photo): string => caption || `Photo ${order + 1}`;
