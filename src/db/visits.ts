/**
 * Who may visit a site, and when: tickets in D1, so that all isolates together keep to a number at once and a pause between
 * two visits. A ticket is a moment of its own, so a thousand tasks wait each for theirs instead of asking again and again.
 */
import { and, asc, eq, gt, isNull, lt, type SQL, sql } from "drizzle-orm";
import { type Database, runBatch } from "./database.ts";
import { type StoredError, sources, visits } from "./schema.ts";
import { beforeLine, endOfLine, MAX_LATENESS_MS } from "./visit-line.ts";

export type Source = typeof sources.$inferSelect;

/** How often a site may be visited. */
export interface Politeness {
	maxAtOnce: number;
	pauseMs: number;
}

export type Admission =
	/** `leasedUntil` is the visit's name when it ends. */
	{ isAdmitted: true; leasedUntil: number } | { isAdmitted: false; nextAt: number };

/** A visit lasts half a minute at most; a visitor that died holds its place no longer than this. */
const VISIT_LEASE_MS = 60_000;
/** After so many failures in a row nobody visits for a while, and then one at a time until a visit succeeds. */
export const FAILURES_TO_CLOSE = 5;
/** The while: doubled with each failure more. */
const FIRST_CLOSING_MS = 60_000;
const MAX_CLOSING_MS = 3_600_000;
/** Who finds the site full asks again after a pause, and not sooner than this; so does who lets one pass that does not come. */
const AGAIN_MS = 250;
/** A site may ask for silence, but not for ever. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
/** A ticket that nobody came for: its task was cancelled or has ended. */
const TICKET_LIFE_MS = 3_600_000;
const MAX_TICKETS_FORGOTTEN = 1000;
/** Successes are noted once in a while: each note is a written row. */
const NOTE_SUCCESS_EVERY_MS = 60_000;

export interface VisitRequest {
	host: string;
	taskId: string;
	/**
	 * Where a redirect leads is visited before the line: behind it, the task would be put off and begin again with the
	 * redirect, and a long line of tasks that are all redirected would never end.
	 */
	isRedirect: boolean;
}

/**
 * Asks for a visit of a task to a site: it may begin now, or is given a moment. One transaction, so two that ask at once
 * never get the same place or moment.
 */
export async function requestVisit(
	db: Database,
	{ host, taskId, isRedirect }: VisitRequest,
	{ maxAtOnce, pauseMs }: Politeness,
	now: number,
): Promise<Admission> {
	const leasedUntil = now + VISIT_LEASE_MS;
	const ofHost = eq(sources.host, host);
	const isOurs = and(eq(visits.host, host), eq(visits.taskId, taskId)) as SQL;
	const line = (isRedirect ? beforeLine : endOfLine)(db, host, taskId, pauseMs, now);
	const isOpen = sql`EXISTS (SELECT 1 FROM ${sources} WHERE ${ofHost} AND ${sources.closedUntil} <= ${now} AND ${inProgressOf(host, now)} < iif(${sources.failuresInRow} >= ${FAILURES_TO_CLOSE}, 1, ${maxAtOnce}))`;
	const pauseIsOver = sql`EXISTS (SELECT 1 FROM ${sources} WHERE ${ofHost} AND ${sources.lastVisitAt} + ${pauseMs} <= ${now}) AND ${line.lastBefore} = 0`;
	const soonest = sql`iif(${line.lastBefore} = 0, ${now + 1}, ${now + AGAIN_MS})`;
	// The visit before it began late, or one goes first, and this one comes a little later too.
	const isOnlyEarly = and(
		isOurs,
		sql`${visits.startsAt} BETWEEN ${now - MAX_LATENESS_MS} AND ${now}`,
		isNull(visits.leasedUntil),
		isOpen,
	);
	// Its moment has come and the site is full or closed.
	const hasMissed = sql`EXISTS (SELECT 1 FROM ${visits} JOIN ${sources} ON ${sources.host} = ${visits.host} WHERE ${isOurs} AND ${visits.leasedUntil} IS NULL AND (${visits.startsAt} <= ${now} OR ${visits.startsAt} < ${sources.closedUntil}))`;
	const results = await runBatch(db, [
		db.insert(sources).values({ host, nextVisitAt: now }).onConflictDoNothing(),
		// An attempt before this one died on its visit: a task is worked on by one attempt only.
		db.delete(visits).where(and(isOurs, sql`${visits.leasedUntil} IS NOT NULL`)),
		...line.takeMoment(now, line.needsMoment),
		db
			.update(visits)
			.set({ leasedUntil })
			.where(and(isOurs, sql`${visits.startsAt} <= ${now}`, isOpen, pauseIsOver)),
		db
			.update(sources)
			.set({ lastVisitAt: now })
			.where(and(ofHost, sql`EXISTS (SELECT 1 FROM ${visits} WHERE ${isOurs} AND ${visits.leasedUntil} IS NOT NULL)`)),
		db
			.update(visits)
			.set({
				startsAt: sql`(SELECT max(${soonest}, ${sources.lastVisitAt} + ${pauseMs}, ${line.lastBefore} + ${pauseMs}) FROM ${sources} WHERE ${ofHost})`,
			})
			.where(isOnlyEarly),
		...line.takeMoment(now + Math.max(pauseMs, AGAIN_MS), hasMissed),
		db.select({ startsAt: visits.startsAt, leasedUntil: visits.leasedUntil }).from(visits).where(isOurs),
	]);
	const [ticket] = results.at(-1) as { startsAt: number; leasedUntil: number | null }[];
	if (!ticket) throw new Error(`no ticket for ${host} was found in the transaction that wrote it`);
	return ticket.leasedUntil === null
		? { isAdmitted: false, nextAt: ticket.startsAt }
		: { isAdmitted: true, leasedUntil: ticket.leasedUntil };
}

const inProgressOf = (host: string, now: number): SQL =>
	sql`(SELECT count(*) FROM ${visits} AS others WHERE others.host = ${host} AND others.leased_until > ${now})`;

/** Why a visit failed. */
export interface VisitFailure {
	error: StoredError;
	/** Or of the way there, of which the site knows nothing: it is shown, and not counted. */
	isOfSite: boolean;
	retryAfterSeconds: number;
}

/** How a site behaved on a visit; unknown where it had no chance to. */
export type Behaviour = "unknown" | "answered" | VisitFailure;

/**
 * Ends a visit, and notes how the site did.
 * @returns until when the site is closed, where this visit closed it
 */
export async function endVisit(
	db: Database,
	host: string,
	visit: { taskId: string; leasedUntil: number },
	behaviour: Behaviour,
	now: number,
): Promise<number | undefined> {
	const leave = db
		.delete(visits)
		.where(and(eq(visits.host, host), eq(visits.taskId, visit.taskId), eq(visits.leasedUntil, visit.leasedUntil)));
	const ofHost = eq(sources.host, host);
	if (behaviour === "unknown") {
		await leave;
		return undefined;
	}
	if (behaviour === "answered") {
		const isWorthNoting = sql`(${sources.failuresInRow} > 0 OR coalesce(${sources.lastSuccessAt}, 0) <= ${now - NOTE_SUCCESS_EVERY_MS})`;
		await runBatch(db, [
			leave,
			db.update(sources).set({ failuresInRow: 0, lastSuccessAt: now }).where(and(ofHost, isWorthNoting)),
		]);
		return undefined;
	}
	const { error, isOfSite, retryAfterSeconds } = behaviour;
	if (!isOfSite) {
		await runBatch(db, [leave, db.update(sources).set({ lastError: error, lastFailureAt: now }).where(ofHost)]);
		return undefined;
	}
	const askedUntil = retryAfterSeconds > 0 ? now + Math.min(retryAfterSeconds * 1000, MAX_RETRY_AFTER_MS) : 0;
	const beyond = sql`${sources.failuresInRow} + 1 - ${FAILURES_TO_CLOSE}`;
	const closing = sql`iif(${beyond} < 0, 0, ${now} + min(${MAX_CLOSING_MS}, ${FIRST_CLOSING_MS} * (1 << min(${beyond}, 10))))`;
	const results = await runBatch(db, [
		leave,
		db
			.update(sources)
			.set({
				closedUntil: sql`max(${sources.closedUntil}, ${askedUntil}, ${closing})`,
				failuresInRow: sql`${sources.failuresInRow} + 1`,
				lastError: error,
				lastFailureAt: now,
			})
			.where(ofHost)
			.returning({ closedUntil: sources.closedUntil }),
	]);
	const [after] = results[1] as { closedUntil: number }[];
	return after && after.closedUntil > now ? after.closedUntil : undefined;
}

/** A site, and who is there and waits. */
export interface SourceState extends Source {
	visiting: number;
	waiting: number;
}

/** Every site that was ever visited, by name; the allowed hosts bound how many there are. */
export const listSources = (db: Database, now: number): Promise<SourceState[]> => {
	// Drizzle writes the columns of a field of one table's select without their table: here both are called host.
	const isThere = sql`${visits.host} = ${sources.host}`;
	const count = (condition: SQL) => sql<number>`(SELECT count(*) FROM ${visits} WHERE ${isThere} AND ${condition})`;
	return db
		.select({
			host: sources.host,
			nextVisitAt: sources.nextVisitAt,
			closedUntil: sources.closedUntil,
			failuresInRow: sources.failuresInRow,
			lastError: sources.lastError,
			lastFailureAt: sources.lastFailureAt,
			lastSuccessAt: sources.lastSuccessAt,
			lastVisitAt: sources.lastVisitAt,
			visiting: count(gt(visits.leasedUntil, now)),
			waiting: count(sql`${visits.leasedUntil} IS NULL`),
		})
		.from(sources)
		.orderBy(asc(sources.host));
};

/** Lets a site be visited again at once. @returns false where no such site was ever visited */
export const reopenSource = async (db: Database, host: string, now: number): Promise<boolean> => {
	const opened = await db
		.update(sources)
		.set({ closedUntil: 0, failuresInRow: 0, nextVisitAt: now })
		.where(eq(sources.host, host))
		.returning({ host: sources.host });
	return opened.length > 0;
};

/** Forgets tickets that nobody came for. One whose task lives after all gets another. */
export async function forgetTickets(db: Database, now: number): Promise<number> {
	const old = lt(visits.startsAt, now - TICKET_LIFE_MS);
	const result = await db
		.delete(visits)
		.where(
			sql`rowid IN (SELECT rowid FROM ${visits} WHERE ${old} AND coalesce(${visits.leasedUntil}, 0) < ${now} LIMIT ${MAX_TICKETS_FORGOTTEN})`,
		)
		.returning({ host: visits.host });
	return result.length;
}
