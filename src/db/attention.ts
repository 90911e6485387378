/** What an operator should look at: counted in one round trip, each along an index and no further than it is shown. */
import { and, asc, eq, gt, gte, isNotNull, lt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { schedules, sources, taskStatistics } from "./schema.ts";

/** A schedule that is due for longer is late: the run of each minute may come late once, or not at all. */
export const LATE_SCHEDULE_MS = 3 * 60_000;
const DAY_MS = 24 * 3_600_000;
const MAX_NAMED = 5;
/** Of the newest photos so many tell what is saved. */
const MAX_PHOTOS_SAMPLED = 2000;

export interface Attention {
	/** Due for minutes, and not fired. */
	lateSchedules: { id: string; name: string; lookAt: number }[];
	closedSources: { host: string; closedUntil: number }[];
	/** Deliveries of webhooks that were given up in the last day. */
	failedWebhooks: number;
	/** Of the newest photos: their bytes before and after. */
	savings: { photos: number; originalBytes: number; renditionBytes: number };
	/** Of all photos there are. */
	originalBytes: number;
	photoCount: number;
}

export async function readAttention(db: Database, now: number): Promise<Attention> {
	const newest = sql`(SELECT original_bytes, rendition_bytes FROM photos ORDER BY id DESC LIMIT ${MAX_PHOTOS_SAMPLED})`;
	const [late, closed, [webhooks], [savings], [usage]] = await db.batch([
		db
			.select({ id: schedules.id, name: schedules.name, lookAt: sql<number>`${schedules.lookAt}` })
			.from(schedules)
			.where(and(isNotNull(schedules.lookAt), lt(schedules.lookAt, now - LATE_SCHEDULE_MS)))
			.orderBy(asc(schedules.lookAt))
			.limit(MAX_NAMED),
		db
			.select({ host: sources.host, closedUntil: sources.closedUntil })
			.from(sources)
			.where(gt(sources.closedUntil, now))
			.limit(MAX_NAMED),
		db
			.select({ count: sql<number>`coalesce(sum(${taskStatistics.count}), 0)` })
			.from(taskStatistics)
			.where(
				and(
					gte(taskStatistics.minute, now - DAY_MS),
					eq(taskStatistics.name, "deliver_webhook"),
					eq(taskStatistics.state, "failed"),
				),
			),
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
		lateSchedules: late,
		closedSources: closed,
		failedWebhooks: webhooks?.count ?? 0,
		savings: savings ?? { photos: 0, originalBytes: 0, renditionBytes: 0 },
		originalBytes: usage?.originalBytes ?? 0,
		photoCount: usage?.photoCount ?? 0,
	};
}
