/**
 * Removes what is past its life: ended tasks with their attempts, old statistics, dead letters and what operators did long
 * ago. Bounded per run and resumable: what one run leaves, the next finds where it lies.
 */
import { sql } from "drizzle-orm";
import { forgetAuditEntries } from "../db/audit.ts";
import type { Database } from "../db/database.ts";
import { firstIdOf, timeOfId } from "../db/ids.ts";
import { deadLetters, taskStatistics, tasks } from "../db/schema.ts";
import { DEFAULT_RESULT_LIFE_MS, type TaskRegistry } from "./define.ts";
import { keepStatisticsByHour } from "./statistics-by-hour.ts";

/** How many were removed in a run. */
export interface ExpiryReport {
	tasks: number;
	statistics: number;
	deadLetters: number;
	auditEntries: number;
	/** True when there may be more: the next run, a minute later, goes on. */
	more: boolean;
}

/** A task with its index entries and attempts is a dozen rows: one statement keeps others waiting for some 10 ms. */
const MAX_LOOKED_AT_ONCE = 250;
/**
 * Five hundred a minute are 720,000 a day, five times what a system with a million ended tasks and a week's life makes;
 * a run of a thousand takes longer than 100 ms now and then.
 */
const MAX_TASKS_PER_RUN = 500;
/** Statements a run, where most of what is old must be kept. */
const MAX_LOOKS_PER_RUN = 12;
/** Of each of the other tables, in one run. */
const MAX_ROWS_PER_RUN = 500;
/** How long statistics and dead letters are kept. */
const RECORD_LIFE_MS = 30 * 24 * 3_600_000;
/** What an operator did can be asked for a year later, with a month to ask in. */
const AUDIT_LIFE_MS = 400 * 24 * 3_600_000;

/** One run, and the putting together of a past hour. @param random a number from 0 to 1, so that tests can hold it still */
export async function expireResults<Services>(
	db: Database,
	registry: TaskRegistry<Services>,
	now: number,
	random: () => number = Math.random,
): Promise<ExpiryReport> {
	const { removed, more } = await expireTasks(db, registry, now, random);
	const before = now - RECORD_LIFE_MS;
	const [oldStatistics, oldLetters, oldEntries] = await db.batch([
		forgetStatistics(db, before),
		forgetDeadLetters(db, before),
		forgetAuditEntries(db, now - AUDIT_LIFE_MS, MAX_ROWS_PER_RUN),
	]);
	await keepStatisticsByHour(db, before, now);
	const [statistics, letters, entries] = [oldStatistics.length, oldLetters.length, oldEntries.length];
	return {
		tasks: removed,
		statistics,
		deadLetters: letters,
		auditEntries: entries,
		more: more || [statistics, letters, entries].includes(MAX_ROWS_PER_RUN),
	};
}

/** Kind by kind: each has a life of its own. Kinds that are no longer registered have the usual one. */
async function expireTasks<Services>(
	db: Database,
	registry: TaskRegistry<Services>,
	now: number,
	random: () => number,
): Promise<{ removed: number; more: boolean }> {
	let removed = 0;
	let looks = 0;
	for (const name of startAnywhere(await listKinds(db), random)) {
		const endedBefore = now - (registry.get(name)?.resultLifeMs ?? DEFAULT_RESULT_LIFE_MS);
		for (let from: string | undefined = ""; from !== undefined; looks++) {
			if (looks === MAX_LOOKS_PER_RUN || removed >= MAX_TASKS_PER_RUN) return { removed, more: true };
			const look = await expireLook(db, { name, from, endedBefore, now });
			removed += look.removed;
			from = nextStart(look, endedBefore, random);
		}
	}
	return { removed, more: false };
}

interface Look {
	removed: number;
	/** The last id looked at; null when the kind has no more of that age. */
	last: string | null;
}

/**
 * Where the next look begins. Tasks that must be kept may lie before those that may go, more of them than a run looks
 * at: behind a look that removed nothing the next one starts anywhere, so that each is reached sooner or later.
 */
function nextStart({ removed, last }: Look, endedBefore: number, random: () => number): string | undefined {
	if (last === null) return undefined;
	const lastTime = timeOfId(last);
	return removed > 0 ? last : firstIdOf(lastTime + random() * Math.max(endedBefore - lastTime, 0));
}

/** Looks at the oldest of a kind from an id on, and removes those that are past their life; one round trip. */
async function expireLook(
	db: Database,
	{ name, from, endedBefore, now }: { name: string; from: string; endedBefore: number; now: number },
): Promise<Look> {
	// A task that ended before was made before, so the order of the ids bounds what is looked at.
	const oldest = sql`SELECT id FROM tasks INDEXED BY tasks_by_name WHERE name = ${name} AND id > ${from} AND id < ${firstIdOf(endedBefore)} ORDER BY id LIMIT ${MAX_LOOKED_AT_ONCE}`;
	const [[looked], removed] = await db.batch([
		db.select({ count: sql<number>`count(*)`, last: sql<string | null>`max(id)` }).from(sql`(${oldest}) AS looked`),
		db
			.delete(tasks)
			.where(
				sql`${tasks.id} IN (${oldest}) AND ${tasks.finishedAt} <= ${endedBefore} AND coalesce(${tasks.uniqueUntil}, 0) <= ${now} AND NOT ${belongsToOpenGroup}`,
			)
			.returning({ id: tasks.id }),
	]);
	const isFull = looked?.count === MAX_LOOKED_AT_ONCE;
	return { removed: removed.length, last: isFull ? looked.last : null };
}

/** True in SQL for a member of a group that has not ended, or whose callback has not: it will be told of its members. */
const belongsToOpenGroup = sql`(${tasks.groupId} IS NOT NULL AND (
	EXISTS (SELECT 1 FROM tasks AS member WHERE member.group_id = ${tasks.groupId} AND member.finished_at IS NULL)
	OR EXISTS (SELECT 1 FROM tasks AS callback WHERE callback.callback_of = ${tasks.groupId} AND callback.finished_at IS NULL)))`;

/** Every name that a task has, by a few probes of the index: each finds the next name. */
async function listKinds(db: Database): Promise<string[]> {
	const kinds = sql`WITH RECURSIVE kinds(name) AS (
			SELECT min(name) FROM tasks
			UNION ALL SELECT (SELECT min(name) FROM tasks WHERE name > kinds.name) FROM kinds WHERE kinds.name IS NOT NULL
		)
		SELECT name FROM kinds WHERE name IS NOT NULL`;
	const rows = await db.select({ name: sql<string>`name` }).from(sql`(${kinds})`);
	return rows.map(({ name }) => name);
}

/** No kind comes first each minute: one with a long queue of old results must not keep the others' for ever. */
function startAnywhere(names: string[], random: () => number): string[] {
	const start = Math.floor(random() * names.length);
	return [...names.slice(start), ...names.slice(0, start)];
}

const forgetStatistics = (db: Database, before: number) =>
	db
		.delete(taskStatistics)
		.where(
			sql`rowid IN (SELECT rowid FROM task_statistics WHERE minute < ${before} ORDER BY minute LIMIT ${MAX_ROWS_PER_RUN})`,
		)
		.returning({ minute: taskStatistics.minute });

const forgetDeadLetters = (db: Database, before: number) =>
	db
		.delete(deadLetters)
		.where(
			sql`rowid IN (SELECT rowid FROM dead_letters WHERE rowid > 0 ORDER BY rowid LIMIT ${MAX_ROWS_PER_RUN}) AND ${deadLetters.receivedAt} < ${before}`,
		)
		.returning({ id: deadLetters.id });
