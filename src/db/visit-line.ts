/**
 * The line at a site: a ticket is a moment of its own, a pause behind the moment that was given last. Where a redirect leads
 * is visited before the line, and of those in it only one is later for it.
 */
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Database, Statement } from "./database.ts";
import { sources, visits } from "./schema.ts";

/** Who comes later than this to its moment was not only held up by the one before. */
export const MAX_LATENESS_MS = 5000;
/** Moments before the line are not given further ahead. */
const MAX_AHEAD_MS = 60_000;

/** A place in the line of `host`, as the statements of one transaction give it. */
export interface VisitLine {
	/**
	 * Gives the task another moment, not before `earliest`, if `condition` holds.
	 * @param condition SQL that knows no table
	 */
	takeMoment(earliest: number, condition: SQL): Statement[];
	/** The last moment that another task has before this one, though its own has come; 0 for none. */
	lastBefore: SQL<number>;
	/** Whether the task is to be given a moment, whatever the clock says. */
	needsMoment: SQL;
}

/** The end of the line: whoever asks first comes first. */
export function endOfLine(db: Database, host: string, taskId: string, pauseMs: number, now: number): VisitLine {
	const ofHost = eq(sources.host, host);
	const isOurs = and(eq(visits.host, host), eq(visits.taskId, taskId)) as SQL;
	return {
		takeMoment(earliest, condition) {
			const moment = sql`max(${earliest}, next_visit_at, closed_until)`;
			return [
				writeTicket(db, { host, taskId, goesFirst: false }, moment, condition),
				// A moment that was just taken is the only one that is not before the next to be given.
				db
					.update(sources)
					.set({ nextVisitAt: sql`${moment} + ${pauseMs}` })
					.where(
						and(
							ofHost,
							sql`EXISTS (SELECT 1 FROM ${visits} WHERE ${isOurs} AND ${visits.leasedUntil} IS NULL AND ${visits.startsAt} >= ${sources.nextVisitAt})`,
						),
					),
			];
		},
		lastBefore: lastOfFirst(host, taskId, now, now + pauseMs),
		needsMoment: sql`NOT EXISTS (SELECT 1 FROM ${visits} WHERE ${isOurs})`,
	};
}

/** Before the line, behind those that go before it already. */
export function beforeLine(db: Database, host: string, taskId: string, pauseMs: number, now: number): VisitLine {
	const ofHost = eq(sources.host, host);
	const isOurs = and(eq(visits.host, host), eq(visits.taskId, taskId)) as SQL;
	// The unary plus lets SQLite take the index of moments, and not read the host's whole line.
	const isInLine = sql`+others.host = ${host} AND others.task_id <> ${taskId} AND others.leased_until IS NULL AND others.goes_first = 0`;
	return {
		takeMoment(earliest, condition) {
			const lastAhead = lastOfFirst(host, taskId, now, now + MAX_AHEAD_MS);
			const moment = sql`(SELECT max(${earliest}, last_visit_at + ${pauseMs}, closed_until, ${lastAhead} + ${pauseMs}) FROM ${sources} WHERE ${ofHost})`;
			return [
				// Who had the moment goes to the end: would the two come together, each visit behind a redirect made more wait.
				db
					.update(visits)
					.set({ startsAt: sql`(SELECT max(next_visit_at, ${moment} + ${pauseMs}) FROM ${sources} WHERE ${ofHost})` })
					.where(
						and(
							eq(visits.host, host),
							sql`${visits.taskId} = (SELECT others.task_id FROM ${visits} AS others WHERE ${isInLine} AND others.starts_at > ${moment} - ${pauseMs} AND others.starts_at < ${moment} + ${pauseMs} ORDER BY others.starts_at LIMIT 1)`,
							condition,
						),
					),
				db
					.update(sources)
					.set({
						nextVisitAt: sql`max(next_visit_at, ${moment} + ${pauseMs}) + iif(EXISTS (SELECT 1 FROM ${visits} AS others WHERE ${isInLine} AND others.starts_at >= next_visit_at), ${pauseMs}, 0)`,
					})
					.where(and(ofHost, condition)),
				writeTicket(db, { host, taskId, goesFirst: true }, moment, condition),
			];
		},
		lastBefore: sql<number>`0`,
		// With a moment in the line it comes forward.
		needsMoment: sql`NOT EXISTS (SELECT 1 FROM ${visits} WHERE ${isOurs} AND (${visits.goesFirst} OR ${visits.startsAt} <= ${now}))`,
	};
}

const writeTicket = (
	db: Database,
	{ host, taskId, goesFirst }: { host: string; taskId: string; goesFirst: boolean },
	moment: SQL,
	condition: SQL,
): Statement =>
	db
		.insert(visits)
		.select(
			sql`SELECT ${host}, ${taskId}, ${moment}, NULL, ${+goesFirst} FROM ${sources} WHERE ${eq(sources.host, host)} AND ${condition}`,
		)
		.onConflictDoUpdate({
			target: [visits.host, visits.taskId],
			set: { startsAt: sql`excluded.starts_at`, goesFirst, leasedUntil: null },
		});

/** The last moment until `until` that another task has before the line; 0 for none. Who lets it pass is waited for a little. */
const lastOfFirst = (host: string, taskId: string, now: number, until: number): SQL<number> =>
	sql`(SELECT coalesce(max(others.starts_at), 0) FROM ${visits} AS others WHERE others.host = ${host} AND others.task_id <> ${taskId} AND others.leased_until IS NULL AND others.goes_first = 1 AND others.starts_at BETWEEN ${now - MAX_LATENESS_MS} AND ${until})`;
