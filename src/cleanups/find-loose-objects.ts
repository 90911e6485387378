/**
 * Objects that no row names, and rows whose objects are not there. A merge-join: R2 lists keys in their order, which is that
 * of the photos' ids, and D1 gives the photos in the same order: however large both are, a page of each is in memory.
 */
import { and, asc, gt, lte } from "drizzle-orm";
import type { NewFind } from "../db/cleanups.ts";
import { photos } from "../db/schema.ts";
import { INCOMING_PREFIX, ORIGINALS_PREFIX, RENDITIONS_PREFIX, UPLOADS_PREFIX } from "../storage/object-keys.ts";
import type { Finder, FoundPage, Store } from "./finder.ts";
import { KEYS_PER_PAGE, ROWS_PER_PAGE } from "./limits.ts";
import { isPhotoId, listUnnamed, type ObjectName, readObjectName } from "./object-names.ts";

interface Place {
	/** The last key that was looked at. */
	key?: string;
	/** The last photo that was looked at. */
	photoId?: string;
}

/** Photos against the objects that they hold in one of the two prefixes. */
function findOfPhotos(prefix: string, heldKey: (row: PhotoRow) => string | null, missing: MissingKind): Finder<Place> {
	return {
		cannotKnow: `who put an object there that no row names; whether somebody needs what is gone from ${prefix}`,
		async findPage(store, cutoff, place) {
			const listing = await listAfter(store, prefix, place?.key);
			const lastListedId = lastIdOf(listing.objects);
			// A page without a key of a photo tells of none: its photos are the next page's.
			const tellsOfPhotos = listing.isLast || lastListedId !== undefined;
			const rows = tellsOfPhotos
				? await readPhotos(store, place?.photoId, listing.isLast ? undefined : lastListedId)
				: [];
			// Where there are more photos than a page, the keys behind its last one are the next page's.
			const until = rows.length === ROWS_PER_PAGE ? rows.at(-1)?.id : undefined;
			const objects = listing.objects.filter(({ key }) => until === undefined || key < `${prefix}${until}0`);
			const held = new Set(rows.flatMap((row) => heldKey(row) ?? []));
			const present = new Set(objects.map(({ key }) => key));
			const loose = await findLoose(
				store,
				objects.filter(({ key }) => !held.has(key)),
				cutoff,
			);
			const absent = rows.filter(
				(row) => isAbsent(heldKey(row), present) && row.createdAt < cutoff && isPhotoId(row.id),
			);
			const reported = await confirmAbsent(
				store,
				absent.flatMap((row) => heldKey(row) ?? []),
				missing,
			);
			const isDone = listing.isLast && until === undefined;
			const lastKey = objects.at(-1)?.key ?? place?.key;
			const lastId = until ?? lastListedId ?? place?.photoId;
			return {
				looked: { objects: objects.length },
				finds: [...loose.finds, ...reported],
				skipped: loose.skipped,
				next: isDone
					? null
					: {
							...(lastKey === undefined ? {} : { key: lastKey }),
							...(lastId === undefined ? {} : { photoId: lastId }),
						},
			};
		},
	};
}

/** Objects of a prefix whose rows are found by their keys. */
function findNamedOnly(prefix: string): Finder<Place> {
	return {
		cannotKnow: `whose the bytes below ${prefix} were to become: what named them is gone`,
		async findPage(store, cutoff, place) {
			const { objects, isLast } = await listAfter(store, prefix, place?.key);
			const { finds, skipped } = await findLoose(store, objects, cutoff);
			const key = objects.at(-1)?.key;
			return {
				looked: { objects: objects.length },
				finds,
				skipped,
				next: isLast || key === undefined ? null : { key },
			};
		},
	};
}

type MissingKind = "original_missing" | "rendition_missing";

export const findLooseOriginals = findOfPhotos(ORIGINALS_PREFIX, (row) => row.originalKey, "original_missing");
export const findLooseRenditions = findOfPhotos(RENDITIONS_PREFIX, (row) => row.renditionKey, "rendition_missing");
export const findLooseIncoming = findNamedOnly(INCOMING_PREFIX);
export const findLooseUploads = findNamedOnly(UPLOADS_PREFIX);

async function listAfter({ media }: Store, prefix: string, after: string | undefined) {
	const { objects, truncated } = await media.list({
		prefix,
		limit: KEYS_PER_PAGE,
		...(after === undefined ? {} : { startAfter: after }),
	});
	return { objects, isLast: !truncated };
}

interface PhotoRow {
	id: string;
	originalKey: string;
	renditionKey: string | null;
	createdAt: number;
}

const readPhotos = ({ db }: Store, after: string | undefined, until: string | undefined): Promise<PhotoRow[]> =>
	db
		.select({
			id: photos.id,
			originalKey: photos.originalKey,
			renditionKey: photos.renditionKey,
			createdAt: photos.createdAt,
		})
		.from(photos)
		.where(and(gt(photos.id, after ?? ""), until === undefined ? undefined : lte(photos.id, until)))
		.orderBy(asc(photos.id))
		.limit(ROWS_PER_PAGE);

/** Of the keys of a page; those of another form are passed over, in the order of which nothing is known. */
const lastIdOf = (objects: readonly R2Object[]): string | undefined =>
	objects.map(({ key }) => readObjectName(key)?.photoId).findLast((id) => id !== undefined && id !== null) ?? undefined;

const isAbsent = (key: string | null, present: ReadonlySet<string>): boolean => key !== null && !present.has(key);

/** Those old enough that nothing names. */
async function findLoose(
	{ db }: Store,
	objects: readonly R2Object[],
	cutoff: number,
): Promise<Required<Pick<FoundPage<Place>, "finds" | "skipped">>> {
	const skipped: Record<string, number> = {};
	const skip = (reason: string) => {
		skipped[reason] = (skipped[reason] ?? 0) + 1;
	};
	const candidates: ObjectName[] = [];
	for (const { key, uploaded } of objects) {
		const name = readObjectName(key);
		if (!name) skip("unknown_name");
		else if (uploaded.getTime() >= cutoff) skip("too_young");
		else candidates.push(name);
	}
	const unnamed = await listUnnamed(db, candidates);
	const finds = objects
		.filter(({ key }) => unnamed.has(key))
		.map(({ key, size, version }): NewFind => {
			return { subject: key, kind: "object", bytes: size, version, state: "marked", reason: null };
		});
	return { finds, skipped };
}

/** A key may lie on another page of the listing, or have come since: R2 is asked for each. Reported only: a row is never
 * deleted because an object is missing, for the caption and the place in the item are the collector's, and a backup may have the bytes. */
async function confirmAbsent({ media }: Store, keys: readonly string[], kind: MissingKind): Promise<NewFind[]> {
	const finds: NewFind[] = [];
	for (const key of keys) {
		if (await media.head(key)) continue;
		finds.push({ subject: key, kind, bytes: 0, version: null, state: "reported", reason: null });
	}
	return finds;
}
