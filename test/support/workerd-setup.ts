/** Every test inside workerd begins with empty, migrated storage, and ends with a look at what the Worker logged. */
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, onTestFailed, vi } from "vitest";
import { captureLog, expectCleanLog, loggedLines } from "./captured-log.ts";
import { forgetSecrets } from "./tokens.ts";

beforeEach(async () => {
	captureLog();
	onTestFailed(() => {
		for (const line of loggedLines().slice(-20)) process.stdout.write(`    logged: ${line}\n`);
	});
	await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
	await keepFromSeeding();
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

/** The defaults would fire in tests that sweep at a moment that happens to be theirs. */
const keepFromSeeding = () =>
	env.DB.prepare(
		"INSERT INTO schedules (id, name, task, arguments, timing, misfire, misfire_limit, overlap, jitter_seconds, is_enabled, owner_id, since, claim, created_at, updated_at) VALUES ('placeholder', 'placeholder', 'none', '{}', '{}', 'skip', 1, 'skip', 0, 0, 'nobody', 0, '', 0, 0)",
	).run();
