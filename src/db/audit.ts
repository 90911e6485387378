/** Operations on the audit log: who did what in the dashboard, and when. */
import { and, desc, eq, lt, sql } from "drizzle-orm";
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
): Promise<AuditEntry[]> =>
	db
		.select()
		.from(auditEntries)
		.where(
			and(
				filter.actor === undefined ? undefined : eq(auditEntries.actor, filter.actor),
				filter.subject === undefined ? undefined : eq(auditEntries.subject, filter.subject),
				filter.before === undefined ? undefined : lt(auditEntries.id, filter.before),
			),
		)
		.orderBy(desc(auditEntries.id))
		.limit(limit);

/** Forgets the oldest of those written before; at most `limit`. */
export const forgetAuditEntries = (db: Database, before: number, limit: number) =>
	db
		.delete(auditEntries)
		.where(
			sql`${auditEntries.id} IN (SELECT id FROM audit_entries WHERE id < ${firstIdOf(before)} ORDER BY id LIMIT ${limit})`,
		)
		.returning({ id: auditEntries.id });
