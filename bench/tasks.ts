/**
 * The task engine against its goals: round trips and rows of a photo with what they cost, how fast tasks are taken and
 * done beside BullMQ on Redis, and a table of a million ended tasks. Run: `npm run bench:tasks -- --help`.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineCommand, parseInteger } from "../scripts/footy/command.ts";
import { UsageError } from "../scripts/footy/failures.ts";
import { endProgress, noteLine, paint, printJson, printLine, showProgress } from "../scripts/footy/output.ts";
import { projectRoot, showPath } from "../scripts/footy/paths.ts";
import { trapInterrupts } from "../scripts/footy/signals.ts";
import { describeMachine } from "./machine.ts";
import { formatSection, type SectionResult } from "./report.ts";
import { runCommand } from "./run-command.ts";
import { type SectionName, sections } from "./tasks/sections.ts";

const names = Object.keys(sections) as SectionName[];

await runCommand(
	defineCommand({
		usage: "npm run bench:tasks -- [options]",
		summary: "Measure the task engine against its goals, in workerd and Miniflare.",
		details: [
			`Sections: ${names.join(", ")}. "rate" needs redis-server: apt-get install redis-server.`,
			"Exit status 1 when a goal is missed. The result is written to bench-output/tasks.json.",
		],
		options: {
			only: { type: "string", hint: "A,B", help: "these sections alone" },
			photos: { type: "string", hint: "N", help: "photos whose round trips and rows are counted (20)" },
			tasks: { type: "string", hint: "N", help: "tasks of each round of the enqueue rate (1000)" },
			rounds: { type: "string", hint: "N", help: "rounds of the enqueue rate, in turns (3)" },
			rows: { type: "string", hint: "N", help: "ended tasks in the table (1000000)" },
			json: { type: "boolean", help: "print JSON instead of tables" },
		},
		acceptsWords: false,
		run: async (values) => {
			const sizes = {
				photos: parseInteger("photos", values.photos, 1, 1000) ?? 20,
				tasks: parseInteger("tasks", values.tasks, 100, 100_000) ?? 1000,
				rounds: parseInteger("rounds", values.rounds, 1, 100) ?? 3,
				rows: parseInteger("rows", values.rows, 10_000, 10_000_000) ?? 1_000_000,
			};
			const wanted = (values.only?.split(",") ?? names) as SectionName[];
			const unknown = wanted.find((name) => !names.includes(name));
			if (unknown !== undefined)
				throw new UsageError(`There is no section "${unknown}". There are: ${names.join(", ")}.`);
			const signal = trapInterrupts();
			const results: SectionResult[] = [];
			for (const name of wanted) {
				const onProgress = (text: string) => showProgress(`${name}: ${text}`);
				const tables = await sections[name]({ ...sizes, signal, onProgress });
				endProgress();
				results.push(...tables);
				if (!values.json) for (const line of tables.flatMap(formatSection)) printLine(line);
			}
			const isReached = results.every(({ goals }) => goals.every(({ isReached }) => isReached));
			const document = { machine: describeMachine(), is_reached: isReached, sections: results };
			const folder = join(projectRoot, "bench-output");
			await mkdir(folder, { recursive: true });
			await writeFile(join(folder, "tasks.json"), `${JSON.stringify(document, null, "\t")}\n`);
			if (values.json) printJson(document);
			else noteLine(`Written to ${showPath(join(folder, "tasks.json"))}.`);
			if (!isReached) noteLine(paint("red", "Not every goal was reached.", "stderr"));
			return isReached ? 0 : 1;
		},
	}),
);
