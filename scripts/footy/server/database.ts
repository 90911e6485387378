/** D1 from the command line, through wrangler: its migrations, and statements of ours. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandFailure } from "../failures.ts";
import { projectRoot } from "../paths.ts";
import { quoteSql } from "../tokens/token-sql.ts";
import { explainRun, runWrangler } from "./wrangler.ts";

/** Which D1: the one in a local state directory, or the deployed one. */
export type Database = { stateDirectory: string } | "remote";

type Row = Record<string, unknown>;

/**
 * Local queues live in the memory of the server, so a message that was waiting died with it, while its task's row says
 * `sent` or `started` and would be looked at only when its wake-up time comes. No attempt can be running when a server
 * starts: every task is due at once, but for those that wait for another attempt, which are due when that is.
 */
export const wakeWaitingTasks =
	"UPDATE tasks SET wake_at = CASE state WHEN 'retrying' THEN due_at ELSE 0 END WHERE wake_at IS NOT NULL";

/** Runs statements in one batch; the rows of each. Fails with wrangler's words. */
export async function executeSql(database: Database, statements: string[], signal?: AbortSignal): Promise<Row[][]> {
	const run = await runWrangler(
		["d1", "execute", "DB", ...placeOf(database), "--yes", "--json", "--command", statements.join(";\n")],
		signal,
	);
	if (run.status !== 0) throw new CommandFailure(`The database did not take it:\n${explainRun(run)}`);
	const results = JSON.parse(run.stdout) as { results?: Row[] }[];
	return results.map(({ results: rows = [] }) => rows);
}

/**
 * Brings a local database to the current tables and runs the statements. The usual start, where nothing has to be
 * migrated, costs one call of wrangler (about 1.5 s) instead of two: the statements ask for the migrations themselves. So
 * does the first one: wrangler's own command starts a runtime for each migration, which takes 5 s.
 */
export async function prepareLocalDatabase(
	stateDirectory: string,
	statements: string[],
	signal?: AbortSignal,
): Promise<Row[][]> {
	const database = { stateDirectory };
	if (!existsSync(join(stateDirectory, "v3/d1"))) {
		const made = await executeSql(database, [...(await readMigrations()), ...statements], signal).catch(passOver);
		if (made) return made.slice(made.length - statements.length);
	} else {
		const asked = await executeSql(database, ["SELECT name FROM d1_migrations", ...statements], signal).catch(passOver);
		if (asked) {
			const [applied = [], ...rows] = asked;
			if (!(await areMigrationsCurrent(applied))) await applyMigrations(stateDirectory, signal);
			return rows;
		}
	}
	await applyMigrations(stateDirectory, signal);
	return statements.length > 0 ? executeSql(database, statements, signal) : [];
}

/** Tables are missing, or another process makes them; if something else is wrong, what follows will say so. */
function passOver(thrown: unknown): undefined {
	if (!(thrown instanceof CommandFailure)) throw thrown;
}

/** The statements of all migrations, and those by which wrangler remembers which it applied. */
async function readMigrations(): Promise<string[]> {
	const names = await listMigrations();
	const files = await Promise.all(names.map((name) => readFile(join(projectRoot, "migrations", name), "utf8")));
	return [
		"CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
		...files.flatMap((text) => text.split("--> statement-breakpoint")).map((text) => text.trim().replace(/;$/, "")),
		...names.map((name) => `INSERT INTO d1_migrations (name) VALUES (${quoteSql(name)})`),
	];
}

async function listMigrations(): Promise<string[]> {
	const files = await readdir(join(projectRoot, "migrations"));
	return files.filter((file) => file.endsWith(".sql")).sort();
}

async function applyMigrations(stateDirectory: string, signal?: AbortSignal): Promise<void> {
	const run = await runWrangler(["d1", "migrations", "apply", "DB", ...placeOf({ stateDirectory })], signal);
	if (run.status === 0) return;
	// A server and a token made at the same time both find the tables missing; whoever comes second waits for the first.
	for (let tries = 0; tries < 5; tries++) {
		await sleep(1000, undefined, signal ? { signal } : {}).catch(() => {});
		const [applied = []] = await executeSql({ stateDirectory }, ["SELECT name FROM d1_migrations"], signal).catch(
			() => [],
		);
		if (await areMigrationsCurrent(applied)) return;
	}
	throw new CommandFailure(`The migrations could not be applied:\n${explainRun(run)}`);
}

async function areMigrationsCurrent(applied: Row[]): Promise<boolean> {
	const names = new Set(applied.map(({ name }) => name));
	return (await listMigrations()).every((file) => names.has(file));
}

function placeOf(database: Database): string[] {
	return database === "remote" ? ["--remote"] : ["--local", "--persist-to", database.stateDirectory];
}
