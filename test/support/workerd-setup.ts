/** Every test inside workerd begins with empty, migrated storage, and ends with a look at what the Worker logged. */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, onTestFailed, vi } from "vitest";
import { captureLog, expectCleanLog, loggedLines } from "./captured-log.ts";
import { forgetSecrets } from "./tokens.ts";

/** The defaults would fire in tests that sweep at a moment that happens to be theirs. */
const keepFromSeeding =
	"INSERT INTO schedules (id, name, task, arguments, timing, misfire, misfire_limit, overlap, jitter_seconds, is_enabled, owner_id, since, claim, created_at, updated_at) VALUES ('placeholder', 'placeholder', 'none', '{}', '{}', 'skip', 1, 'skip', 0, 0, 'nobody', 0, '', 0, 0)";

/**
 * The migrations as wrangler applies them and writes it down, but as one statement, which the local D1 takes for many: a call a
 * migration takes as long as most of the tests, and a batch of 90 statements twice as long as this.
 */
const makeTables = [
	"CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
	...env.TEST_MIGRATIONS.flatMap(({ queries }) => queries),
	`INSERT INTO d1_migrations (name) VALUES ${env.TEST_MIGRATIONS.map(({ name }) => `('${name}')`).join(", ")}`,
	keepFromSeeding,
].join(";\n");

beforeEach(async () => {
	captureLog();
	onTestFailed(() => {
		for (const line of loggedLines().slice(-20)) process.stdout.write(`    logged: ${line}\n`);
	});
	await env.DB.prepare(makeTables).run();
});

afterEach(async () => {
	vi.useRealTimers();
	try {
		expectCleanLog();
	} finally {
		vi.restoreAllMocks();
		forgetSecrets();
		await reset();
	}
});
