/** What an item's page shows of its photos, imports and uploads: a part of each, however many there are. */
import { and, asc, desc, eq, lt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import type { Import } from "./imports.ts";
import type { Photo } from "./photos.ts";
import { imports, photos, uploads } from "./schema.ts";
import type { Upload } from "./uploads.ts";

const PHOTOS_SHOWN = 100;
const IMPORTS_SHOWN = 50;
const UPLOADS_SHOWN = 50;
/** More photos than this are not counted. */
export const MAX_PHOTOS_COUNTED = 10_000;

/** Where a photo stands in its item. */
export type PhotoPlace = Pick<Photo, "order" | "id">;

/** Behind what the pages begin; undefined for the first. */
export interface ItemPlaces {
	photosAfter: PhotoPlace | undefined;
	importsBefore: string | undefined;
}

/** How many photos an item has, up to `MAX_PHOTOS_COUNTED` and one more. */
export interface PhotoCounts {
	photos: number;
	failed: number;
}

export interface ItemContents {
	counts: PhotoCounts;
	/** As the collector ordered them. */
	photos: Photo[];
	nextPhotos: PhotoPlace | undefined;
	/** In the order in which they were first asked for, the last first. */
	imports: Import[];
	nextImports: string | undefined;
	/** The newest that are not photos: announced, being received, or failed. */
	uploads: Upload[];
}

/** One round trip. */
export async function readItemContents(
	db: Database,
	itemId: string,
	{ photosAfter, importsBefore }: ItemPlaces,
): Promise<ItemContents> {
	const isBehind = photosAfter && sql`(${photos.order}, ${photos.id}) > (${photosAfter.order}, ${photosAfter.id})`;
	// Signed, so that SQLite goes along the item's index and sorts: along the ids it would pass everybody's imports.
	const importId = sql`+${imports.id}`;
	const [[counts], ofPhotos, ofImports, ofUploads] = await db.batch([
		countPhotos(db, itemId),
		db
			.select()
			.from(photos)
			.where(and(eq(photos.itemId, itemId), isBehind))
			.orderBy(asc(photos.order), asc(photos.id))
			.limit(PHOTOS_SHOWN + 1),
		db
			.select()
			.from(imports)
			.where(and(eq(imports.itemId, itemId), importsBefore === undefined ? undefined : lt(importId, importsBefore)))
			.orderBy(desc(importId))
			.limit(IMPORTS_SHOWN + 1),
		db
			.select()
			.from(uploads)
			.where(and(eq(uploads.itemId, itemId), sql`${uploads.state} IN ('expected', 'receiving', 'failed')`))
			.orderBy(desc(uploads.createdAt))
			.limit(UPLOADS_SHOWN),
	]);
	const shownPhotos = ofPhotos.slice(0, PHOTOS_SHOWN);
	const shownImports = ofImports.slice(0, IMPORTS_SHOWN);
	return {
		counts: counts ?? { photos: 0, failed: 0 },
		photos: shownPhotos,
		nextPhotos: ofPhotos.length > PHOTOS_SHOWN ? shownPhotos.at(-1) : undefined,
		imports: shownImports,
		nextImports: ofImports.length > IMPORTS_SHOWN ? shownImports.at(-1)?.id : undefined,
		uploads: ofUploads,
	};
}

export async function readPhotoCounts(db: Database, itemId: string): Promise<PhotoCounts> {
	const [counts] = await countPhotos(db, itemId);
	return counts ?? { photos: 0, failed: 0 };
}

function countPhotos(db: Database, itemId: string) {
	const counted = db
		.select({ state: photos.state })
		.from(photos)
		.where(eq(photos.itemId, itemId))
		.limit(MAX_PHOTOS_COUNTED + 1);
	return db
		.select({
			photos: sql<number>`count(*)`,
			failed: sql<number>`coalesce(sum(state = 'failed'), 0)`,
		})
		.from(sql`${counted} AS counted`);
}
