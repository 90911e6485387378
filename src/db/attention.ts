/** What an operator should look at: counted in one round trip, each along an index and no further than it is shown. */
import { and, asc, eq, gt, gte, isNotNull, lt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { schedules, sources, taskStatistics } from "./schema.ts";

/** A schedule that is due for longer is late: the run of each minute may come late once, or not at all. */
export const LATE_SCHEDULE_MS = 3 * 60_000;
const DAY_MS = 24 * 3_600_000;
const MAX_NAMED = 5;

export interface Attention {
	/** Due for minutes, and not fired. */
	lateSchedules: { id: string; name: string; lookAt: number }[];
	closedSources: { host: string; closedUntil: number }[];
	/** Deliveries of webhooks that were given up in the last day. */
	failedWebhooks: number;
}

export async function readAttention(db: Database, now: number): Promise<Attention> {
	const [late, closed, [webhooks]] = await db.batch([
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
	]);
	return {
		lateSchedules: late,
		closedSources: closed,
		failedWebhooks: webhooks?.count ?? 0,
	};
}
