/**
 * A witness in D1 itself: triggers that write down each visit as the engine admits and ends it. What the site sees is the
 * same, later by the way there.
 */
import type { LocalDatabase } from "../tasks/local-database.ts";

/** In the order of the transactions. */
export type WitnessRow =
	/** `at` is the moment that the engine gave, `noted_at` that of the transaction. */
	| { what: "start"; task_id: string; at: number; noted_at: number }
	| { what: "end"; task_id: string; noted_at: number }
	| { what: "closed"; noted_at: number; until: number };

/** Rows that the triggers write for one visit: its start is written and then given its moment, and its end. */
export const WITNESS_ROWS_OF_VISIT = 3;

const NOW_MS = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

const statements = [
	"CREATE TABLE witness (seq INTEGER PRIMARY KEY, what TEXT NOT NULL, task_id TEXT, at INTEGER, noted_at INTEGER, until INTEGER)",
	`CREATE TRIGGER witness_start AFTER UPDATE OF leased_until ON visits
		WHEN NEW.leased_until IS NOT NULL AND OLD.leased_until IS NULL
		BEGIN INSERT INTO witness (what, task_id, noted_at) VALUES ('start', NEW.task_id, ${NOW_MS}); END`,
	// The moment is written in the next statement of the same transaction.
	`CREATE TRIGGER witness_moment AFTER UPDATE OF last_visit_at ON sources
		BEGIN UPDATE witness SET at = NEW.last_visit_at WHERE seq = (SELECT max(seq) FROM witness); END`,
	`CREATE TRIGGER witness_end AFTER DELETE ON visits WHEN OLD.leased_until IS NOT NULL
		BEGIN INSERT INTO witness (what, task_id, noted_at) VALUES ('end', OLD.task_id, ${NOW_MS}); END`,
	`CREATE TRIGGER witness_closed AFTER UPDATE OF closed_until ON sources WHEN NEW.closed_until > OLD.closed_until
		BEGIN INSERT INTO witness (what, noted_at, until) VALUES ('closed', ${NOW_MS}, NEW.closed_until); END`,
];

export async function placeWitness(database: LocalDatabase): Promise<void> {
	for (const statement of statements) await database.prepare(statement).run();
}

export async function readWitness(database: LocalDatabase): Promise<WitnessRow[]> {
	const { results } = await database
		.prepare("SELECT what, task_id, at, noted_at, until FROM witness ORDER BY seq")
		.all<never>();
	return results;
}
