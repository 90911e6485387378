/** Operations on runs of cleanups and what they found. */
import { and, asc, desc, eq, gt, isNull, lt, type SQL, sql } from "drizzle-orm";
import { type Database, listed, runBatch, type Statement } from "./database.ts";
import { insertRowWhere } from "./insert-row-where.ts";
import {
	type CleanupCounts,
	type CleanupState,
	cleanupFinds,
	cleanupRuns,
	type FindState,
	type StoredError,
	tasks,
	trash,
} from "./schema.ts";

export type CleanupRun = typeof cleanupRuns.$inferSelect;
export type CleanupFind = typeof cleanupFinds.$inferSelect;

export const noCounts: CleanupCounts = {
	expected: 0,
	looked: { photos: 0, uploads: 0, objects: 0 },
	found: {},
	foundBytes: 0,
	removed: {},
	removedBytes: 0,
	skipped: {},
	restored: 0,
	notRestored: {},
	expired: {},
};

/** The statement that begins a run with the task of that id, unless it has begun. @param condition that the task is there */
export const insertRun = (
	db: Database,
	run: { id: string; taskName: string; options: Record<string, unknown>; phase: "finding" | "removing" },
	now: number,
	condition: SQL = sql`true`,
): Statement =>
	insertRowWhere(
		db,
		cleanupRuns,
		{
			id: run.id,
			taskName: run.taskName,
			options: run.options,
			askedBy: sql`${tasks.ownerId}`,
			state: run.phase,
			cursor: { phase: run.phase },
			counts: noCounts,
			startedAt: now,
		},
		sql`FROM ${tasks} WHERE ${tasks.id} = ${run.id} AND ${condition}`,
	).onConflictDoNothing();

export const findRun = (db: Database, id: string): Promise<CleanupRun | undefined> =>
	db.select().from(cleanupRuns).where(eq(cleanupRuns.id, id)).get();

/** One page, newest first. `before` is the last id seen. */
export const listRuns = (db: Database, page: { before?: string | undefined; limit: number }): Promise<CleanupRun[]> =>
	db
		.select()
		.from(cleanupRuns)
		.where(page.before === undefined ? undefined : lt(cleanupRuns.id, page.before))
		.orderBy(desc(cleanupRuns.id))
		.limit(page.limit);

/** What a step changes of its run. */
export type RunChanges = Partial<Pick<CleanupRun, "state" | "cursor" | "counts" | "error" | "endedAt">>;

/** True in SQL while the run stands where it was read: nobody has taken it on, ended it or begun to undo it. */
export const standsAt = ({ id, step }: Pick<CleanupRun, "id" | "step">): SQL =>
	sql`EXISTS (SELECT 1 FROM ${cleanupRuns} WHERE ${cleanupRuns.id} = ${id} AND ${cleanupRuns.step} = ${step})`;

/**
 * Takes a run one step on, with all that the step writes, in one transaction. Whoever comes second with the same step
 * (an attempt that was overtaken, or one whose answer was lost) writes nothing.
 *
 * @param effects further statements, each with `isOurs`: true in SQL while the run stands where it was read
 * @returns the run as it is then; undefined where it had moved
 */
export async function advanceRun(
	db: Database,
	run: CleanupRun,
	changes: RunChanges,
	effects: (isOurs: SQL) => Statement[] = () => [],
): Promise<CleanupRun | undefined> {
	const isIt = and(eq(cleanupRuns.id, run.id), eq(cleanupRuns.step, run.step));
	const results = await runBatch(db, [
		...effects(standsAt(run)),
		db
			.update(cleanupRuns)
			.set({ ...changes, step: run.step + 1 })
			.where(isIt)
			.returning(),
	]);
	const [advanced] = results.at(-1) as CleanupRun[];
	return advanced;
}

/** The statement that ends runs as failed. @param which one run, or whatever is open of a kind */
export const failRuns = (
	db: Database,
	which: { id: string } | { openOf: string },
	error: StoredError,
	now: number,
	condition: SQL,
): Statement =>
	db
		.update(cleanupRuns)
		.set({ state: "failed", error, endedAt: now, step: sql`${cleanupRuns.step} + 1` })
		.where(
			and(
				"id" in which ? eq(cleanupRuns.id, which.id) : eq(cleanupRuns.taskName, which.openOf),
				isNull(cleanupRuns.endedAt),
				"id" in which ? undefined : sql`${cleanupRuns.state} IN ('finding', 'removing')`,
				condition,
			),
		);

/** The statement that lets a failed run go on where it was, if it is of that kind. */
export const resumeRun = (db: Database, id: string, taskName: string, condition: SQL): Statement =>
	db
		.update(cleanupRuns)
		.set({
			state: sql`json_extract(${cleanupRuns.cursor}, '$.phase')`,
			error: null,
			endedAt: null,
			step: sql`${cleanupRuns.step} + 1`,
		})
		.where(
			and(
				eq(cleanupRuns.id, id),
				eq(cleanupRuns.taskName, taskName),
				eq(cleanupRuns.state, "failed"),
				sql`json_extract(${cleanupRuns.cursor}, '$.phase') <> 'undoing'`,
				condition,
			),
		);

/** How long a run took to find and remove, in ms; until now while it does. An undo, days later, is no part of it. */
export const durationOf = ({ startedAt, endedAt, cursor }: CleanupRun, now: number): number =>
	cursor.tookMs ?? (endedAt ?? now) - startedAt;

/** What can be undone: a run that has removed something, whether or not it came to its end. */
const canBeUndone: readonly CleanupState[] = ["done", "failed", "undone"];
export const isUndoable = ({ state, options, taskName }: CleanupRun): boolean =>
	canBeUndone.includes(state) && options.dry_run !== true && taskName !== "cleanup_task_results";

/** The statement that begins to bring a run's finds back, from the first one on. */
export const beginUndo = (db: Database, id: string, condition: SQL): Statement => {
	const took = sql`coalesce(json_extract(${cleanupRuns.cursor}, '$.tookMs'), ${cleanupRuns.endedAt} - ${cleanupRuns.startedAt})`;
	const cursor = sql`json_object('phase', 'undoing', 'tookMs', ${took})`;
	return db
		.update(cleanupRuns)
		.set({ state: "undoing", cursor, error: null, endedAt: null, step: sql`${cleanupRuns.step} + 1` })
		.where(and(eq(cleanupRuns.id, id), sql`${cleanupRuns.state} IN ('done', 'failed', 'undone')`, condition));
};

/** A find as a finder tells of it. */
export type NewFind = Omit<CleanupFind, "runId">;

/** The statement that lists what was found. Lists travel as one parameter. */
export const insertFinds = (db: Database, runId: string, finds: readonly NewFind[], condition: SQL): Statement => {
	const list = JSON.stringify(
		finds.map(({ subject, kind, bytes, version, state, reason }) => [subject, kind, bytes, version, state, reason]),
	);
	const value = (at: number) => sql`json_extract(value, ${`$[${at}]`})`;
	return db
		.insert(cleanupFinds)
		.select(
			sql`SELECT ${runId}, ${value(0)}, ${value(1)}, ${value(2)}, ${value(3)}, ${value(4)}, ${value(5)} FROM json_each(${list}) WHERE ${condition}`,
		)
		.onConflictDoNothing();
};

/** Finds of a run in the order of their subjects. */
export const listFinds = (
	db: Database,
	runId: string,
	page: { after?: string | undefined; limit: number },
): Promise<CleanupFind[]> =>
	db
		.select()
		.from(cleanupFinds)
		.where(and(eq(cleanupFinds.runId, runId), gt(cleanupFinds.subject, page.after ?? "")))
		.orderBy(asc(cleanupFinds.subject))
		.limit(page.limit);

/** Finds of a run by their subjects, as they are now. */
export const readFindStates = (db: Database, runId: string, subjects: readonly string[]) =>
	db
		.select({ subject: cleanupFinds.subject, state: cleanupFinds.state })
		.from(cleanupFinds)
		.where(and(eq(cleanupFinds.runId, runId), sql`${cleanupFinds.subject} IN ${listed(JSON.stringify(subjects))}`));

/** True in SQL of a find that still waits: one that ended stays as it is, whatever a slower attempt says of it. */
export const isOpenFind: SQL = sql`${cleanupFinds.state} IN ('marked', 'moving')`;

/** What became of a find. */
export interface FindEnd {
	subject: string;
	state: FindState;
	reason: string | null;
}

/** The statement that writes down what became of finds. */
export const endFinds = (db: Database, runId: string, ends: readonly FindEnd[], condition: SQL): Statement => {
	const list = JSON.stringify(ends);
	const said = (field: string) =>
		sql`(SELECT json_extract(value, ${`$.${field}`}) FROM json_each(${list}) WHERE json_extract(value, '$.subject') = ${cleanupFinds.subject})`;
	return db
		.update(cleanupFinds)
		.set({ state: said("state"), reason: said("reason") })
		.where(
			and(
				eq(cleanupFinds.runId, runId),
				sql`${cleanupFinds.subject} IN (SELECT json_extract(value, '$.subject') FROM json_each(${list}))`,
				condition,
			),
		);
};

/**
 * Forgets the oldest run, with what it found, if it ended before then and nothing of it is in the trash any more; of a large
 * one a part.
 * @returns how many rows went
 */
export async function forgetOldestRun(db: Database, before: number, limit: number): Promise<number> {
	const oldest = await db.select().from(cleanupRuns).where(gt(cleanupRuns.id, "")).orderBy(asc(cleanupRuns.id)).get();
	if (!oldest || oldest.endedAt === null || oldest.endedAt >= before) return 0;
	const ofRun = sql`(SELECT ${cleanupFinds.subject} FROM ${cleanupFinds} WHERE ${cleanupFinds.runId} = ${oldest.id} LIMIT ${limit})`;
	const isEmptied = sql`NOT EXISTS (SELECT 1 FROM ${trash} WHERE ${trash.trashKey} > ${`trash/${oldest.id}/`} AND ${trash.trashKey} < ${`trash/${oldest.id}0`})`;
	const [finds, runs] = (await runBatch(db, [
		db
			.delete(cleanupFinds)
			.where(and(eq(cleanupFinds.runId, oldest.id), sql`${cleanupFinds.subject} IN ${ofRun}`, isEmptied))
			.returning({ subject: cleanupFinds.subject }),
		db
			.delete(cleanupRuns)
			.where(
				and(
					eq(cleanupRuns.id, oldest.id),
					isEmptied,
					sql`NOT EXISTS (SELECT 1 FROM ${cleanupFinds} WHERE ${cleanupFinds.runId} = ${oldest.id})`,
				),
			)
			.returning({ id: cleanupRuns.id }),
	])) as [unknown[], unknown[]];
	return finds.length + runs.length;
}
