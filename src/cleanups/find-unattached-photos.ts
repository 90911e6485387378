/** Photos that were uploaded and never attached to an item. */
import { and, asc, isNull, lt, type SQL, sql } from "drizzle-orm";
import { photos } from "../db/schema.ts";
import type { Finder } from "./finder.ts";
import { ROWS_PER_PAGE } from "./limits.ts";
import { isInWork } from "./object-names.ts";

interface Place {
	createdAt: number;
	id: string;
}

export const findUnattachedPhotos: Finder<Place> = {
	cannotKnow: "whether somebody still fills in a form after that time, and will attach the photo then",
	async findPage({ db }, cutoff, place) {
		const rows = await db
			.select({
				id: photos.id,
				createdAt: photos.createdAt,
				bytes: sql<number>`${photos.originalBytes} + coalesce(${photos.renditionBytes}, 0)`,
				isInWork: isInWork as SQL<number>,
			})
			.from(photos)
			.where(
				and(
					isNull(photos.itemId),
					lt(photos.createdAt, cutoff),
					place ? sql`(${photos.createdAt}, ${photos.id}) > (${place.createdAt}, ${place.id})` : undefined,
				),
			)
			.orderBy(asc(photos.createdAt), asc(photos.id))
			.limit(ROWS_PER_PAGE);
		const last = rows.length === ROWS_PER_PAGE ? rows.at(-1) : undefined;
		const idle = rows.filter((row) => !row.isInWork);
		const inWork = rows.length - idle.length;
		return {
			looked: {}, // of all photos, which are counted when the run begins
			finds: idle.map(({ id, bytes }) => ({
				subject: id,
				kind: "photo",
				bytes,
				version: null,
				state: "marked",
				reason: null,
			})),
			skipped: inWork > 0 ? { in_work: inWork } : {},
			next: last ? { createdAt: last.createdAt, id: last.id } : null,
		};
	},
};
