/** What a run may be asked, and the limits of one slice of it. */
import { z } from "zod";
import { MAX_ATTEMPT_MS, UPLOAD_GRACE_MS } from "../storage/removals.ts";

const HOUR_MS = 3_600_000;

/**
 * The least age of what a run looks for. Whatever is being made is named or held all the while, and that is checked; the age
 * is a second lock before it. The longest that something is under way: an upload is given an hour from its naming to its
 * commit (`UPLOAD_GRACE_MS`; its body 15 min at most, an announced one's put an hour beyond its expiry), and an attempt that
 * was overtaken writes for 16 min (`MAX_ATTEMPT_MS`): 76 min, so 2 hours.
 */
export const MIN_AGE_HOURS = Math.ceil((UPLOAD_GRACE_MS + MAX_ATTEMPT_MS) / HOUR_MS);
/** Ten years. */
const MAX_AGE_HOURS = 24 * 3660;

/**
 * So few are removed whatever their share: of a bucket with 30 objects, 20 % are 6, and an operator who tries a cleanup
 * on a new deployment would be refused each time. A fault in a finder that takes everything is found out as soon as there
 * is something to lose; what it took of less can be brought back.
 */
export const ALWAYS_ALLOWED = 20;

/**
 * Of one slice, which is a task. A page of finding is a call of R2 and up to 6 queries: 40 pages are 240 queries of the 1,000
 * that an invocation has. Measured in workerd on two shared cores, a slice of finding takes 0.8 to 1.5 s, the time of D1 and
 * R2 in it.
 */
export const MAX_PAGES_PER_SLICE = 40;

/**
 * What a page takes of these 40, by what the run is at. Of removing, 25 photos are 50 names that are forgotten one by one, and
 * some 15 queries besides: 13 pages are 850. Of undoing, a row takes 8 queries: 4 pages of 25 are 820.
 */
export const PAGES_LIKE = { removing: 3.2, undoing: 10 };
/** Between slices the task is another one, so that a deploy or a dead worker costs one slice, not the run. */
export const MAX_SLICE_MS = 20_000;

/** R2 lists at most 1,000 keys a call. */
export const KEYS_PER_PAGE = 1000;
export const ROWS_PER_PAGE = 1000;
/** Each is copied, one after the other: a Worker holds at most six connections. */
export const FINDS_PER_REMOVAL = 25;

export const cleanupOptions = (defaults: { olderThanHours: number }) => ({
	older_than_hours: z
		.number()
		.min(MIN_AGE_HOURS, `must be ${MIN_AGE_HOURS} to ${MAX_AGE_HOURS}: what is younger may still be under way`)
		.max(MAX_AGE_HOURS, `must be ${MIN_AGE_HOURS} to ${MAX_AGE_HOURS}`)
		.default(defaults.olderThanHours),
	/** Lists what would be removed, and removes nothing. */
	dry_run: z.boolean().default(false),
	/** The report shows what was found one by one. */
	verbose: z.boolean().default(false),
	/** Of all that was looked at; a run that found more removes nothing. */
	max_share: z.number().min(0).max(1).default(0.2),
	/** A run that is under way, of which this is the next slice. */
	run: z.string().max(64).optional(),
});

/** The options as every run keeps them. */
export interface CleanupOptions {
	older_than_hours: number;
	dry_run: boolean;
	verbose: boolean;
	max_share: number;
	incomplete_only?: boolean;
}

/** What was made later than this is too young. */
export const cutoffOf = ({ startedAt, options }: { startedAt: number; options: Record<string, unknown> }): number =>
	startedAt - (options as unknown as CleanupOptions).older_than_hours * HOUR_MS;
