/** What the run of each minute does for uploads: finds those whose event was lost, ends those that never came, forgets old ones. */
import { type Database, runBatch } from "../db/database.ts";
import { failExpected, forgetUploads, listOverdueUploads, type Upload } from "../db/uploads.ts";
import { startReceiving } from "../handlers/start-receiving.ts";
import type { TaskQueues } from "../tasks/enqueue.ts";

/** A put that began just before the expiry may take as long as a slow phone's 15 MiB, and its event comes after it. */
const EVENT_GRACE_MS = 15 * 60_000;
/** How long it can be asked what became of an upload. */
const ENDED_UPLOAD_LIFE_MS = 30 * 24 * 3_600_000;
/** Each is looked for in R2, one call; each that is there takes 7 queries of the 1,000 that a run has. */
const MAX_OVERDUE_PER_RUN = 50;
const MAX_RECEIVED_PER_RUN = 10;
const MAX_FORGOTTEN_PER_RUN = 1000;

export interface UploadSweepReport {
	/** Whose event was lost. */
	found: number;
	/** Of which nothing was put. */
	expired: number;
}

/** Longest overdue first. What was found beyond the limit stays expected, and is the next run's. */
export async function sweepUploads(
	db: Database,
	media: R2Bucket,
	queues: TaskQueues,
	now: number,
): Promise<UploadSweepReport> {
	await forgetUploads(db, now - ENDED_UPLOAD_LIFE_MS, MAX_FORGOTTEN_PER_RUN);
	const overdue = await listOverdueUploads(db, now - EVENT_GRACE_MS, MAX_OVERDUE_PER_RUN);
	const objects = await Promise.all(overdue.map(({ objectKey }) => media.head(objectKey)));
	const isThere = (_: Upload, at: number) => objects[at] !== null;
	const absent = overdue.filter((upload, at) => !isThere(upload, at));
	if (absent.length > 0) await runBatch(db, [failExpected(db, idsOf(absent), expired, now)]);
	const found = await startReceiving(db, queues, overdue.filter(isThere).slice(0, MAX_RECEIVED_PER_RUN), now);
	return { found, expired: absent.length };
}

const idsOf = (uploads: readonly Upload[]): string[] => uploads.map(({ id }) => id);

const expired = {
	code: "upload_expired" as const,
	detail: "Nothing was put until the upload expired. Announce it anew, and put the file before expires_at.",
};
