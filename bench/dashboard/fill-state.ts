/** A local server's D1 as months of work leave it, written into its file while no server runs: through the API it would take a day. */
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { LocalDatabase, LocalResult, LocalStatement } from "../tasks/local-database.ts";
import { fillTables } from "../tasks/million/fill-tables.ts";

const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;

const counts = {
	deadLetters: 10_000,
	schedules: 200,
	ticksOfSchedule: 500,
	cleanups: 100,
	findsOfCleanup: 200,
	auditEntries: 10_000,
	events: 10_000,
	sources: 20,
	imports: 10_000,
};

/** @param tasks how many; there are as many photos, and what else there is does not grow with them */
export async function fillState(
	stateDirectory: string,
	tasks: number,
	now: number,
	onProgress: (text: string) => void,
): Promise<void> {
	const d1 = openState(stateDirectory);
	d1.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; PRAGMA temp_store = MEMORY");
	await fillTables(asLocalDatabase(d1), tasks, now, onProgress);
	// A server that starts wakes what is pending, and would do it: these wait for another attempt, for weeks.
	d1.exec("UPDATE tasks SET state = 'retrying', attempt_count = 1 WHERE wake_at IS NOT NULL");
	onProgress("photos");
	fillPhotos(d1);
	onProgress("everything else");
	fillTheRest(d1, now);
	d1.exec("PRAGMA wal_checkpoint(TRUNCATE)");
	d1.close();
}

/** Of the task that a hundredth of all are older than. */
export function findDeepId(stateDirectory: string): string {
	const d1 = openState(stateDirectory);
	const row = d1.prepare("SELECT id FROM tasks ORDER BY id LIMIT 1 OFFSET (SELECT max(rowid) / 100 FROM tasks)").get();
	d1.close();
	return String(row?.id);
}

/** As a number, for a state that is used again. */
export function countTasks(stateDirectory: string): number {
	const d1 = openState(stateDirectory);
	const row = d1.prepare("SELECT count(*) AS count FROM tasks").get();
	d1.close();
	return Number(row?.count);
}

function openState(stateDirectory: string): DatabaseSync {
	const [file] = globSync(join(stateDirectory, "v3/d1/**/*.sqlite")).filter((name) => !name.includes("metadata"));
	if (!file) throw new Error(`there is no file of D1 in ${stateDirectory}`);
	return new DatabaseSync(file);
}

/** Owners' usage is kept by triggers, a row at a time; here its sum is known. */
function fillPhotos(d1: DatabaseSync): void {
	const triggers = d1.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
	for (const { name } of triggers) d1.exec(`DROP TRIGGER ${name}`);
	d1.exec(`
		INSERT INTO items (id, owner_id, type, name, is_processing_photos, created_at, updated_at)
			SELECT item_id, 'owner-' || (min(rowid) / 5 % 1000), 'jersey', 'Shirt ' || min(rowid) || ', home', 0, min(created_at), max(created_at)
			FROM tasks WHERE item_id IS NOT NULL GROUP BY item_id;
		INSERT INTO photos (id, item_id, owner_id, "order", caption, state, error, original_key, original_sha256, original_type,
				original_bytes, original_width, original_height, rendition_key, rendition_sha256, rendition_bytes, rendition_width,
				rendition_height, task_id, created_at, updated_at, processed_at)
			SELECT id, iif(rowid % 100 = 0, NULL, item_id), 'owner-' || (rowid / 5 % 1000), rowid % 5, 'Caption of ' || rowid,
				iif(state = 'succeeded', 'processed', 'failed'), iif(state = 'succeeded', NULL, error),
				'originals/' || id || '/' || printf('%064x', rowid) || '.jpg', printf('%064x', rowid), 'image/jpeg', 4000000 + rowid,
				4000, 3000,
				iif(state = 'succeeded', 'renditions/' || id || '/' || printf('%064x', rowid) || '-r1.avif', NULL),
				iif(state = 'succeeded', printf('%064x', rowid), NULL), iif(state = 'succeeded', 900000, NULL),
				iif(state = 'succeeded', 2880, NULL), iif(state = 'succeeded', 2160, NULL), id, created_at, finished_at, finished_at
			FROM tasks WHERE finished_at IS NOT NULL;
		INSERT INTO owner_usage SELECT owner_id, count(*), sum(original_bytes) FROM photos GROUP BY owner_id`);
	for (const { sql } of triggers) d1.exec(String(sql));
}

function fillTheRest(d1: DatabaseSync, now: number): void {
	const insert = (count: number, statement: string) =>
		d1
			.prepare(
				`${statement.replace("FROM n", "FROM n, (SELECT CAST(?1 AS INTEGER) AS now, CAST(?2 AS INTEGER) AS count) AS given")}`.replace(
					"INSERT",
					"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2) INSERT",
				),
			)
			.run(now, count);
	insert(
		counts.deadLetters,
		`INSERT INTO dead_letters (id, queue, task_id, body, deliveries, received_at)
		SELECT printf('message-%08d', i), iif(i % 3 = 0, 'tasks', 'photos') || '-dead-letters',
			(SELECT id FROM tasks WHERE rowid = 1 + i * 97), '{"task":"x"}', 4, now - (count - i) * ${2 * MINUTE_MS} FROM n`,
	);
	insert(
		counts.schedules,
		`INSERT INTO schedules (id, name, description, task, arguments, timing, misfire, misfire_limit, overlap, jitter_seconds, is_enabled,
			owner_id, since, dealt_with_until, look_at, run_count, claim, created_at, updated_at)
		SELECT ${idOf("i")}, 'schedule ' || i, 'What it is for.', 'check_item_photo_processing', '{"item_id":"item-000000000001"}',
			json_object('kind', 'crontab', 'expression', (i % 60) || ' */' || (1 + i % 12) || ' * * *', 'time_zone', 'Europe/Amsterdam', 'starts_at', NULL, 'ends_at', NULL), 'skip', 1,
			'skip', 0, i % 10 <> 0, 'operator', now - ${30 * DAY_MS}, now, iif(i % 10 = 0, NULL, now + ${DAY_MS}), ${counts.ticksOfSchedule}, '',
			now - ${30 * DAY_MS}, now - ${30 * DAY_MS} FROM n`,
	);
	insert(
		counts.schedules * counts.ticksOfSchedule,
		`INSERT INTO ticks (schedule_id, moment, is_by_hand, outcome, reason, count, task_id, dealt_with_at)
		SELECT ${idOf(`i / ${counts.ticksOfSchedule}`)}, now - (i % ${counts.ticksOfSchedule} + 1) * ${60 * MINUTE_MS}, 0,
			CASE WHEN i % 50 = 0 THEN 'failed' WHEN i % 20 = 0 THEN 'skipped' ELSE 'fired' END, iif(i % 20 = 0, 'It was late.', NULL), 1,
			iif(i % 20 = 0, NULL, (SELECT id FROM tasks WHERE rowid = 1 + i)), now - (i % ${counts.ticksOfSchedule} + 1) * ${60 * MINUTE_MS} + 400 FROM n`,
	);
	insert(
		counts.cleanups,
		`INSERT INTO cleanup_runs (id, task_name, options, asked_by, state, error, step, cursor, counts, started_at, ended_at)
		SELECT ${idOf("i")}, CASE i % 3 WHEN 0 THEN 'cleanup_all_orphaned_photos' WHEN 1 THEN 'cleanup_orphaned_photos' ELSE 'cleanup_task_results' END,
			json_object('dry_run', iif(i % 2 = 0, json('true'), json('false'))), 'system', iif(i % 20 = 0, 'refused', 'done'), NULL, 40,
			'{"phase":"removing"}', '{"expected":1000000,"looked":{"photos":1000000,"uploads":10,"objects":2000000},"found":{"object":200},"foundBytes":600000000,"removed":{"object":200},"removedBytes":600000000,"skipped":{},"restored":0,"notRestored":{},"expired":{}}',
			now - (count - i) * ${12 * 60 * MINUTE_MS}, now - (count - i) * ${12 * 60 * MINUTE_MS} + 90000 FROM n`,
	);
	insert(
		counts.cleanups * counts.findsOfCleanup,
		`INSERT INTO cleanup_finds (run_id, subject, kind, bytes, version, state, reason)
		SELECT ${idOf(`i / ${counts.findsOfCleanup}`)}, 'originals/' || printf('%016x', i), 'object', 4000000, 'v', 'trashed', NULL FROM n`,
	);
	insert(
		counts.auditEntries,
		`INSERT INTO audit_entries (id, at, actor, action, subject, detail, status, code)
		SELECT ${idAt(`now - (count - i) * ${30 * MINUTE_MS}`)}, now - (count - i) * ${30 * MINUTE_MS},
			iif(i % 3 = 0, 'ann@example.com', 'bob (operator)'), iif(i % 2 = 0, 'task.retry', 'schedule.change'),
			iif(i % 2 = 0, '/tasks/' || (SELECT id FROM tasks WHERE rowid = 1 + i), '/schedules/' || ${idOf("i % 200")}), '{"reason":"It was asked for."}',
			iif(i % 20 = 0, 409, 303), iif(i % 20 = 0, 'conflict', NULL) FROM n`,
	);
	insert(
		counts.events,
		`INSERT INTO events (type, owner_id, item_id, photo_id, task_id, data, created_at, delivery_task_id)
		SELECT CASE i % 10 WHEN 0 THEN 'photo.failed' WHEN 1 THEN 'task.failed' ELSE 'item.processed' END, 'owner-' || (i % 1000),
			printf('item-%012d', i), NULL, NULL, '{}', now - (count - i) * ${MINUTE_MS}, ${idOf("i")} FROM n`,
	);
	insert(
		counts.sources,
		`INSERT INTO sources (host, next_visit_at, closed_until, failures_in_row, last_success_at, last_visit_at)
		SELECT 'cdn-' || i || '.example', now, iif(i % 5 = 0, now + ${DAY_MS}, 0), i % 5, now, now FROM n`,
	);
	insert(
		counts.imports,
		`INSERT INTO imports (id, item_id, owner_id, url, state, task_id, photo_id, created_at, requested_at, updated_at, owns_photo)
		SELECT ${idOf("i")}, printf('item-%012d', i % 100), 'owner-1', 'https://cdn-1.example/' || i || '.jpg', iif(i % 10 = 0, 'failed', 'imported'),
			(SELECT id FROM tasks WHERE rowid = 1 + i), NULL, now, now, now, 1 FROM n`,
	);
}

/** UUIDs of the seventh version: of a number, and of a moment and the row's number. */
const idOf = (number: string): string => `printf('01900000-0000-7000-8000-%012x', ${number})`;
const idAt = (ms: string): string =>
	`printf('%s-%s-7000-8000-%012x', substr(printf('%012x', ${ms}), 1, 8), substr(printf('%012x', ${ms}), 9, 4), i)`;

/** SQLite's file as D1 would be asked. */
function asLocalDatabase(d1: DatabaseSync): LocalDatabase {
	const statementOf = (sql: string, values: SQLInputValue[]): LocalStatement => {
		const answer = <Row>(results: Row[]): LocalResult<Row> => ({
			results,
			meta: { rows_read: 0, rows_written: 0, size_after: 0, duration: 0 },
		});
		return {
			bind: (...more) => statementOf(sql, more as SQLInputValue[]),
			run: async () => {
				d1.prepare(sql).run(...values);
				return answer<never>([]);
			},
			all: async <Row>() => answer(d1.prepare(sql).all(...values) as Row[]),
		};
	};
	return { prepare: (sql) => statementOf(sql, []) };
}
