/** The connection to D1 and what every room needs to say in SQL. */
import { type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import * as schema from "./schema.ts";

export type Database = DrizzleD1Database<typeof schema>;
export type Statement = BatchItem<"sqlite">;

/** D1 through drizzle. Cheap: no connection is held. */
export const openDatabase = (binding: D1Database): Database => drizzle(binding, { schema });

/**
 * Runs the statements as one transaction, in order, in one round trip. `batch` is D1's only transaction
 * (`db.transaction` of drizzle always throws on D1).
 */
export async function runBatch(db: Database, statements: readonly Statement[]): Promise<unknown[]> {
	const [first, ...rest] = statements;
	if (!first) return [];
	return (await db.batch([first, ...rest])) as unknown[];
}

/**
 * The members of a list, for `IN`. Lists travel as one JSON parameter, because D1 binds at most 100 a statement.
 * @param json an array
 */
export const listed = (json: string): SQL => sql`(SELECT value FROM json_each(${json}))`;

/** Whether D1 refused a statement because of this constraint, for example `UNIQUE constraint failed: tokens`. */
export function isConstraintFailure(thrown: unknown, kind: "UNIQUE" | "FOREIGN KEY" | "NOT NULL", table = ""): boolean {
	for (let error = thrown; error instanceof Error; error = error.cause) {
		if (error.message.includes(`${kind} constraint failed${table && `: ${table}.`}`)) return true;
	}
	return false;
}
