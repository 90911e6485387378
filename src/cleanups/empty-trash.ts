/** Deletes for good what has been in the trash for long enough. */
import { asc, lte, sql } from "drizzle-orm";
import { type Database, listed } from "../db/database.ts";
import { trash } from "../db/schema.ts";

/** R2 deletes at most 1,000 keys a call, so a run is one call of R2 and two queries: 1.4 million objects a day. */
const MAX_PER_RUN = 1000;

/** Objects first, then the rows that name them: a run that dies between leaves the rows for the next one. Bounded. */
export async function emptyTrash(db: Database, media: R2Bucket, now: number): Promise<number> {
	const due = await db
		.select({ trashKey: trash.trashKey, originalKey: trash.originalKey })
		.from(trash)
		.where(lte(trash.dueAt, now))
		.orderBy(asc(trash.dueAt))
		.limit(MAX_PER_RUN);
	if (due.length === 0) return 0;
	const objects = due.flatMap(({ trashKey, originalKey }) => (originalKey === null ? [] : trashKey));
	if (objects.length > 0) await media.delete(objects);
	const keys = JSON.stringify(due.map(({ trashKey }) => trashKey));
	await db.delete(trash).where(sql`${trash.trashKey} IN ${listed(keys)} AND ${trash.dueAt} <= ${now}`);
	return due.length;
}
