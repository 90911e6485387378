/** What an upload says of its photos beside their bytes: their place, their caption, and how their AVIF is to be made. */
import { AppError } from "../../errors.ts";
import type { RenditionWishes } from "../../media/settings.ts";
import { uploadQueryWithin } from "../schemas.ts";

export interface UploadWishes {
	order?: number | undefined;
	caption?: string | undefined;
	/** Null where nothing is wished for. */
	rendition: RenditionWishes | null;
}

/**
 * @param given the query, and over it the fields of the form
 * @param most the deployment's box, which no request may exceed
 * @throws AppError `invalid_request` naming each faulty field and its limits
 */
export function parseWishes(
	given: Record<string, string>,
	most: { maxWidth: number; maxHeight: number },
): UploadWishes {
	// A page's form sends its empty fields too: they are no wishes.
	const filled = Object.entries(given).filter(([name, value]) => name === "caption" || value.trim() !== "");
	const result = uploadQueryWithin(most).safeParse(Object.fromEntries(filled));
	if (!result.success) {
		const faults = result.error.issues.map((issue) => ({ field: issue.path.join("."), expected: issue.message }));
		const detail = `Some fields do not fit: ${faults.map(({ field, expected }) => `${field}: ${expected}`).join("; ")}.`;
		throw new AppError("invalid_request", detail, { extensions: { faults } });
	}
	const { order, caption, quality, speed, max_width, max_height, chroma_subsampling } = result.data;
	const rendition: RenditionWishes = {
		...(quality !== undefined && { quality }),
		...(speed !== undefined && { speed }),
		...(max_width !== undefined && { maxWidth: max_width }),
		...(max_height !== undefined && { maxHeight: max_height }),
		...(chroma_subsampling !== undefined && { chromaSubsampling: chroma_subsampling }),
	};
	return { order, caption, rendition: Object.keys(rendition).length > 0 ? rendition : null };
}
