/** A table of ended tasks as months of work leave it: rows with attempts, results, errors and statistics by minute. */
import type { LocalDatabase } from "../local-database.ts";

export interface FilledTables {
	/** Of the oldest and the newest task, milliseconds since 1970. */
	oldestAt: number;
	newestAt: number;
	bytes: number;
}

/** Rows of one statement: a few seconds of it. */
const CHUNK_ROWS = 50_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** As src/tasks/statistics-by-hour.ts has it, which needs the Worker's types. */
const KEPT_BY_MINUTE_MS = 120 * MINUTE_MS;
/** A little less than a result's life of seven days, so that nothing has expired yet. */
const SPAN_MS = 6.5 * 24 * 3_600_000;

/** @param now the moment in which the last of them was created */
export async function fillTables(
	database: LocalDatabase,
	count: number,
	now: number,
	onProgress: (text: string) => void,
): Promise<FilledTables> {
	const oldestAt = now - SPAN_MS;
	const stepMs = SPAN_MS / count;
	for (let first = 0; first < count; first += CHUNK_ROWS) {
		onProgress(`${first.toLocaleString("en")} of ${count.toLocaleString("en")} rows`);
		const last = Math.min(first + CHUNK_ROWS, count) - 1;
		await database.prepare(insertTasks).bind(first, last, oldestAt, stepMs).run();
		await database.prepare(insertAttempts).bind(first, last, oldestAt, stepMs).run();
	}
	onProgress("statistics");
	await database.prepare(insertStatistics).bind(MINUTE_MS, HOUR_MS, startOfMinutes(now)).run();
	await database.prepare(insertWaiting).bind(WAITING_TASKS, now).run();
	const { meta } = await database.prepare("SELECT 1").all();
	return { oldestAt, newestAt: now, bytes: meta.size_after };
}

/** Unended tasks beside them, which the sweep has to tell from those that are due. */
const WAITING_TASKS = 1000;

const createdAt = "CAST(?3 + i * ?4 AS INTEGER)";
const numbers = "WITH RECURSIVE n(i) AS (SELECT CAST(?1 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i < ?2)";
/** A UUIDv7: its moment, then the row's number. */
const idAt = (ms: string, number: string) =>
	`printf('%s-%s-7000-8000-%012x', substr(printf('%012x', ${ms}), 1, 8), substr(printf('%012x', ${ms}), 9, 4), ${number})`;

/** Of a hundred tasks two have failed and one was cancelled; of seven one is small. Five photos are an item's. */
const rows = `${numbers}, r AS (
	SELECT i, ${createdAt} AS created, ${idAt(createdAt, "i")} AS id,
		CASE WHEN i % 50 = 0 THEN 'failed' WHEN i % 100 = 1 THEN 'cancelled' ELSE 'succeeded' END AS state,
		200 + (i * 7919) % 5000 AS waited, 300 + (i * 104729) % 4000 AS ran
	FROM n)`;

const insertTasks = `INSERT INTO tasks (id, name, queue, arguments, owner_id, item_id, photo_id, state, attempt_count,
		max_attempts, due_at, send_count, created_at, sent_at, started_at, finished_at, result, error, snooze_count, lost_count)
	${rows}
	SELECT id,
		iif(i % 7 = 0, 'check_item_photo_processing', 'process_photo_to_avif'), iif(i % 7 = 0, 'tasks', 'photos'),
		json_object('photo_id', ${idAt("created", "i")}),
		'owner-' || (i % 1000), printf('item-%012d', i / 5), iif(i % 7 = 0, NULL, id), state,
		iif(state = 'cancelled', 0, 1), 4, created, 0, created, created,
		iif(state = 'cancelled', NULL, created + waited), created + waited + ran,
		iif(state = 'succeeded', json_object('width', 3840, 'height', 2160, 'bytes', 900000 + i % 100000,
			'original_width', 4000, 'original_height', 3000, 'original_bytes', 4000000 + i,
			'steps', json_object('inspect', 3, 'plan', 1, 'decode', 175, 'resample', 325, 'encode', 2130)), NULL),
		CASE state
			WHEN 'failed' THEN json_object('code', CASE i % 3 WHEN 0 THEN 'original_missing' WHEN 1 THEN 'task_timeout'
				ELSE 'image_exceeds_memory_budget' END, 'detail', 'This is what went wrong with number ' || i || '.')
			WHEN 'cancelled' THEN json_object('code', 'task_cancelled', 'detail', 'The task was cancelled.') END,
		0, 0
	FROM r`;

const insertAttempts = `INSERT INTO attempts (task_id, number, lease_token, isolate_id, started_at, ended_at, outcome,
		error, wait_ms, message_id, delivery)
	${rows}
	SELECT id, 1, id, 'isolate-' || (i % 40), created + waited, created + waited + ran,
		iif(state = 'failed', 'discard', 'completed'), iif(state = 'failed', '{"code":"task_timeout","detail":"…"}', NULL),
		waited, id, 1
	FROM r WHERE state <> 'cancelled'`;

/** Minutes of the newest hours, and hours before, as the sweep leaves them. */
const insertStatistics = `INSERT INTO task_statistics (minute, name, queue, state, count, waits, runs)
	SELECT finished_at - finished_at % CAST(iif(finished_at < ?3, ?2, ?1) AS INTEGER), name, queue, state, count(*),
		json_object('31', count(*) / 8, '35', count(*) / 8, '39', count(*) / 4, '43', count(*) / 4, '47', count(*) / 4),
		json_object('33', count(*) / 8, '37', count(*) / 4, '41', count(*) / 4, '45', count(*) / 4, '48', count(*) / 8)
	FROM tasks WHERE finished_at IS NOT NULL GROUP BY 1, 2, 3, 4`;

/** The hour from which minutes are told apart. */
function startOfMinutes(now: number): number {
	const kept = now - KEPT_BY_MINUTE_MS;
	return kept - (kept % HOUR_MS);
}

const insertWaiting = `INSERT INTO tasks (id, name, queue, arguments, owner_id, item_id, state, attempt_count, max_attempts,
		due_at, wake_at, send_count, created_at, snooze_count, lost_count)
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
	SELECT ${idAt("CAST(?2 AS INTEGER)", "1000000000 + i")}, 'check_item_photo_processing', 'tasks', '{"item_id":"item-000000000001"}',
		'owner-1', 'item-000000000001', 'pending', 0, 4, ?2 + 86400000 * (30 + i), ?2 + 86400000 * (30 + i), 0, ?2, 0, 0
	FROM n`;
