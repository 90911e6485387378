/** Operations on the audit log: who did what in the dashboard, and when. */
import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import { v7 as uuidv7 } from "uuid";
import type { Database } from "./database.ts";
import { firstIdOf } from "./ids.ts";
import { auditEntries } from "./schema.ts";

export type AuditEntry = typeof auditEntries.$inferSelect;

/** Writes down what is about to be done. @returns the entry's id */
export async function beginAuditEntry(
	db: Database,
	entry: Pick<AuditEntry, "actor" | "action" | "subject" | "detail">,
	now: number,
): Promise<string> {
	const id = uuidv7({ msecs: now });
	await db.insert(auditEntries).values({ ...entry, id, at: now });
	return id;
}

/** Adds what came of it. */
export async function endAuditEntry(db: Database, id: string, status: number, code: string | null): Promise<void> {
	await db.update(auditEntries).set({ status, code }).where(eq(auditEntries.id, id));
}

/** Newest first. @param filter all that is given must fit */
export const listAuditEntries = (
	db: Database,
	filter: { actor?: string | undefined; subject?: string | undefined; before?: string | undefined },
	limit: number,
) =>
	db
		.select()
		.from(auditEntries)
		.where(
			and(
				filter.actor === undefined ? undefined : isBy(filter.actor, filter.subject !== undefined),
				filter.subject === undefined ? undefined : eq(auditEntries.subject, filter.subject),
				filter.before === undefined ? undefined : lt(auditEntries.id, filter.before),
			),
		)
		.orderBy(desc(auditEntries.id))
		.limit(limit);

/** With a subject, the index of subjects is the one to go along: little is done to one thing, much by one person. */
const isBy = (actor: string, hasSubject: boolean): SQL =>
	hasSubject ? sql`+${auditEntries.actor} = ${actor}` : eq(auditEntries.actor, actor);

/** Everybody who did something, in alphabetical order, by a probe of the index for each. */
export const listAuditActors = (db: Database, limit: number) =>
	db.select({ actor: sql<string>`actor` }).from(
		sql`(WITH RECURSIVE actors(actor) AS (
				SELECT min(actor) FROM audit_entries
				UNION ALL SELECT (SELECT min(actor) FROM audit_entries WHERE actor > actors.actor) FROM actors WHERE actors.actor IS NOT NULL
			) SELECT actor FROM actors WHERE actor IS NOT NULL LIMIT ${limit})`,
	);

/** Forgets the oldest of those written before; at most `limit`. */
export const forgetAuditEntries = (db: Database, before: number, limit: number) =>
	db
		.delete(auditEntries)
		.where(
			sql`${auditEntries.id} IN (SELECT id FROM audit_entries WHERE id < ${firstIdOf(before)} ORDER BY id LIMIT ${limit})`,
		)
		.returning({ id: auditEntries.id });
