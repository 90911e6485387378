/** What a finder is: it goes through something page by page, in constant memory, and says what is nobody's. */
import type { NewFind } from "../db/cleanups.ts";
import type { Database } from "../db/database.ts";
import type { CleanupCounts } from "../db/schema.ts";
import type { FoundObject } from "../db/uploads.ts";

/** Where finders look. */
export interface Store {
	db: Database;
	media: R2Bucket;
}

/** A page of what a finder looked at. */
export interface FoundPage<Place> {
	looked: Partial<CleanupCounts["looked"]>;
	finds: NewFind[];
	/** What is nobody's and yet left alone, by reason. */
	skipped?: Record<string, number>;
	/** What is somebody's, and was never told of: it is received late, unless the run only looks. */
	forgotten?: FoundObject[];
	/** Where the next page begins; null behind the last one. It is kept as JSON. */
	next: Place | null;
}

export interface Finder<Place = unknown> {
	/** One sentence for docs/cleanups.md: what it cannot know. */
	cannotKnow: string;
	/** @param cutoff what was made later is left alone. @param place null for the first page */
	findPage(store: Store, cutoff: number, place: Place | null): Promise<FoundPage<Place>>;
}
