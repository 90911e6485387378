/** Brings the default schedules into a database, keeping what the operator changed. */
import {
	changesOfDefault,
	type DefaultSchedule,
	defaultSchedules,
	type PlannedDefault,
	planDefaults,
	rowOfDefault,
} from "../../../src/cron/default-schedules.ts";
import { CommandFailure } from "../failures.ts";
import {
	changeScheduleSql,
	insertScheduleSql,
	insertTickSql,
	listDefaultsSql,
	readSchedule,
	type Schedule,
} from "./schedule-sql.ts";

/** Runs statements in one batch; the rows of each. */
export type RunSql = (statements: string[]) => Promise<Record<string, unknown>[][]>;

export type Planned = PlannedDefault<Schedule>;

/** Whoever fires or changes a schedule in the same second is quicker; then it is read again. */
const MAX_TRIES = 5;

/** Only reads. */
export async function readPlan(run: RunSql, wanted: readonly DefaultSchedule[] = defaultSchedules): Promise<Planned[]> {
	const [rows = []] = await run([listDefaultsSql(wanted.map(({ name }) => name))]);
	return planDefaults(rows.map(readSchedule), wanted);
}

/**
 * @param askTime milliseconds since 1970
 * @returns what was done
 * @throws CommandFailure when somebody else was quicker each time
 */
export async function bringDefaults(
	run: RunSql,
	wanted: readonly DefaultSchedule[] = defaultSchedules,
	askTime: () => number = Date.now,
): Promise<Planned[]> {
	const done = new Map<string, Planned>();
	for (let tries = 0; tries < MAX_TRIES; tries++) {
		const plan = await readPlan(run, wanted);
		const toDo = plan.filter(({ action }) => action === "add" || action === "update");
		const written = toDo.map((planned) => ({ planned, statements: statementsOf(planned, askTime()) }));
		const results = toDo.length === 0 ? [] : await run(written.flatMap(({ statements }) => statements));
		let at = 0;
		let missed = 0;
		for (const { planned, statements } of written) {
			if ((results[at]?.length ?? 0) > 0) done.set(planned.schedule.name, planned);
			else missed++;
			at += statements.length;
		}
		if (missed === 0) return plan.map((planned) => done.get(planned.schedule.name) ?? planned);
	}
	throw new CommandFailure("Schedules were fired or changed each time they were to be written. Try it again.");
}

/** The first of them answers with a row where it took effect. */
function statementsOf({ schedule, known }: Planned, now: number): string[] {
	if (!known) return [insertScheduleSql(rowOfDefault(schedule, now))];
	const { changes, notes } = changesOfDefault(known, schedule, now);
	return [changeScheduleSql(known, changes), ...notes.map((note) => insertTickSql(note, changes.claim ?? ""))];
}
