/**
 * A year of schedules with a clock that the driver sets: dispatchers doubled, killed and late, and each tick fired once or
 * skipped by its policy. Run: `npm run bench:schedule-year -- --help`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCommand, parseInteger } from "../scripts/footy/command.ts";
import { UsageError } from "../scripts/footy/failures.ts";
import { endProgress, printJson, printLine, showProgress } from "../scripts/footy/output.ts";
import { trapInterrupts } from "../scripts/footy/signals.ts";
import { runCommand } from "./run-command.ts";
import { type Sabotage, sabotages } from "./schedule-year/contract.ts";
import { formatYear } from "./schedule-year/report.ts";
import { isSound } from "./schedule-year/result.ts";
import { runYear } from "./schedule-year/run-year.ts";

await runCommand(
	defineCommand({
		usage: "npm run bench:schedule-year -- [options]",
		summary: "Let a year of schedules pass in workerd and D1 while dispatchers are doubled, killed, late and absent.",
		details: [
			"The dispatcher, the sweep of tasks and the API are the engine's own; the clock is the driver's. It goes from minute to minute in which something is due, happens or failed before, and looks at least once an hour; the other minutes are passed over.",
			"Exit status 1 when a tick was lost or fired twice, has not its one task, or anything else is not as a plain model says.",
		],
		options: {
			days: { type: "string", hint: "N", help: "how many days pass (365)" },
			schedules: { type: "string", hint: "N", help: "how many schedules there are (48)" },
			seed: { type: "string", hint: "N", help: "another seed makes other schedules, changes and faults (1)" },
			sabotage: {
				type: "string",
				hint: "WHAT",
				help: `break the engine, to see it found out: ${Object.keys(sabotages).join(", ")}`,
			},
			json: { type: "boolean", help: "print JSON" },
		},
		acceptsWords: false,
		run: async (values) => {
			const days = parseInteger("days", values.days, 1, 3660) ?? 365;
			const schedules = parseInteger("schedules", values.schedules, 2, 1000) ?? 48;
			const seed = parseInteger("seed", values.seed, 0, 999_999_999) ?? 1;
			const sabotage = parseSabotage(values.sabotage);
			const signal = trapInterrupts();
			const folder = await mkdtemp(join(tmpdir(), "footy-year-"));
			try {
				const onProgress = process.stderr.isTTY ? showProgress : () => {};
				const result = await runYear({ days, schedules, seed, sabotage, folder, signal, onProgress });
				endProgress();
				if (values.json) printJson(result);
				else for (const line of formatYear(result)) printLine(line);
				return isSound(result) ? 0 : 1;
			} finally {
				await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
			}
		},
	}),
);

function parseSabotage(value: string | undefined): Sabotage | undefined {
	if (value === undefined || Object.hasOwn(sabotages, value)) return value as Sabotage | undefined;
	throw new UsageError(`There is no sabotage "${value}". There are: ${Object.keys(sabotages).join(", ")}.`);
}
