/** The defaults, brought into the tables that the migrations make: what the operator changed stays, and nothing is fired. */
import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it } from "vitest";
import { bringDefaults, type RunSql } from "../../../../scripts/footy/schedules/bring-defaults.ts";
import { insertScheduleSql } from "../../../../scripts/footy/schedules/schedule-sql.ts";
import { type DefaultSchedule, defaultSchedules, rowOfDefault } from "../../../../src/cron/default-schedules.ts";

const migrations = new URL("../../../../migrations/", import.meta.url);
const HOUR_MS = 3_600_000;
const noon = Date.UTC(2026, 10, 25, 12);
const hourly = withTiming("0 * * * *");
const halfHourly = withTiming("30 * * * *");
let database: DatabaseSync;

const run: RunSql = async (statements) =>
	statements.map((statement) => database.prepare(statement).all() as Record<string, unknown>[]);
const bring = (wanted: readonly DefaultSchedule[] = defaultSchedules, now = noon, by = run) =>
	bringDefaults(by, wanted, () => now);
const actions = async (done: ReturnType<typeof bring>) => (await done).map(({ action }) => action);
const rows = (table = "schedules") => database.prepare(`SELECT * FROM ${table}`).all();
const change = (set: string) => database.exec(`UPDATE schedules SET ${set}`);

function withTiming(expression: string): DefaultSchedule {
	const [first] = defaultSchedules as [DefaultSchedule];
	return { ...first, timing: { kind: "crontab", expression, time_zone: "UTC", starts_at: null, ends_at: null } };
}

beforeEach(() => {
	database = new DatabaseSync(":memory:");
	for (const file of readdirSync(migrations)
		.filter((name) => name.endsWith(".sql"))
		.sort()) {
		database.exec(readFileSync(new URL(file, migrations), "utf8"));
	}
});

it("adds what is missing, and a second time finds it as it is", async () => {
	expect(await actions(bring())).toEqual(defaultSchedules.map(() => "add"));
	const added = rows();
	expect(added).toHaveLength(defaultSchedules.length);
	expect(added[0]).toMatchObject({ since: noon, run_count: 0, is_enabled: 1, is_changed: 0 });
	expect(added.every(({ look_at }) => Number(look_at) > noon)).toBe(true);
	expect(await actions(bring(defaultSchedules, noon + HOUR_MS))).toEqual(defaultSchedules.map(() => "keep"));
	expect(rows()).toEqual(added);
});

it("keeps what the operator changed, and one of theirs that has the name of a default", async () => {
	await bring([hourly]);
	change("timing = '{}', is_changed = 1, is_enabled = 0, look_at = NULL");
	const changed = rows();
	expect(await actions(bring([halfHourly]))).toEqual(["keep_changed"]);
	change("default_name = NULL");
	expect(await actions(bring([halfHourly]))).toEqual(["name_taken"]);
	expect(rows()).toEqual(changed.map((row) => ({ ...row, default_name: null })));
});

describe("brought up to date", () => {
	it("with another timing it counts from now: no past moment fires, and the count of runs stays", async () => {
		await bring([hourly]);
		change(`run_count = 7, dealt_with_until = ${noon}`);
		const [before] = rows();
		const later = noon + 0.75 * HOUR_MS;
		expect(await bring([halfHourly], later)).toMatchObject([{ action: "update", changed: ["timing"] }]);
		const [after] = rows();
		expect(after).toMatchObject({
			id: before?.id,
			run_count: 7,
			since: later,
			dealt_with_until: noon,
			look_at: noon + 1.5 * HOUR_MS,
			is_changed: 0,
		});
		expect(after?.claim).not.toBe(before?.claim);
		expect(rows("ticks")).toEqual([]);
	});

	it("what was due of the old timing and not dealt with is a note in the history, not lost", async () => {
		await bring([hourly]);
		await bring([halfHourly], noon + 3.25 * HOUR_MS);
		expect(rows("ticks")).toMatchObject([
			{
				moment: noon + HOUR_MS,
				last_moment: noon + 3 * HOUR_MS,
				count: 3,
				outcome: "skipped",
				reason: "replaced",
				task_id: null,
			},
		]);
	});

	it("with other words only, what is due stays due", async () => {
		await bring([hourly]);
		const due = rows();
		await bring([{ ...hourly, description: "It's another sentence." }], noon + 3 * HOUR_MS);
		const [{ since, look_at }, [now]] = [due[0] as Record<string, unknown>, rows()];
		expect(now).toMatchObject({ since, look_at, description: "It's another sentence." });
		expect(rows("ticks")).toEqual([]);
	});

	it("a disabled one stays disabled, and a tick that waits keeps being looked at", async () => {
		await bring([hourly]);
		change("is_enabled = 0, look_at = NULL");
		await bring([halfHourly], noon + 2 * HOUR_MS);
		expect(rows()).toMatchObject([{ is_enabled: 0, look_at: null }]);
		expect(rows("ticks")).toEqual([]);
		change(`is_enabled = 1, look_at = ${noon + 60_000}, held_moment = ${noon}`);
		await bring([hourly], noon);
		expect(rows()).toMatchObject([{ look_at: noon + 60_000, held_moment: noon }]);
	});
});

describe("a Worker that is running", () => {
	/** Does something between the reading and the first writing. */
	const interruptedBy = (act: () => void): RunSql => {
		let calls = 0;
		return async (statements) => {
			if (++calls === 2) act();
			return run(statements);
		};
	};

	it("and fires at the same moment is not raced: its tick is kept, and the schedule read again", async () => {
		await bring([hourly]);
		const fire = () =>
			change(
				`claim = 'dispatched', dealt_with_until = ${noon + HOUR_MS}, look_at = ${noon + 2 * HOUR_MS}, run_count = 1`,
			);
		await bring([halfHourly], noon + HOUR_MS, interruptedBy(fire));
		expect(rows()).toMatchObject([
			{ run_count: 1, dealt_with_until: noon + HOUR_MS, look_at: noon + 1.5 * HOUR_MS, since: noon + HOUR_MS },
		]);
		expect(rows("ticks")).toEqual([]);
	});

	it("and whose operator changes it at the same moment keeps the operator's", async () => {
		await bring([hourly]);
		const edit = () => change("claim = 'edited', is_changed = 1");
		expect(await actions(bring([halfHourly], noon, interruptedBy(edit)))).toEqual(["keep_changed"]);
		expect(rows()).toMatchObject([{ claim: "edited", timing: JSON.stringify(hourly.timing) }]);
	});

	it("and seeds them at the same moment makes none twice", async () => {
		const seed = () => database.exec(insertScheduleSql(rowOfDefault(hourly, noon)));
		expect(await actions(bring([hourly], noon, interruptedBy(seed)))).toEqual(["keep"]);
		expect(rows()).toHaveLength(1);
	});
});
