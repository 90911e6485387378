/**
 * The proof that no task is lost: work is asked for while everything fails that can fail, and while the runtime is killed
 * again and again; then it is counted. Run: `npm run chaos -- --help`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCommand, parseInteger } from "../scripts/footy/command.ts";
import { UsageError } from "../scripts/footy/failures.ts";
import { endProgress, noteLine, paint, printJson, printLine, showProgress } from "../scripts/footy/output.ts";
import { trapInterrupts } from "../scripts/footy/signals.ts";
import { type Sabotage, sabotages } from "./chaos/contract.ts";
import { formatResult, isSound } from "./chaos/report.ts";
import { runChaos } from "./chaos/run-chaos.ts";
import { runCommand } from "./run-command.ts";

const MOST_TASKS = 1_000_000;

await runCommand(
	defineCommand({
		usage: "npm run chaos -- [options]",
		summary:
			"Run tasks while D1, R2 and the queues fail and the runtime is killed, and see that none is lost or done twice.",
		details: [
			"The same seed asks for the same work and rolls the same dice; when they fall depends on the machine.",
			"Exit status 1 when a task was lost, stuck or done twice, or a callback was missed or doubled.",
		],
		options: {
			tasks: { type: "string", hint: "N", help: "how many tasks are asked for; they enqueue some more (1000)" },
			seed: { type: "string", hint: "N", help: "another seed, another run (1)" },
			seconds: { type: "string", hint: "N", help: "ask for nothing new after this time, however few tasks there are" },
			sabotage: {
				type: "string",
				hint: "WHAT",
				help: `break the engine, to see it found out: ${sabotages.join(", ")}`,
			},
			verbose: { type: "boolean", help: "show on stderr how far it is and what the Worker logs" },
			json: { type: "boolean", help: "print JSON" },
		},
		acceptsWords: false,
		run: async (values) => {
			const seed = parseInteger("seed", values.seed, 0, 999_999_999) ?? 1;
			const tasks = parseInteger("tasks", values.tasks, 1, MOST_TASKS) ?? 1000;
			const seconds = parseInteger("seconds", values.seconds, 1, 86_400);
			const sabotage = parseSabotage(values.sabotage);
			const signal = trapInterrupts();
			const folder = await mkdtemp(join(tmpdir(), "footy-chaos-"));
			try {
				const onLine = values.verbose ? noteLine : () => {};
				const onProgress = values.verbose || process.stderr.isTTY ? showProgress : () => {};
				const result = await runChaos({ seed, tasks, seconds, sabotage, folder, signal, onProgress, onLine });
				endProgress();
				if (values.json) printJson(result);
				else for (const line of formatResult(result)) printLine(line);
				if (!isSound(result)) noteLine(paint("red", "Tasks were lost, stuck or done twice.", "stderr"));
				return isSound(result) ? 0 : 1;
			} finally {
				await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
			}
		},
	}),
);

function parseSabotage(value: string | undefined): Sabotage | undefined {
	const known = sabotages.find((name) => name === value);
	if (value === undefined || known) return known;
	throw new UsageError(`There is no sabotage "${value}". There are: ${sabotages.join(", ")}.`);
}
