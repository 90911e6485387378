/** Thousands of tasks, written by one statement: time passes between them, and every kind of ending is among them. */
import { env } from "cloudflare:workers";

export interface ManyTasks {
	count: number;
	/** When the first was created; one follows each second. */
	from: number;
	/** 97 of 100 succeed, two fail, one is cancelled. */
	name?: string;
	ownerId?: string;
}

/** Ended tasks, 20 to an item; their ids are UUIDv7 of their seconds. */
export async function writeEndedTasks({ count, from, name = "plain_task", ownerId = "ana" }: ManyTasks): Promise<void> {
	await env.DB.prepare(
		`WITH RECURSIVE numbers(n, at) AS (
			SELECT 0, ?2 UNION ALL SELECT n + 1, at + 1000 FROM numbers WHERE n < ?1 - 1
		), ended AS (
			SELECT n, at, CASE WHEN n % 100 < 97 THEN 'succeeded' WHEN n % 100 < 99 THEN 'failed' ELSE 'cancelled' END AS state FROM numbers
		)
		INSERT INTO tasks (id, name, queue, arguments, owner_id, item_id, state, attempt_count, max_attempts, due_at,
			created_at, started_at, finished_at, error)
		SELECT printf('%08x-%04x-7000-8000-%s', at >> 16, at & 65535, lower(hex(randomblob(6)))), ?3, 'tasks', '{}', ?4, 'item-' || (n / 20), state, 1, 4, at,
			at, at + 10, at + 500,
			CASE state WHEN 'failed' THEN json_object('code', 'internal_error', 'detail', 'It broke at number ' || n || '.') END
		FROM ended`,
	)
		.bind(count, from, name, ownerId)
		.run();
}
