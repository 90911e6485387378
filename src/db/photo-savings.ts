/** What photos come to, and what AVIF saves of it. */
import { sql } from "drizzle-orm";
import type { Database } from "./database.ts";

/** Of the newest photos so many tell what is saved. */
const MAX_PHOTOS_SAMPLED = 2000;

export interface PhotoSavings {
	/** Of the newest photos: their bytes before and after. */
	savings: { photos: number; originalBytes: number; renditionBytes: number };
	/** Of all photos there are. */
	originalBytes: number;
	photoCount: number;
}

export async function readPhotoSavings(db: Database): Promise<PhotoSavings> {
	const newest = sql`(SELECT original_bytes, rendition_bytes FROM photos ORDER BY id DESC LIMIT ${MAX_PHOTOS_SAMPLED})`;
	const [[savings], [usage]] = await db.batch([
		db
			.select({
				photos: sql<number>`count(*)`,
				originalBytes: sql<number>`coalesce(sum(original_bytes), 0)`,
				renditionBytes: sql<number>`coalesce(sum(rendition_bytes), 0)`,
			})
			.from(sql`${newest} AS newest`)
			.where(sql`rendition_bytes IS NOT NULL`),
		db
			.select({
				originalBytes: sql<number>`coalesce(sum(original_bytes), 0)`,
				photoCount: sql<number>`coalesce(sum(photo_count), 0)`,
			})
			.from(sql`owner_usage`),
	]);
	return {
		savings: savings ?? { photos: 0, originalBytes: 0, renditionBytes: 0 },
		originalBytes: usage?.originalBytes ?? 0,
		photoCount: usage?.photoCount ?? 0,
	};
}
