/** Operations on schedules and on the history of their ticks. */
import { and, asc, desc, eq, getTableColumns, gt, isNotNull, lte, type SQL, sql } from "drizzle-orm";
import { type Database, runBatch, type Statement } from "./database.ts";
import { insertRowWhere } from "./insert-row-where.ts";
import { schedules, tasks, ticks } from "./schema.ts";

export type Schedule = typeof schedules.$inferSelect;
export type NewSchedule = typeof schedules.$inferInsert;
export type Tick = typeof ticks.$inferSelect;
export type NewTick = typeof ticks.$inferInsert;

/** Of a schedule's last ticks, those whose tasks are looked at to know whether one still runs. */
const TICKS_LOOKED_AT = 20;

const lastTicks = sql`(SELECT ${ticks.taskId} FROM ${ticks} WHERE ${ticks.scheduleId} = ${schedules.id} AND ${ticks.outcome} = 'fired' ORDER BY ${ticks.moment} DESC LIMIT ${TICKS_LOOKED_AT})`;

/** One of those tasks has not ended, or of what they were retried as by hand, again and again. */
const hasUnended = sql`EXISTS (
	WITH RECURSIVE work(id) AS (
		SELECT task_id FROM ${lastTicks} UNION SELECT retried.id FROM work CROSS JOIN ${tasks} AS retried ON retried.retry_of = work.id
	) SELECT 1 FROM work CROSS JOIN ${tasks} ON ${tasks.id} = work.id WHERE ${tasks.finishedAt} IS NULL)`;

/** Whether a task of one of its last ticks has not ended. Not asked where nobody cares. */
const isRunning = sql<number>`(${schedules.overlap} <> 'allow' AND ${hasUnended})`;

/** A schedule that has to be looked at, and whether one of its tasks has not ended. */
export type DueSchedule = Schedule & { isRunning: number };

/** Those that are due, longest due first. */
export const listDueSchedules = (db: Database, now: number, limit: number): Promise<DueSchedule[]> =>
	db
		.select({ ...getTableColumns(schedules), isRunning })
		.from(schedules)
		.where(and(isNotNull(schedules.lookAt), lte(schedules.lookAt, now)))
		.orderBy(asc(schedules.lookAt))
		.limit(limit);

/** True in SQL once the row carries this claim: whoever wrote it was the first. */
export const isClaimedBy = (scheduleId: string, claim: string): SQL =>
	sql`EXISTS (SELECT 1 FROM ${schedules} WHERE ${schedules.id} = ${scheduleId} AND ${schedules.claim} = ${claim})`;

/**
 * The statement by which a dispatcher takes a schedule's due moments: it changes nothing where another dispatcher or an edit
 * was quicker, or where a task of it was started by hand since it was looked at. Returns the id.
 */
export const claimSchedule = (
	db: Database,
	{ id, claim: known, isRunning: wasRunning }: Pick<DueSchedule, "id" | "claim" | "isRunning">,
	claim: string,
	changes: Pick<Schedule, "dealtWithUntil" | "heldMoment" | "lookAt">,
): Statement =>
	db
		.update(schedules)
		.set({ ...changes, claim })
		.where(
			and(eq(schedules.id, id), eq(schedules.claim, known), eq(schedules.isEnabled, true), lte(isRunning, wasRunning)),
		)
		.returning({ id: schedules.id });

/** Looks at a schedule later, unless somebody changed it since it was read. */
export async function putOffSchedule(
	db: Database,
	{ id, claim }: Pick<Schedule, "id" | "claim">,
	lookAt: number,
): Promise<void> {
	await db
		.update(schedules)
		.set({ lookAt })
		.where(and(eq(schedules.id, id), eq(schedules.claim, claim), isNotNull(schedules.lookAt)));
}

/** The statement that writes a tick, or what became of one that was held. */
export const insertTick = (db: Database, tick: NewTick, condition: SQL): Statement =>
	insertRowWhere(db, ticks, tick, sql`WHERE ${condition}`).onConflictDoUpdate({
		target: [ticks.scheduleId, ticks.moment, ticks.isByHand],
		set: {
			outcome: sql`excluded.outcome`,
			reason: sql`excluded.reason`,
			taskId: sql`excluded.task_id`,
			dealtWithAt: sql`excluded.dealt_with_at`,
		},
	});

const isTick = (scheduleId: string, moment: number, isByHand: boolean) =>
	and(eq(ticks.scheduleId, scheduleId), eq(ticks.moment, moment), eq(ticks.isByHand, isByHand));

/** The statement that notes that a tick's task was not written, because an equal one waits or works. */
export const noteEqualTask = (db: Database, { scheduleId, moment, isByHand }: NewTick, taskId: string): Statement =>
	db
		.update(ticks)
		.set({ outcome: "skipped", reason: "equal_task", taskId: null })
		.where(
			and(
				isTick(scheduleId, moment, isByHand),
				eq(ticks.taskId, taskId),
				sql`NOT EXISTS (SELECT 1 FROM ${tasks} WHERE ${tasks.id} = ${taskId})`,
			),
		);

/** The statement that counts the ticks whose tasks were written. */
export const countRuns = (db: Database, scheduleId: string, taskIds: string[], condition: SQL): Statement =>
	db
		.update(schedules)
		.set({
			runCount: sql`${schedules.runCount} + (SELECT count(*) FROM ${tasks} WHERE ${tasks.id} IN (SELECT value FROM json_each(${JSON.stringify(taskIds)})))`,
		})
		.where(and(eq(schedules.id, scheduleId), condition));

export const insertSchedule = (db: Database, schedule: NewSchedule): Statement =>
	db.insert(schedules).values(schedule).returning();

/** With whether one of its tasks has not ended. */
export const findSchedule = (db: Database, id: string): Promise<DueSchedule | undefined> =>
	db
		.select({ ...getTableColumns(schedules), isRunning })
		.from(schedules)
		.where(eq(schedules.id, id))
		.get();

/** One page by name. @param page.after the last name seen */
export const listSchedules = (db: Database, page: { after?: string | undefined; limit: number }): Promise<Schedule[]> =>
	db
		.select()
		.from(schedules)
		.where(page.after === undefined ? undefined : gt(schedules.name, page.after))
		.orderBy(asc(schedules.name))
		.limit(page.limit);

export const hasSchedules = async (db: Database): Promise<boolean> =>
	(await db.select({ id: schedules.id }).from(schedules).limit(1).get()) !== undefined;

/**
 * Changes a schedule as it was read. A tick that waited and no longer does is noted as skipped.
 * @returns it as it is now; undefined where it is gone, or somebody else was quicker
 */
export async function changeSchedule(
	db: Database,
	{ id, claim: known, heldMoment }: Pick<Schedule, "id" | "claim" | "heldMoment">,
	changes: Partial<NewSchedule>,
	now: number,
): Promise<Schedule | undefined> {
	const claim = crypto.randomUUID();
	const change = db
		.update(schedules)
		.set({ ...changes, claim, updatedAt: now })
		.where(and(eq(schedules.id, id), eq(schedules.claim, known)))
		.returning();
	const isGivenUp = heldMoment !== null && changes.heldMoment === null;
	const giveUp = isGivenUp ? [giveUpHeld(db, id, heldMoment, now, isClaimedBy(id, claim))] : [];
	const [changed] = (await runBatch(db, [change, ...giveUp])) as [Schedule[]];
	return changed[0];
}

const giveUpHeld = (db: Database, scheduleId: string, moment: number, now: number, condition: SQL): Statement =>
	db
		.update(ticks)
		.set({ outcome: "skipped", reason: "disabled", dealtWithAt: now })
		.where(and(isTick(scheduleId, moment, false), eq(ticks.outcome, "held"), condition));

export const deleteSchedule = async (db: Database, id: string): Promise<boolean> =>
	(await db.delete(schedules).where(eq(schedules.id, id)).returning({ id: schedules.id })).length > 0;

/** What became of one moment. */
export const findTick = (
	db: Database,
	{ scheduleId, moment, isByHand }: Pick<Tick, "scheduleId" | "moment" | "isByHand">,
): Promise<Tick | undefined> =>
	db
		.select()
		.from(ticks)
		.where(isTick(scheduleId, moment, isByHand))
		.get();

/** The tick that a task came from, with the name of its schedule: both are written in one moment, by which ticks are found. */
export const findTickOfTask = (db: Database, taskId: string): Promise<TickOfTask | undefined> =>
	db
		.select({ scheduleId: ticks.scheduleId, name: schedules.name, moment: ticks.moment, isByHand: ticks.isByHand })
		.from(ticks)
		.innerJoin(schedules, eq(schedules.id, ticks.scheduleId))
		.where(
			and(
				sql`${ticks.dealtWithAt} = (SELECT ${tasks.createdAt} FROM ${tasks} WHERE ${tasks.id} = ${taskId})`,
				eq(ticks.taskId, taskId),
			),
		)
		.limit(1)
		.get();

/** Where a task that a schedule enqueued came from. */
export type TickOfTask = Pick<Tick, "scheduleId" | "moment" | "isByHand"> & { name: string };

/** True in SQL where nothing became of it yet. */
export const isNewTick = ({ scheduleId, moment, isByHand }: Pick<Tick, "scheduleId" | "moment" | "isByHand">): SQL =>
	sql`NOT EXISTS (SELECT 1 FROM ${ticks} WHERE ${isTick(scheduleId, moment, isByHand)})`;

/** Where a tick stands in the history of its schedule: one by hand may have the moment of another. */
export type TickPlace = Pick<Tick, "moment" | "isByHand">;

/** One page of a schedule's history, newest first. @param page.before the tick behind which it begins */
export const listTicks = (
	db: Database,
	scheduleId: string,
	{ before, limit }: { before?: TickPlace | undefined; limit: number },
) =>
	db
		.select()
		.from(ticks)
		.where(
			and(
				eq(ticks.scheduleId, scheduleId),
				before && sql`(${ticks.moment}, ${ticks.isByHand}) < (${before.moment}, ${before.isByHand ? 1 : 0})`,
			),
		)
		.orderBy(desc(ticks.moment), desc(ticks.isByHand))
		.limit(limit);

/** The newest ticks of each of these, in their order; one round trip. @param limit of each */
export const listTicksOfEach = async (db: Database, scheduleIds: readonly string[], limit: number): Promise<Tick[][]> =>
	(await runBatch(
		db,
		scheduleIds.map((id) => listTicks(db, id, { limit })),
	)) as Tick[][];

/** How long a schedule's history reaches back. */
export const TICK_LIFE_MS = 90 * 24 * 3_600_000;

/** Forgets ticks that were dealt with before; bounded. */
export const forgetTicks = async (db: Database, before: number, limit: number): Promise<number> => {
	const forgotten = await db
		.delete(ticks)
		.where(sql`rowid IN (SELECT rowid FROM ${ticks} WHERE ${ticks.dealtWithAt} < ${before} LIMIT ${limit})`)
		.returning({ moment: ticks.moment });
	return forgotten.length;
};
