/** `footy setup-schedules`: the default schedules, brought into D1 without touching what the operator changed. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DefaultAction } from "../../../src/cron/default-schedules.ts";
import { describeSchedule } from "../../../src/schedules/describe.ts";
import { timingSchema } from "../../../src/schedules/timing.ts";
import { defineCommand } from "../command.ts";
import { CommandFailure, UsageError } from "../failures.ts";
import { noteLine, paint, printJson, printLine } from "../output.ts";
import { defaultStateDirectory, resolveStateDirectory } from "../paths.ts";
import { bringDefaults, type Planned, type RunSql, readPlan } from "../schedules/bring-defaults.ts";
import { executeSql, prepareLocalDatabase } from "../server/database.ts";
import { trapInterrupts } from "../signals.ts";
import { formatTable } from "../table/format-table.ts";

export const setupSchedules = defineCommand({
	usage: "setup-schedules [options]",
	summary: "Bring the default schedules into D1: add what is missing, bring up to date what nobody changed.",
	details: [
		"A schedule that you changed stays as it is. What was counted stays, and nothing is fired because of it.",
		"Ends with status 0, or 1 when a default was left out because a schedule of yours has its name.",
	],
	options: {
		"dry-run": { type: "boolean", help: "only say what would happen; nothing is written, not even tables" },
		local: { type: "boolean", help: "in the local D1 (the default)" },
		remote: { type: "boolean", help: "in the deployed D1; needs `npx wrangler login`" },
		"persist-to": { type: "string", hint: "DIR", help: `where the local D1 is (${defaultStateDirectory})` },
		json: { type: "boolean", help: "print JSON" },
	},
	acceptsWords: false,
	run: async (values) => {
		if (values.local && values.remote) throw new UsageError("--local and --remote exclude each other.");
		const isDryRun = values["dry-run"] ?? false;
		const stateDirectory = resolveStateDirectory(values["persist-to"]);
		const signal = trapInterrupts();
		const run: RunSql = values.remote
			? (statements) => executeSql("remote", statements, signal)
			: isDryRun
				? (statements) => readLocally(stateDirectory, statements, signal)
				: (statements) => prepareLocalDatabase(stateDirectory, statements, signal);
		const plan = isDryRun ? await readPlan(run) : await bringDefaults(run);
		if (values.json) printJson({ dry_run: isDryRun, schedules: plan.map(present) });
		else for (const line of format(plan, isDryRun)) printLine(line);
		const taken = plan.filter(({ action }) => action === "name_taken");
		if (taken.length === 0) return 0;
		noteLine(paint("red", "A schedule of yours has the name of a default: rename it, and try again.", "stderr"));
		return 1;
	},
});

/** Without making a database or a table where there is none. */
async function readLocally(stateDirectory: string, statements: string[], signal: AbortSignal) {
	if (!existsSync(join(stateDirectory, "v3/d1"))) return [];
	return executeSql({ stateDirectory }, statements, signal).catch((thrown: unknown) => {
		if (thrown instanceof CommandFailure && thrown.message.includes("no such table: schedules")) return [];
		throw thrown;
	});
}

const present = ({ schedule, action, changed }: Planned) => ({
	name: schedule.name,
	task: schedule.task,
	in_words: inWords(schedule.timing),
	action,
	changed,
});

const inWords = (timing: unknown) => describeSchedule(timingSchema.parse(timing));

function format(plan: readonly Planned[], isDryRun: boolean): string[] {
	const columns = ["default", "task", "when", isDryRun ? "what would happen" : "what happened"];
	return formatTable(
		columns.map((title) => ({ title, align: "left" })),
		plan.map(({ schedule, action, changed }) => [
			schedule.name,
			schedule.task,
			inWords(schedule.timing),
			changed.length > 0 ? `${words[action]} (${changed.join(", ")})` : words[action],
		]),
		(line, row) => (plan[row]?.action === "name_taken" ? paint("red", line) : line),
	);
}

const words = {
	add: "added",
	update: "brought up to date",
	keep_changed: "kept, because you changed it",
	keep: "as it is",
	name_taken: "left out: a schedule of yours has its name",
} satisfies Record<DefaultAction, string>;
